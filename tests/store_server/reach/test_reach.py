"""A week played again in the server gives what `aislecue simulate` gives for the same facts (SPEC 5, 6)."""

import json
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import Engine

from aislecue.cli import main
from campaigns.document import Campaign, read_campaign
from protocol.errors import BadInput
from protocol.instants import DAY
from protocol.plan import StorePlan, read_plan
from store_server.db.session import reading, writing
from store_server.db.tables import ShopperRow
from store_server.engine.record import Record, write_record
from store_server.privacy.consent import give
from store_server.privacy.erasure import erase
from store_server.reach.count import Reach, reach
from tests.store_server.engine.test_record import SHOPPERS
from tests.store_server.reach.sample import CANDIDATE, NOW, RUNNING
from tests.store_server.shop import HELP, OPENING, PLAN


def played(engine: Engine, candidate: str = CANDIDATE) -> Reach:
    told: list[float] = []
    with reading(engine) as session:
        found = reach(
            session, [plan()], campaign(candidate), [campaign(one) for one in RUNNING], NOW, told.append
        )
    assert told == sorted(told)
    return found


def plan() -> StorePlan:
    return read_plan(PLAN, "plan")


def campaign(text: str) -> Campaign:
    return read_campaign(text, "campaign")


def simulated(record: Record, *more: str) -> list[dict[str, str | None]]:
    out = record.folder / "out.jsonl"
    files: tuple[object, ...] = (
        "--shoppers",
        record.shoppers,
        "--sightings",
        record.sightings,
        "--presence",
        record.presence,
    )
    files += ("--history", record.history, "--campaigns", record.campaigns, "--out", out)
    plans = map(str, record.plans.iterdir())
    assert main(["simulate", "--plan", *plans, *map(str, files), *more]) == 0
    return [json.loads(line) for line in out.read_text().splitlines()]


def test_reach_equals_simulate_with_the_campaign_and_without(week: Engine, tmp_path: Path) -> None:
    found = played(week)
    record = write_record(week, tmp_path / "record")
    without = Counter((one["campaign"], one["outcome"]) for one in simulated(record))
    (record.campaigns / "socks.yaml").write_text(CANDIDATE)
    lines = simulated(record, "--assume-live", "socks")
    mine = [one for one in lines if one["campaign"] == "socks"]
    with_it = Counter((one["campaign"], one["outcome"]) for one in lines)

    assert found.counts == Counter((one["outcome"], one["reason"]) for one in mine)
    assert found.receivers == len({one["shopper"] for one in mine if one["outcome"] == "send"})
    figures = {
        name: (without[name, "send"], with_it[name, "send"], without[name, "inbox"], with_it[name, "inbox"])
        for name in ("help", "welcome", "goodbye", "tease")
    }
    expected = {name: four for name, four in figures.items() if four[0::2] != four[1::2]}
    shown = {
        one.campaign: (one.sent_without, one.sent_with, one.inbox_without, one.inbox_with)
        for one in found.displaced
    }
    assert shown == expected
    assert found.displaced, "the sample must displace something, or it proves little"
    assert {outcome for outcome, _ in found.counts} >= {"send", "ghost", "suppressed"}


def test_what_came_before_the_week_counts(week: Engine) -> None:
    """One shopper had the campaign's one message nine days ago; four have been here before."""
    everyone = played(week, CANDIDATE.replace("audience: {visits: {at_least: 2}}\n", ""))
    uncapped = played(week, CANDIDATE.replace("{max: 1, within_days: 30}", "{max: 1, within_days: 5}"))
    first_timers = played(week, CANDIDATE.replace("at_least: 2", "at_least: 4"))
    found = played(week)
    assert found.counts["suppressed", "audience"] > 0
    assert everyone.counts.get(("suppressed", "audience")) is None
    assert found.counts["suppressed", "campaign_cap"] > uncapped.counts.get(("suppressed", "campaign_cap"), 0)
    assert first_timers.receivers == 0


def test_erased_shoppers_and_those_who_no_longer_agree_are_not_counted(week: Engine) -> None:
    before = played(week).shoppers
    with writing(week) as session:
        erase(session, SHOPPERS[0], "test", NOW)
        give(session, session.get_one(ShopperRow, SHOPPERS[1]), {"proximity": False}, NOW)
    assert (before, played(week).shoppers) == (8, 6)


def test_it_says_since_when_sightings_are_kept(week: Engine) -> None:
    found = played(week)
    assert OPENING <= found.since < OPENING + DAY
    assert not found.whole_week
    with reading(week) as session:
        late = reach(session, [plan()], campaign(CANDIDATE), [], found.since + 7 * DAY, lambda _: None)
        later = reach(session, [plan()], campaign(CANDIDATE), [], NOW + 30 * DAY, lambda _: None)
    assert late.whole_week
    assert (later.shoppers, later.counts) == (0, {})


def test_a_campaign_that_does_not_fit_is_refused(week: Engine) -> None:
    with pytest.raises(BadInput):
        played(week, HELP)
