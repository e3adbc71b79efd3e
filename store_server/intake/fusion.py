"""Which zone a tag is in, decided over all gateways of a store (SPEC 4.9, 9). Pure: reports and `now` in, changes out.

Each gateway's level of a tag is its strongest report, fading with age: fading and bodies only ever weaken, so the
strongest says most about distance. Few gateways: the strongest level wins, by a margin. Many: their levels, weighted,
give a point on the floor, and the gateway nearest to it wins. A gateway that is silent changes nothing by its silence.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from protocol.identity import BeaconIdentity
from protocol.instants import SECOND, Instant
from protocol.plan import GatewayPlace

SILENT_AFTER_MS: Final = 30 * SECOND
"""A gateway is silent this long after its last sign of life (SPEC 7)."""
LATE_MS: Final = 120 * SECOND
"""Reports up to this much out of order are taken (they came 93 s late, FIELD-NOTES); older ones are history."""
FADE_DB_PER_S: Final = 2.0
"""A walking tag's level changes about this fast; slower lags behind it, faster follows every fluctuation."""
FASTEST_REPORTS_MS: Final = 500
"""Levels of a tag reported less often fade slower, or it would belong to whoever spoke last."""
SLOWEST_REPORTS_MS: Final = 6 * SECOND
"""But no slower than this: a tag heard once in 10 s must still be seen leaving within a minute."""
INTERVAL_REPORTS: Final = 8
"""Reports over which a tag's interval is averaged; before the second, it is taken for the slowest."""
QUIET_MS: Final = 2 * SECOND
"""Longest pause between a gateway's reports that counts as time for its levels: beyond, it may be dead, not deaf."""
NEW_MS: Final = 5 * SECOND
"""A tag this new has no zone to keep: its first was whoever's that reported first, and any louder one wins."""
EXIT_AFTER_MS: Final = 600 * SECOND
"""A tag heard by nobody leaves after this: a weak one lay in its room unheard for 328 s (recording rooms-03-07)."""
MARGIN_DB: Final = 5.0
"""A stronger zone must win by this: 5 s + 6 dB never flapped where 1 s did 163 times an hour (FIELD-NOTES)."""
SILENT_MARGIN_DB: Final = 10.0
"""The same where the tag's own gateway is silent and its level is a memory."""
POSITION_GATEWAYS: Final = 8
"""Gateways that must hear a tag for its position to be worth more than the strongest level (measured: from 8 on)."""
POSITION_DB: Final = 10.0
"""Decibels for a tenfold weight in a tag's position."""
POSITION_MARGIN_M: Final = 1.2
"""A nearer gateway must be nearer by this."""


class Hearing(NamedTuple):
    """One tag's entry in one gateway's report."""

    identity: BeaconIdentity
    present: bool
    last_at: Instant
    rssi_dbm: int


@dataclass(frozen=True, slots=True)
class ZoneChange:
    """A tag entered or left a zone; `at` is the moment of decision."""

    at: Instant
    identity: BeaconIdentity
    change: Literal["enter", "exit"]
    zone: str


@dataclass(frozen=True, slots=True)
class GatewayChange:
    """A gateway fell silent or is back."""

    at: Instant
    gateway: str
    state: Literal["silent", "back"]


@dataclass(slots=True)
class _Gateway:
    zone: str | None
    position: tuple[float, ...] | None
    last_at: Instant
    """Latest instant it reported of, by its own clock."""
    alive_at: Instant
    """When its latest report arrived."""
    awake_ms: Instant = 0
    """Time in which it was heard from; its levels fade by this clock, so its silence fades nothing."""
    silent: bool = False


@dataclass(slots=True)
class _Level:
    """A tag at a gateway: `dbm` as of `awake_ms` on that gateway's clock."""

    dbm: float
    awake_ms: Instant
    last_at: Instant
    interval_ms: float = SLOWEST_REPORTS_MS
    reports: int = 1
    present: bool = True


@dataclass(slots=True)
class _Tag:
    zone: str | None = None
    known_ms: Instant = 0
    unheard_ms: Instant = 0
    levels: dict[str, _Level] = field(default_factory=dict)


