"""Injected faults, single and double: pages name the cause within a minute; a real receiver hears of each once, and once that it is back.

The receiver is an HTTP server on loopback that apprise posts to; what counts is what it took, whatever the database says.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from re import sub

import httpx
import pytest
from fastapi import FastAPI

from protocol.instants import HOUR, MINUTE
from store_server.db.tables import BeaconLevel, Budget, DecisionRow, Install, PushAddress
from store_server.delivery.answer import Accepted, Refused, RetryAfter, Unreached
from store_server.fleet.alerts import Watching
from store_server.fleet.levels import Reception
from store_server.fleet.reception import LEARNED_AFTER
from store_server.web.api.phones import TAKEN
from store_server.web.console.router import console_router
from tests.store_server.fleet.floor import AT_HOME, Watched
from tests.store_server.fleet.receiver import Receiver, open_receiver
from tests.store_server.shop import ENTRANCE, HELP, OPENING, PLAN, SHOES, UUID, revision

pytestmark = pytest.mark.timeout(180)
"""Minutes of a store, each step of it on the disk: a busy machine takes its time."""

WITHIN_S = 60
LONGER_S = 120
"""Long enough for a second message to come, if there were one; what is well again for a minute is back."""
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
ONLY_ITS_GATEWAY = "double: gateway offline, and the beacon only it hears silent"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with open_receiver() as server:
        yield server


@pytest.fixture
async def chain(tmp_path: Path, receiver: Receiver) -> AsyncIterator[Chain]:
    chain = Chain(tmp_path / "aislecue.db", receiver, [TRUSTED, GREETING])
    app = FastAPI()
    app.include_router(console_router(chain.database, chain.clock))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as chain.http:
        yield chain
    chain.database.dispose()


async def settle(chain: Chain, name: str) -> None:
    if name == ONLY_ITS_GATEWAY:
        chain.hears.pop(("gw-entrance", SHOES))
    assert await chain.live(120) == []


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_is_named_within_a_minute_told_once_and_back_once(chain: Chain, name: str) -> None:
    fault = FAULTS[name]
    await settle(chain, name)
    assert "Cannot fire" not in await chain.read("campaigns/help")

    fault.breaks(chain)
    titles = await chain.live(WITHIN_S)
    page = await chain.read("campaigns/help")
    assert ("Cannot fire" in page) == fault.stops
    assert [one for one in fault.named if one not in page] == []
    assert [one for one in fault.named if one not in await chain.read("why?campaign=help")] == []
    titles += await chain.live(LONGER_S)
    assert titles == [fault.told]

    fault.mends(chain)
    assert await chain.live(LONGER_S) == [fault.back]
    page = await chain.read("campaigns/help")
    assert [one for one in ("Cannot fire", "does not read", "needs looking after") if one in page] == []


@pytest.mark.parametrize("name", FAULTS)
async def test_a_restart_and_a_receiver_that_fails_for_a_while_double_nothing(
    chain: Chain, name: str
) -> None:
    fault = FAULTS[name]
    await settle(chain, name)
    chain.receiver.refusing = True
    fault.breaks(chain)
    assert await chain.live(WITHIN_S) == []
    chain.restart()
    assert await chain.live(WITHIN_S) == []
    chain.receiver.refusing = False
    assert [one.split(" since")[0] for one in await chain.live(WITHIN_S)] == [fault.told.split(" since")[0]]
    chain.restart()
    fault.mends(chain)
    chain.receiver.refusing = True
    assert await chain.live(LONGER_S) == []
    chain.receiver.refusing = False
    chain.restart()
    assert await chain.live(LONGER_S) == [fault.back]
    assert len(chain.receiver.taken) == 2


@pytest.mark.parametrize(
    ("strength", "named", "told"),
    [
        (
            {("gw-shoes", SHOES): -72, ("gw-entrance", SHOES): -88},
            "Beacon SHOES-1 weak since 11:01: 12 dB less than it used to be",
            "Milano: beacon SHOES-1 weak since 11:01 CET: 12 dB less than it used to be",
        ),
        (
            {("gw-shoes", SHOES): -75, ("gw-entrance", SHOES): -60},
            "Beacon SHOES-1 moved since 11:01: heard best in Entrance",
            "Milano: beacon SHOES-1 moved since 11:01 CET: heard best in Entrance",
        ),
    ],
)
async def test_a_beacon_that_weakens_or_moves_is_told_once_it_has_lasted(
    chain: Chain, strength: dict[tuple[str, int], int], named: str, told: str
) -> None:
    for (gateway, minor), dbm in AT_HOME.items():
        level = BeaconLevel(
            store="milan", gateway=gateway, uuid=UUID, major=1, minor=minor,
            dbm=dbm, readings=LEARNED_AFTER, learned_at=OPENING,
        )  # fmt: skip
        chain.write(level)
    reception = Reception(chain.database)
    chain.every_step.append(lambda _, now: None if (now - OPENING) % MINUTE else reception.look(now))
    chain.hears |= strength
    assert await chain.live(600) == []
    assert await chain.live(120) == [told]
    page = await chain.read("campaigns/help")
    assert named in page
    assert "Cannot fire" not in page
    assert await chain.live(300) == []
    chain.hears = dict(AT_HOME)
    assert await chain.live(240) == ["Milano: beacon SHOES-1 is back"]


async def test_quiet_hours_hold_everybody_and_nothing_is_broken(chain: Chain) -> None:
    hold_everybody(chain)
    await chain.live(WITHIN_S)
    for path in ("campaigns/help", "why?campaign=help"):
        assert "412 stopped by quiet hours since 11:00, resumes 14:00" in await chain.read(path)
    listed = await chain.read("campaigns")
    assert "Quiet hours until 14:00" in listed
    assert "Cannot fire" not in listed
    assert "Everything is well" in await chain.read("alerts")
    assert await chain.live(LONGER_S) == []


async def test_caps_and_consents_that_stop_everybody_are_said_with_the_reason(chain: Chain) -> None:
    chain.write(*(stopped(seq, chain.now, "no_channel") for seq in range(1, 31)))
    await chain.live(WITHIN_S)
    page = await chain.read("campaigns/help")
    assert "Nobody was reached in the last 24 hours" in page
    assert "30 of 30 occasions came to nothing because the shopper allows none of" in page
    assert await chain.live(LONGER_S) == []


async def test_nothing_sent_for_hours_is_told_where_somebody_asked_for_it(chain: Chain) -> None:
    chain.watching = Watching(unsent_hours=6)
    chain.restart()
    chain.write(*(stopped(seq, OPENING - 5 * HOUR, "audience") for seq in range(1, 101)))
    assert await chain.live(180) == ["campaign help has sent nothing since 05:01 CET"]
    assert chain.receiver.taken[-1]["message"] == "it had 100 occasions"
    sent = stopped(101, chain.now)
    sent.outcome, sent.reason = "send", None
    chain.write(sent)
    assert await chain.live(LONGER_S) == ["campaign help sends again"]


async def test_push_addresses_that_are_all_gone_stop_push_and_nothing_else(chain: Chain) -> None:
    address = PushAddress(install="i1", kind="webpush", shopper="ann", address={}, created_at=OPENING)
    address.gone_at = OPENING
    install = Install(
        id="i1", shopper="ann", credential_hash="x", platform="web", created_at=OPENING, seen_at=OPENING
    )
    chain.write(install)
    chain.write(address)
    assert await chain.live(WITHIN_S + 30) == ["no phone can be reached by push any more since 11:00 CET"]
    assert "no phone can be reached by push any more" in await chain.read("campaigns/help")
    assert "Cannot fire" not in await chain.read("campaigns/greeting")


async def test_a_disk_that_fills_is_told_once_and_once_that_it_has_room(chain: Chain) -> None:
    room = [200 << 20]
    chain.watching = Watching(free_bytes=lambda: room[0])
    chain.restart()
    told = "the server's disk is nearly full since 11:00 CET: 200 MB left"
    assert await chain.live(180) == [told]
    assert "The server's disk is nearly full" in await chain.read("fleet")
    room[0] = 1100 << 20
    assert await chain.live(LONGER_S) == []
    room[0] = 4000 << 20
    assert await chain.live(LONGER_S) == ["the server's disk has room again"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("status: live", "status: paused"), "Paused revision 2 by test"),
        (("status: live", "status: ended"), "Ended revision 2 by test"),
        (("status: live", "status: live\nschedule: {ends: 2026-10-01}"), "its last day has passed"),
    ],
)
async def test_what_a_person_has_decided_is_said_and_alarms_nobody(
    chain: Chain, change: tuple[str, str], named: str
) -> None:
    chain.write(revision(TRUSTED.replace(*change), 2))
    await chain.live(WITHIN_S)
    assert named in await chain.read("campaigns/help")
    assert await chain.live(LONGER_S) == []
