"""Injected faults, single and double: pages name the cause within a minute; a real receiver hears of each once, and once that it is back.

The receiver is an HTTP server on loopback that apprise posts to; what counts is what it took, whatever the database says.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from protocol.instants import HOUR, MINUTE
from store_server.db.tables import BeaconLevel, Install, PushAddress
from store_server.fleet.alerts import Watching
from store_server.fleet.levels import Reception
from store_server.fleet.reception import LEARNED_AFTER
from store_server.web.console.router import console_router
from tests.store_server.fleet.floor import AT_HOME
from tests.store_server.fleet.injected import FAULTS, GREETING, TRUSTED, Chain, hold_everybody, stopped
from tests.store_server.fleet.receiver import Receiver, open_receiver
from tests.store_server.shop import OPENING, SHOES, UUID, revision

pytestmark = pytest.mark.timeout(180)
"""Minutes of a store, each step of it on the disk: a busy machine takes its time."""

WITHIN_S = 60
LONGER_S = 120
"""Long enough for a second message to come, if there were one; what is well again for a minute is back."""
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