class Fusion:
    """One store's tags. `report` takes what gateways say, `settle` decides; ask it about once a second."""

    def __init__(self, places: Iterable[GatewayPlace], tag_uuids: Iterable[str]) -> None:
        self._places = {place.id: place for place in places}
        self._tag_uuids = frozenset(tag_uuids)
        self._gateways: dict[str, _Gateway] = {}
        self._tags: dict[BeaconIdentity, _Tag] = {}
        self._settled_at: Instant | None = None

    def zone_of(self, identity: BeaconIdentity) -> str | None:
        tag = self._tags.get(identity)
        return tag.zone if tag else None

    def tags_in(self, zone: str | None) -> list[BeaconIdentity]:
        return [identity for identity, tag in self._tags.items() if tag.zone == zone]

    def remember(self, identity: BeaconIdentity, zone: str) -> None:
        """Start a tag in the zone it was in when somebody last followed it: only a clearly louder one wins it over."""
        self._tags[identity] = _Tag(zone, known_ms=NEW_MS)

    def report(
        self, gateway: str, at: Instant, hearings: Iterable[Hearing], arrived_at: Instant | None = None
    ) -> None:
        """Take one report of a gateway, made at `at` by its own clock; an empty one is a sign of life.

        However late it arrives, it shows that the gateway is alive; what was heard long ago changes no zone.
        """
        arrived_at = at if arrived_at is None else arrived_at
        self._alive(gateway, at, arrived_at)
        if arrived_at - at > LATE_MS:
            return
        for hearing in hearings:
            if hearing.identity.uuid in self._tag_uuids:
                self._hear(gateway, hearing)

    def settle(self, now: Instant) -> Iterator[ZoneChange | GatewayChange]:
        """Yield what changed, from all that was reported so far; `now` never goes back."""
        passed_ms = now - (now if self._settled_at is None else self._settled_at)
        self._settled_at = now
        yield from self._silences(now)
        for identity, tag in list(self._tags.items()):
            if self._is_heard_at_home_only(tag):  # most are, and thousands may be
                tag.known_ms += passed_ms
                tag.unheard_ms = 0
            else:
                yield from self._place(identity, tag, now, passed_ms)

    def _alive(self, gateway: str, at: Instant, arrived_at: Instant) -> None:
        known = self._gateways.get(gateway)
        if known is None:
            place = self._places.get(gateway)
            self._gateways[gateway] = _Gateway(
                place.zone if place else None, place.position if place else None, at, arrived_at
            )
            return
        known.alive_at = max(known.alive_at, arrived_at)
        if at > known.last_at:
            known.awake_ms += min(at - known.last_at, QUIET_MS)
            known.last_at = at

    def _hear(self, gateway: str, hearing: Hearing) -> None:
        clock = self._gateways[gateway]
        tag = self._tags.get(hearing.identity)
        level = tag.levels.get(gateway) if tag else None
        if level is not None and hearing.last_at < level.last_at:
            return
        if not hearing.present:
            if level is not None:
                level.present, level.last_at = False, hearing.last_at
            return
        age_ms = clock.last_at - hearing.last_at
        if age_ms > LATE_MS:
            return
        if tag is None:
            tag = self._tags[hearing.identity] = _Tag()
        if level is None or not level.present:
            tag.levels[gateway] = _Level(hearing.rssi_dbm, clock.awake_ms - age_ms, hearing.last_at)
            return
        _raise(level, clock.awake_ms - age_ms, hearing)

    def _silences(self, now: Instant) -> Iterator[GatewayChange]:
        for name, gateway in self._gateways.items():
            silent = now - gateway.alive_at >= SILENT_AFTER_MS
            if silent != gateway.silent:
                gateway.silent = silent
                yield GatewayChange(now, name, "silent" if silent else "back")

    def _is_heard_at_home_only(self, tag: _Tag) -> bool:
        """Say whether all who hear a tag are in its zone, by which it stays there whatever their levels."""
        at_home = False
        for name, level in tag.levels.items():
            if level.present:
                if self._gateways[name].zone != tag.zone:
                    return False
                at_home = tag.zone is not None
        return at_home

    def _place(
        self, identity: BeaconIdentity, tag: _Tag, now: Instant, passed_ms: Instant
    ) -> Iterator[ZoneChange]:
        heard = {name: level for name, level in tag.levels.items() if self._counts(name, level, tag)}
        tag.known_ms += passed_ms
        if heard:
            tag.unheard_ms = 0
        elif not self._frozen(tag):
            tag.unheard_ms += passed_ms
        gone = tag.unheard_ms >= EXIT_AFTER_MS
        if gone:
            del self._tags[identity]
        zone = self._zone(tag, heard) if heard else None
        if not gone and zone in (None, tag.zone):
            return
        if tag.zone is not None:
            yield ZoneChange(now, identity, "exit", tag.zone)
        if zone is not None:
            tag.zone = zone
            yield ZoneChange(now, identity, "enter", zone)

    def _counts(self, name: str, level: _Level, tag: _Tag) -> bool:
        """Say whether this level still holds; a silent gateway's holds only in the zone the tag is in."""
        gateway = self._gateways[name]
        return level.present and gateway.zone is not None and (not gateway.silent or gateway.zone == tag.zone)

    def _frozen(self, tag: _Tag) -> bool:
        return any(gateway.silent and gateway.zone == tag.zone for gateway in self._gateways.values())

    def _zone(self, tag: _Tag, heard: dict[str, _Level]) -> str | None:
        levels = {name: _faded(level, self._gateways[name].awake_ms) for name, level in heard.items()}
        placed = [name for name in levels if self._gateways[name].position is not None]
        if len(placed) >= POSITION_GATEWAYS:
            return self._nearest(tag, {name: levels[name] for name in placed})
        return self._strongest(tag, levels)

    def _strongest(self, tag: _Tag, levels: dict[str, float]) -> str | None:
        best = max(levels, key=lambda name: levels[name])
        own = [name for name in levels if self._gateways[name].zone == tag.zone]
        if own and tag.known_ms >= NEW_MS:
            silent = all(self._gateways[name].silent for name in own)
            margin = SILENT_MARGIN_DB if silent else MARGIN_DB
            if levels[best] < max(levels[name] for name in own) + margin:
                return tag.zone
        return self._gateways[best].zone

    def _nearest(self, tag: _Tag, levels: dict[str, float]) -> str | None:
        point = self._position(levels)
        away = {name: math.dist(point, self._xy(name)) for name in levels}
        best = min(away, key=lambda name: away[name])
        own = [away[name] for name in away if self._gateways[name].zone == tag.zone]
        if own and away[best] > min(own) - POSITION_MARGIN_M:
            return tag.zone
        return self._gateways[best].zone

    def _position(self, levels: dict[str, float]) -> tuple[float, float]:
        """Return the mean of the gateways' places, each weighted by its level; silent ones only keep their zone."""
        awake = {name: dbm for name, dbm in levels.items() if not self._gateways[name].silent} or levels
        top = max(awake.values())
        weights = {name: 10 ** ((dbm - top) / POSITION_DB) for name, dbm in awake.items()}
        total = sum(weights.values())
        x = sum(weight * self._xy(name)[0] for name, weight in weights.items()) / total
        y = sum(weight * self._xy(name)[1] for name, weight in weights.items()) / total
        return x, y

    def _xy(self, name: str) -> tuple[float, float]:
        position = self._gateways[name].position
        assert position is not None, "only placed gateways are asked"
        return position[0], position[1]


def _raise(level: _Level, awake_ms: Instant, hearing: Hearing) -> None:
    gap_ms = min(hearing.last_at - level.last_at, SLOWEST_REPORTS_MS)
    level.interval_ms += (gap_ms - level.interval_ms) / min(level.reports, INTERVAL_REPORTS)
    level.reports += 1
    level.last_at = hearing.last_at
    if hearing.rssi_dbm >= _faded(level, awake_ms):
        level.dbm, level.awake_ms = hearing.rssi_dbm, awake_ms


def _faded(level: _Level, awake_ms: Instant) -> float:
    pace = FASTEST_REPORTS_MS / max(level.interval_ms, FASTEST_REPORTS_MS)
    return level.dbm - FADE_DB_PER_S * pace * max(0, awake_ms - level.awake_ms) / SECOND
