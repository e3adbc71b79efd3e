"""One message when something breaks, one when it is back: over the real database, apprise and a receiver on loopback."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from protocol.errors import BadInput
from protocol.instants import MINUTE, SECOND
from store_server.db.tables import AlertSilence, Gateway
from store_server.fleet.alerts import SETTLE_MS
from store_server.fleet.apprise_services import AppriseServices
from store_server.web.design.language import load_languages
from tests.store_server.fleet.floor import AT_HOME, GATEWAYS, Watched
from tests.store_server.fleet.judgement import assert_kept_is_computed
from tests.store_server.fleet.receiver import Receiver, open_receiver
from tests.store_server.shop import ENTRANCE, HELP, OPENING, SHOES, read_rows, revision

pytestmark = pytest.mark.timeout(180)
"""Minutes of a store, each step of it on the disk: a busy machine takes its time."""

TRUSTED = HELP + "trust: corroborated\n"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with open_receiver() as server:
        yield server


@pytest.fixture
async def floor(tmp_path: Path, receiver: Receiver) -> AsyncIterator[Watched]:
    floor = Watched(tmp_path / "aislecue.db", receiver, [TRUSTED])
    floor.hears = {("gw-entrance", ENTRANCE): -60, ("gw-shoes", SHOES): -60}
    floor.every_step.append(assert_kept_is_computed)
    assert await floor.live(120) == []
    yield floor
    floor.database.dispose()


async def test_a_silent_gateway_is_told_once_with_what_it_stops_and_once_when_it_is_back(
    floor: Watched,
) -> None:
    floor.mute.add("gw-shoes")
    (title,) = await floor.live(60)
    assert title == "Milano: gateway gw-shoes silent since 11:02 CET"
    assert floor.receiver.taken[-1]["message"] == "1 campaign cannot fire: Help"
    assert await floor.live(600) == []
    floor.mute.clear()
    assert await floor.live(600) == ["Milano: gateway gw-shoes is back"]
    assert read_rows(floor.path, "SELECT rule, state, back_at IS NOT NULL FROM alert") == [
        ("gateway", "silent", 1)
    ]


@pytest.mark.parametrize(
    ("status", "said"), [("offline", " offline since"), ("radio-dead", ": radio dead since")]
)
async def test_what_a_gateway_says_of_itself_is_told(floor: Watched, status: str, said: str) -> None:
    floor.says["gw-shoes"] = status
    (title,) = await floor.live(60)
    assert title.startswith(f"Milano: gateway gw-shoes{said}")


async def test_a_silent_beacon_is_told_unless_nobody_could_hear_it(floor: Watched) -> None:
    floor.hears.pop(("gw-shoes", SHOES))
    (title,) = await floor.live(90)
    assert title.startswith("Milano: beacon SHOES-1 silent since")
    floor.hears = dict(AT_HOME)
    assert await floor.live(90) == ["Milano: beacon SHOES-1 is back"]


async def test_a_campaign_that_no_equipment_explains_is_told_by_itself(floor: Watched) -> None:
    floor.write(revision(TRUSTED.replace("zone: shoes", "zone: attic"), 2))
    assert await floor.live(30) == ["Milano: campaign help cannot fire"]
    assert floor.receiver.taken[-1]["message"] == "there is no zone attic in this store"
    floor.write(revision(TRUSTED, 3))
    assert await floor.live(90) == ["Milano: campaign help can fire again"]


async def test_a_campaign_whose_last_day_has_passed_alarms_nobody(floor: Watched) -> None:
    floor.write(revision(TRUSTED + "schedule: {ends: 2026-10-01}\n", 2))
    assert await floor.live(60) == []


async def test_many_at_once_are_one_message(floor: Watched) -> None:
    floor.mute |= {"gw-shoes", "gw-entrance"}
    assert await floor.live(60) == ["2 things broke"]
    floor.mute.clear()
    assert await floor.live(90) == ["2 things are back"]


async def test_a_flapping_gateway_is_one_fault(floor: Watched) -> None:
    floor.mute.add("gw-shoes")
    assert len(await floor.live(40)) == 1
    for _ in range(5):
        floor.mute.clear()
        assert await floor.live(20) == []
        floor.mute.add("gw-shoes")
        assert await floor.live(60) == []


async def test_messages_are_in_the_chains_language(floor: Watched) -> None:
    floor.speak_in(load_languages()["it"])
    floor.mute.add("gw-shoes")
    (title,) = await floor.live(120)
    assert title == "Milano: gateway gw-shoes muto dalle 11:02 CET"
    assert floor.receiver.taken[-1]["message"] == "1 campagna non può partire: Help"
    floor.mute.clear()
    assert await floor.live(120) == ["Milano: gateway gw-shoes è di nuovo a posto"]


async def test_what_no_service_took_is_told_when_one_is_there_again(floor: Watched) -> None:
    floor.receiver.refusing = True
    floor.mute.add("gw-shoes")
    assert await floor.live(60) == []
    floor.receiver.refusing = False
    assert len(await floor.live(60)) == 1


async def test_a_silence_window_holds_messages_back_and_only_what_lasts_is_told_after_it(
    floor: Watched,
) -> None:
    floor.write(
        AlertSilence(store="milan", from_at=floor.now, until_at=floor.now + 5 * MINUTE, made_by="anna")
    )
    floor.mute.add("gw-shoes")
    floor.hears.pop(("gw-entrance", ENTRANCE))
    assert await floor.live(120) == []
    assert read_rows(floor.path, "SELECT count(*) FROM alert") == [(2,)]
    floor.hears = dict(AT_HOME)
    assert await floor.live(120) == []
    (title,) = await floor.live(120)
    assert "gw-shoes" in title


async def test_a_silence_window_of_one_kind_lets_the_others_through(floor: Watched) -> None:
    quiet = AlertSilence(
        store=None, rule="beacon", from_at=floor.now, until_at=floor.now + 60 * MINUTE, made_by="anna"
    )
    floor.write(quiet)
    floor.hears.pop(("gw-entrance", ENTRANCE))
    assert await floor.live(120) == []
    floor.mute.add("gw-shoes")
    (title,) = await floor.live(60)
    assert "gw-shoes" in title


async def test_a_planned_silence_window_waits_for_its_beginning(floor: Watched) -> None:
    begins = floor.now + 10 * MINUTE
    floor.write(AlertSilence(store="milan", from_at=begins, until_at=begins + 10 * MINUTE, made_by="anna"))
    floor.mute.add("gw-shoes")
    assert len(await floor.live(60)) == 1
    floor.mute.clear()
    assert await floor.live(600) == ["Milano: gateway gw-shoes is back"]
    floor.mute.add("gw-shoes")
    assert await floor.live(300) == []


async def test_after_a_start_nobody_is_judged_before_they_could_speak(
    tmp_path: Path, receiver: Receiver
) -> None:
    floor = Watched(tmp_path / "aislecue.db", receiver, [TRUSTED])
    old = OPENING - 10 * MINUTE
    for name in GATEWAYS:
        floor.write(Gateway(store="milan", id=name, status="online", status_at=old, presence_at=old))
    floor.mute |= set(GATEWAYS)
    assert await floor.live(SETTLE_MS // SECOND) == []
    floor.mute.clear()
    assert await floor.live(60) == []


async def test_another_process_goes_on_where_this_one_stopped(floor: Watched) -> None:
    floor.mute.add("gw-shoes")
    assert len(await floor.live(60)) == 1
    floor.restart()
    assert await floor.live(120) == []
    floor.mute.clear()
    assert await floor.live(120) == ["Milano: gateway gw-shoes is back"]


def test_a_url_that_apprise_does_not_know_is_refused_without_repeating_it() -> None:
    with pytest.raises(BadInput) as refused:
        AppriseServices(["json://127.0.0.1", "bogus://secret@example.com"])
    assert "URL 2" in str(refused.value)
    assert "secret" not in str(refused.value)
