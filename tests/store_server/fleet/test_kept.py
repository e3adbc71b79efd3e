"""Conditions kept for pages: the same as computed, written only where they changed, honest about their age."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from protocol.instants import MINUTE, SECOND, Instant
from store_server.db.session import open_database, reading, writing
from store_server.db.tables import Gateway, PlanRevision, Presence
from store_server.documents import Documents
from store_server.fleet.causes import BEACON, GATEWAY, stops
from store_server.fleet.health import all_healths
from store_server.fleet.kept import (
    LATE_AFTER_MS,
    Chosen,
    count_equipment,
    find_changes,
    keep_changes,
    kept_stores,
    last_look,
    list_equipment,
)
from tests.store_server.fleet.judgement import assert_kept_is_computed
from tests.store_server.web.console.sample import NOW, STORE, fill_database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    fill_database(tmp_path / "aislecue.db").dispose()
    engine = open_database(tmp_path / "aislecue.db")
    yield engine
    engine.dispose()


def judge(database: Engine, now: Instant) -> int:
    """Judge and keep as the scheduler does; return how many rows changed."""
    documents = Documents()
    with reading(database) as session:
        healths = all_healths(session, documents.plans(session), now)
        campaigns = [one.campaign for one in documents.campaigns(session).values()]
        changes = find_changes(session, healths, stops(healths, campaigns, now))
    with writing(database) as session:
        keep_changes(session, changes, now)
    return changes.rows


def listed(database: Engine, chosen: Chosen) -> list[str]:
    with reading(database) as session:
        return [one.id for one in list_equipment(session, chosen, 0, 100)]


def test_what_is_kept_is_what_the_facts_say_and_is_written_only_where_it_changed(database: Engine) -> None:
    assert judge(database, NOW) > 0
    assert_kept_is_computed(database, NOW)
    assert judge(database, NOW + SECOND) == 0
    assert_kept_is_computed(database, NOW + SECOND)
    with writing(database) as session:
        speak(session, NOW + 20 * SECOND)
    assert judge(database, NOW + 20 * SECOND) > 0
    assert_kept_is_computed(database, NOW + 20 * SECOND)
    assert listed(database, Chosen(GATEWAY, state="silent")) == []


def speak(session: Session, now: Instant) -> None:
    for gateway in session.exec(select(Gateway)):
        gateway.status, gateway.presence_at = "online", now
    for row in session.exec(select(Presence)):
        row.last_at = now


def test_what_left_the_plan_leaves_the_list(database: Engine) -> None:
    judge(database, NOW)
    before = listed(database, Chosen(BEACON))
    with writing(database) as session:
        plan = session.get_one(PlanRevision, (STORE, 2))
        text = "\n".join(line for line in plan.text.splitlines() if "JACK-2" not in line)
        session.add(PlanRevision(store=STORE, revision=9, text=text, applied_at=0, applied_by="x"))
    judge(database, NOW)
    assert set(before) - set(listed(database, Chosen(BEACON))) == {"JACK-2"}
    with writing(database) as session:
        for plan in session.exec(select(PlanRevision)):
            session.delete(plan)
    judge(database, NOW)
    with reading(database) as session:
        assert kept_stores(session) == {}
        assert count_equipment(session, Chosen(GATEWAY)) == 0


def test_what_is_not_well_comes_first_and_filters_go_together(database: Engine) -> None:
    judge(database, NOW)
    assert listed(database, Chosen(GATEWAY))[0] == "gw-shoes"
    assert listed(database, Chosen(BEACON, STORE, "silent", "jack")) == ["JACK-2"]
    assert listed(database, Chosen(BEACON, "elsewhere")) == []
    assert listed(database, Chosen(BEACON, text="%")) == []


@pytest.mark.parametrize(
    ("age_ms", "late"), [(0, False), (LATE_AFTER_MS - 1, False), (LATE_AFTER_MS, True), (60 * MINUTE, True)]
)
def test_an_old_judgement_says_that_it_is_old(database: Engine, age_ms: Instant, late: bool) -> None:
    judge(database, NOW)
    with reading(database) as session:
        look = last_look(session, NOW + age_ms)
    assert (look.at, look.late) == (NOW, late)


def test_without_a_judgement_there_is_none(database: Engine) -> None:
    with reading(database) as session:
        look = last_look(session, NOW)
    assert (look.at, look.late) == (None, True)
