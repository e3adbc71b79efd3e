"""What a shopper lives through, over every real part: phone, server, rules, delivery, push service."""

from pathlib import Path

import pytest

from tests.flow.road import NO, SHOE_REGION, SHOES, campaign, heard, open_road

pytestmark = pytest.mark.timeout(180)
ENTER_SHOES = "{on: enter, zone: shoes, within: near}"
DWELL_SHOES = "{on: dwell, zone: shoes, after_s: 60}"


@pytest.mark.parametrize(("status", "words"), [("live", ["Need a hand?"]), ("paused", [])])
async def test_a_sighting_becomes_a_push(tmp_path: Path, status: str, words: list[str]) -> None:
    text = campaign("help", ENTER_SHOES, title="Need a hand?", status=status)
    async with open_road(tmp_path, text) as road, road.phone() as carried:
        await carried.phone.ranged(heard())
        await road.live(3)
        assert [push.title for push in await carried.open_pushes()] == words
        states = road.rows("SELECT state FROM outbox")
        assert states == [("displayed",)] * len(words)


async def test_a_tap_is_kept_as_opened(tmp_path: Path) -> None:
    async with open_road(tmp_path, campaign("help", ENTER_SHOES)) as road, road.phone() as carried:
        await carried.phone.ranged(heard())
        await road.live(3)
        (push,) = await carried.open_pushes()
        await carried.phone.tap(push.id)
        assert road.rows("SELECT state FROM outbox") == [("opened",)]
        assert sorted(road.rows("SELECT kind FROM receipt")) == [("displayed",), ("opened",)]


async def test_without_consent_there_is_no_row(tmp_path: Path) -> None:
    async with open_road(tmp_path, campaign("help", ENTER_SHOES)) as road, road.phone(NO) as carried:
        await carried.phone.ranged(heard())
        assert carried.phone.waiting == 0
        sighting = {"id": "forced", "at": "2026-11-21T09:00:03Z", "proximity": "near", "kind": "ranged"}
        forced = {**sighting, "uuid": SHOES.uuid, "major": SHOES.major, "minor": SHOES.minor}
        answer = await carried.api.post_sightings([forced])
        assert (answer.accepted, answer.ignored) == (0, {"no_consent": 1})
        await road.live(3)
        for table in ("sighting", "shopper_state", "decision", "outbox"):
            assert road.rows(f"SELECT count(*) FROM {table}") == [(0,)]


async def test_a_pocketed_phone_dwells_by_one_enter_alone(tmp_path: Path) -> None:
    async with open_road(tmp_path, campaign("help", DWELL_SHOES)) as road, road.phone() as carried:
        await carried.phone.entered(SHOE_REGION, heard())
        await road.live(58)
        assert carried.mailbox == []
        await road.live(7)
        assert [push.title for push in await carried.open_pushes()] == ["Hello"]


async def test_a_pocketed_phone_that_leaves_has_not_dwelt(tmp_path: Path) -> None:
    async with open_road(tmp_path, campaign("help", DWELL_SHOES)) as road, road.phone() as carried:
        await carried.phone.entered(SHOE_REGION, heard())
        await road.live(30)
        await carried.phone.exited(SHOE_REGION)
        await road.live(45)
        assert carried.mailbox == []
        assert road.outcomes() == []


async def test_what_is_outranked_waits_in_the_inbox(tmp_path: Path) -> None:
    winner = campaign("first", ENTER_SHOES, "priority: 90", title="Now")
    loser = campaign("second", ENTER_SHOES, "priority: 10", "blocked: inbox", title="Later")
    async with open_road(tmp_path, winner, loser) as road, road.phone() as carried:
        await carried.phone.ranged(heard())
        await road.live(3)
        assert [push.title for push in await carried.open_pushes()] == ["Now"]
        assert road.outcomes() == [("first", "send", None), ("second", "inbox", "outranked")]
        assert "Later" in {item.title for item in await carried.phone.inbox()}


@pytest.mark.parametrize("hears", [True, False])
async def test_a_corroborated_campaign_needs_the_zones_gateway(tmp_path: Path, hears: bool) -> None:
    text = campaign("help", ENTER_SHOES, "trust: corroborated")
    async with open_road(tmp_path, text) as road, road.phone() as carried:
        if not hears:
            await road.whole.fleet.stop("gw-shoes")
            await road.live(70)
        await carried.phone.ranged(heard())
        await road.live(3)
        assert len(await carried.open_pushes()) == hears
        expected = ("help", "send", None) if hears else ("help", "suppressed", "not_corroborated")
        assert road.outcomes() == [expected]
