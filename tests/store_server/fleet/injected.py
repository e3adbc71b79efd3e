"""Faults to inject into a watched store: how each breaks and heals, the cause that pages must name, and what a receiver is told."""

from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from re import sub

import httpx

from store_server.db.tables import Budget, DecisionRow
from store_server.delivery.answer import Accepted, Refused, RetryAfter, Unreached
from store_server.web.api.phones import TAKEN
from tests.store_server.fleet.floor import AT_HOME, Watched
from tests.store_server.shop import ENTRANCE, HELP, PLAN, revision

TRUSTED = HELP + "trust: corroborated\nlimits: {total: 5}\n"
GREETING = """
version: 1
id: greeting
name: Greeting
status: live
stores: [milan]
trigger: {on: enter, zone: entrance}
channels: [inbox]
message: {en: {title: Hello, body: "Good to see you."}}
"""
QUIET_PLAN = PLAN.replace("zones:\n", 'policy: {quiet_hours: "11:00-14:00"}\nzones:\n', 1)
"""It is just past eleven in Milan."""


class Chain(Watched):
    """A watched store, read on its real pages."""

    http: httpx.AsyncClient

    async def read(self, path: str) -> str:
        """Return a page as text."""
        answer = await self.http.get(f"/console/{path}", headers={"Accept-Language": "en"})
        assert answer.status_code == 200
        return " ".join(unescape(sub(r"<[^>]*>", " ", answer.text)).split())


Change = Callable[[Chain], object]


@dataclass(frozen=True)
class Fault:
    """What breaks, what mends it, what the campaign's page then names, and what the messages say."""

    breaks: Change
    mends: Change
    named: tuple[str, ...]
    told: str
    back: str
    stops: bool = True
    """Whether the campaign cannot fire; otherwise its page says so as a worry."""


def without(part: str) -> str:
    lines = [line for line in PLAN.splitlines() if part not in line]
    return "\n".join(lines).replace("beacons:\ntags", "tags").replace("gateways:\n\n", "")


def silence_beacon(chain: Chain) -> None:
    chain.hears = {("gw-entrance", ENTRANCE): -58}


def hear_again(chain: Chain) -> None:
    chain.hears = dict(AT_HOME)


def lose_broker(chain: Chain) -> None:
    chain.broker = "connection refused"
    chain.mute.update(("gw-shoes", "gw-entrance"))


def find_broker(chain: Chain) -> None:
    chain.broker = None
    chain.mute.clear()


def push(answer: Refused | RetryAfter | Accepted) -> Change:
    return lambda chain: setattr(chain, "push", answer)


def uploads(outcome: str) -> Change:
    return lambda chain: setattr(chain, "uploads", outcome)


def plan(text: str) -> Change:
    return lambda chain: chain.plan(text)


def both(*steps: Change) -> Change:
    def do(chain: Chain) -> None:
        for step in steps:
            step(chain)

    return do


def hold_everybody(chain: Chain) -> None:
    """Quiet hours, and shoppers who come all the same."""
    chain.plan(QUIET_PLAN)
    chain.write(*(stopped(seq, chain.now) for seq in range(1, 413)))


def stopped(seq: int, at: int, reason: str = "quiet_hours") -> DecisionRow:
    return DecisionRow(
        seq=seq, at=at, shopper=f"s-{seq}", campaign="help", revision=1, trigger="dwell", trigger_at=at, store="milan",
        zone="shoes", visit_no=1, visit_at=at, outcome="suppressed", reason=reason, facts={}, recorded_at=at,
    )  # fmt: skip


def break_revision(chain: Chain) -> None:
    chain.write(revision(TRUSTED.replace("after_s: 90", "after_s: soon"), 2))


