"""Who comes in during the hour, in seeded scripts: phones in hand and in pockets, one without consent, one cut off for a while."""

from dataclasses import dataclass, field
from random import Random

from aislecue.demo.floor import Stop, Walk
from protocol.instants import HOUR, MINUTE, SECOND, Instant

YES = {"proximity": True, "push": True, "personalisation": True, "analytics": True}
NO = dict.fromkeys(YES, False)
AWAY = 34 * MINUTE
"""Longer than the plan's visit gap: who comes back after it is on a new visit."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """One person with a phone: when and where they walk, how they carry it, what they agreed to."""

    name: str
    walks: tuple[Walk, ...]
    in_hand: bool = True
    locale: str = "it"
    consents: dict[str, bool] = field(default_factory=lambda: dict(YES))
    offline: tuple[tuple[Instant, Instant], ...] = ()
    """Spans without a network; the radio goes on."""
    cart: int | None = None
    """Minor of the cart tag they push."""

    @property
    def comes_at(self) -> Instant:
        return self.walks[0].enters_at


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the shop who wears a staff tag."""

    minor: int
    walk: Walk


SPOTS: dict[str, tuple[tuple[float, float], ...]] = {
    "entrance": ((15.5, 2.8), (18.6, 3.2)),
    "fitting": ((4.6, 3.4), (6.5, 2.2)),
    "jackets": ((4.2, 13.4), (6.1, 19.2)),
    "running": ((17.2, 16.9), (18.8, 20.8)),
    "shoes": ((28.8, 13.9), (32.3, 17.4), (28.9, 20.4)),
    "till": ((27.4, 3.8), (31.5, 4.1)),
}
"""Where people stand in a zone, within arm's reach of its shelves."""


class Script:
    """Writes visits from one seed."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def walk(self, enters_at: Instant, *legs: tuple[str, float]) -> Walk:
        """Return a visit: (zone, seconds) one after the other, each at one of the zone's spots, nobody punctual."""
        return Walk(enters_at, [self._stop(zone, for_s) for zone, for_s in legs])

    def _stop(self, zone: str, for_s: float) -> Stop:
        x_m, y_m = self._random.choice(SPOTS[zone])
        wander = self._random.uniform(-0.5, 0.5)
        return Stop(x_m + wander, y_m + wander / 2, for_s * self._random.uniform(0.85, 1.2))


def visitors(start: Instant, hours: int, count: int, random: Random) -> list[Visitor]:
    """Return `count` visitors for each hour from `start` on; the first six of each are the ones the tour tells of."""
    return [
        visitor
        for hour in range(hours)
        for visitor in _visitors_of_hour(start + hour * HOUR, hour, count, random)
    ]


def _visitors_of_hour(start: Instant, hour: int, count: int, random: Random) -> list[Visitor]:
    script = Script(random)
    first = hour * count
    out = [make(script, start, first + k) for k, make in enumerate(_TOUR[:count])]
    for k in range(len(out), count):
        make = _EVERYBODY[k % len(_EVERYBODY)]
        out.append(make(script, start + round(random.uniform(1, 46) * MINUTE) // SECOND * SECOND, first + k))
    return out


def colleagues(start: Instant, hours: int, random: Random) -> list[Colleague]:
    """Return the staff on the floor, from `start` on."""
    script = Script(random)
    beats = (("till", "jackets", "fitting"), ("running", "shoes", "entrance"))
    return [
        Colleague(minor, script.walk(start, *((zone, 240) for zone in beat * 5 * hours)))
        for minor, beat in enumerate(beats, start=1)
    ]


def _hesitates(script: Script, at: Instant, k: int) -> Visitor:
    return Visitor(
        f"hesitates-{k}",
        (script.walk(at + 20 * SECOND, ("entrance", 12), ("shoes", 210), ("till", 100)),),
        locale=("it", "en")[k % 2],
    )


def _in_a_pocket(script: Script, at: Instant, k: int) -> Visitor:
    legs = (("entrance", 40), ("jackets", 150), ("shoes", 260), ("till", 140))
    return Visitor(f"pocket-{k}", (script.walk(at + 35 * SECOND, *legs),), in_hand=False, cart=100 + k)


def _says_no(script: Script, at: Instant, k: int) -> Visitor:
    legs = (("shoes", 200), ("till", 90))
    return Visitor(f"says-no-{k}", (script.walk(at + 50 * SECOND, *legs),), consents=dict(NO))


def _cut_off(script: Script, at: Instant, k: int) -> Visitor:
    enters_at = at + 65 * SECOND
    lost_at = enters_at + 60 * SECOND
    legs = (("running", 120), ("shoes", 160), ("till", 70))
    return Visitor(
        f"cut-off-{k}", (script.walk(enters_at, *legs),), offline=((lost_at, lost_at + 8 * SECOND),)
    )


def _comes_back(script: Script, at: Instant, k: int) -> Visitor:
    first = script.walk(at + 5 * SECOND, ("entrance", 15), ("running", 80))
    again = script.walk(first.leaves_at + AWAY, ("running", 150), ("shoes", 120), ("till", 80))
    return Visitor(f"comes-back-{k}", (first, again), locale="en")


def _browses(script: Script, at: Instant, k: int) -> Visitor:
    legs = (("jackets", 140), ("fitting", 180), ("till", 110))
    return Visitor(f"browses-{k}", (script.walk(at, *legs),), in_hand=k % 3 != 0, cart=100 + k)


def _looks_in(script: Script, at: Instant, k: int) -> Visitor:
    return Visitor(f"looks-in-{k}", (script.walk(at, ("entrance", 50), ("running", 45)),), in_hand=k % 2 == 0)


_TOUR = (_hesitates, _in_a_pocket, _says_no, _cut_off, _comes_back, _browses)
_EVERYBODY = (_hesitates, _browses, _in_a_pocket, _looks_in, _cut_off, _hesitates, _says_no)