FAULTS = {
    "gateway-stopped": Fault(
        lambda c: c.mute.add("gw-shoes"),
        lambda c: c.mute.clear(),
        ("gateway gw-shoes silent since",),
        "Milano: gateway gw-shoes silent since 11:02 CET",
        "Milano: gateway gw-shoes is back",
    ),
    "gateway-offline": Fault(
        lambda c: c.says.update({"gw-shoes": "offline"}),
        lambda c: c.says.clear(),
        ("gateway gw-shoes offline since",),
        "Milano: gateway gw-shoes offline since 11:00 CET",
        "Milano: gateway gw-shoes is back",
    ),
    "gateway-radio-dead": Fault(
        lambda c: c.says.update({"gw-shoes": "radio-dead"}),
        lambda c: c.says.clear(),
        ("gateway gw-shoes: radio dead since",),
        "Milano: gateway gw-shoes: radio dead since 11:00 CET",
        "Milano: gateway gw-shoes is back",
    ),
    "gateway-clock-wrong": Fault(
        lambda c: c.clock_off.add("gw-shoes"),
        lambda c: c.clock_off.clear(),
        ("gateway gw-shoes: clock wrong since",),
        "Milano: gateway gw-shoes: clock wrong since 11:00 CET",
        "Milano: gateway gw-shoes is back",
    ),
    "spool-full": Fault(
        lambda c: c.spool_full.add("gw-shoes"),
        lambda c: c.spool_full.clear(),
        ("Gateway gw-shoes: spool full, old messages are lost since",),
        "Milano: gateway gw-shoes: spool full, old messages are lost since 11:00 CET",
        "Milano: gateway gw-shoes is back",
        stops=False,
    ),
    "beacon-silent": Fault(
        silence_beacon,
        hear_again,
        ("beacon SHOES-1 silent since",),
        "Milano: beacon SHOES-1 silent since 11:02 CET",
        "Milano: beacon SHOES-1 is back",
    ),
    "broker-lost": Fault(
        lose_broker,
        find_broker,
        ("the server has lost its broker since",),
        "the server has lost its broker since 11:02 CET: connection refused",
        "the server has its broker again",
    ),
    "push-refused": Fault(
        push(Refused("status 403")),
        push(Accepted()),
        ("push service push.example refuses us since", "status 403"),
        "push service push.example refuses us since 11:02 CET: status 403",
        "push service push.example is back",
    ),
    "push-failing": Fault(
        push(RetryAfter("status 503")),
        push(Accepted()),
        ("push service push.example takes no messages since", "status 503"),
        "push service push.example takes no messages since 11:02 CET: status 503",
        "push service push.example is back",
    ),
    "push-unreachable": Fault(
        push(Unreached("not reached: ConnectError")),
        push(Accepted()),
        ("push service push.example cannot be reached since",),
        "push service push.example cannot be reached since 11:02 CET: not reached: ConnectError",
        "push service push.example is back",
    ),
    "phones-signed-with-a-wrong-key": Fault(
        uploads("signature"),
        uploads(TAKEN),
        ("phones are turned away, their signatures do not fit since",),
        "phones are turned away, their signatures do not fit since 11:02 CET",
        "phones are listened to again",
    ),
    "phones-clocks-ahead": Fault(
        uploads("too_far_ahead"),
        uploads(TAKEN),
        ("phones are not listened to, their clocks are ahead of the server's since",),
        "phones are not listened to, their clocks are ahead of the server's since 11:02 CET",
        "phones are listened to again",
    ),
    "zone-gone": Fault(
        plan(PLAN.replace("id: shoes,", "id: boots,").replace("zone: shoes", "zone: boots")),
        plan(PLAN),
        ("there is no zone shoes in this store",),
        "Milano: campaign help cannot fire",
        "Milano: campaign help can fire again",
    ),
    "zone-without-beacon": Fault(
        plan(without("SHOES-1")),
        plan(PLAN),
        ("zone Shoes has no beacon",),
        "Milano: campaign help cannot fire",
        "Milano: campaign help can fire again",
    ),
    "gateway-in-another-zone": Fault(
        plan(PLAN.replace("gw-shoes, zone: shoes", "gw-shoes, zone: entrance")),
        plan(PLAN),
        ("zone Shoes has no gateway",),
        "Milano: campaign help cannot fire",
        "Milano: campaign help can fire again",
    ),
    "budget-used-up": Fault(
        lambda c: c.write(Budget(campaign="help", used=5)),
        lambda c: c.write(Budget(campaign="help", used=0)),
        ("its budget is used up",),
        "Milano: campaign help cannot fire",
        "Milano: campaign help can fire again",
    ),
    "broken-revision": Fault(
        break_revision,
        lambda c: c.write(revision(TRUSTED, 3)),
        ("Revision 2 does not read since", "revision 1 runs instead", "help, revision 2:7: expected"),
        "the newest revision of campaign help does not read, the one before runs",
        "the newest revision of campaign help reads again",
        stops=False,
    ),
    "broken-plan": Fault(
        plan(PLAN.replace("zone: shoes, uuid", "zone: attic, uuid")),
        plan(PLAN),
        (),
        "Milano: the newest revision of this store's plan does not read, the one before runs",
        "Milano: the newest revision of this store's plan reads again",
        stops=False,
    ),
    "double: gateway offline, and the beacon only it hears silent": Fault(
        both(lambda c: c.says.update({"gw-shoes": "offline"}), silence_beacon),
        both(lambda c: c.says.clear(), hear_again),
        ("gateway gw-shoes offline since",),
        "Milano: gateway gw-shoes offline since 11:00 CET",
        "Milano: gateway gw-shoes is back",
    ),
    "double: push refused, and everybody held by quiet hours": Fault(
        both(push(Refused("status 401")), hold_everybody),
        both(push(Accepted()), plan(PLAN)),
        (
            "push service push.example refuses us since",
            "Nobody is interrupted now: quiet hours until 14:00",
            "412 stopped by quiet hours since 11:00, resumes 14:00",
        ),
        "push service push.example refuses us since 11:02 CET: status 401",
        "push service push.example is back",
    ),
}
