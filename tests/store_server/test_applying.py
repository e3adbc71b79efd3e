"""Plans and campaigns applied: judged while others write, written only where nobody was faster."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from protocol.errors import BadInput
from protocol.instants import SECOND
from store_server.applying import (
    TRIES,
    File,
    apply_campaigns,
    apply_plans,
    apply_plans_briefly,
    running_plans,
)
from store_server.db.migrate import upgrade
from store_server.db.session import open_database, reading, writing
from store_server.db.tables import PlanRevision
from store_server.documents import plan_of
from tests.store_server.shop import OPENING, PLAN

CAMPAIGN = """\
version: 1
id: hello-{n}
name: Hello
status: live
stores: "*"
trigger: {{on: arrive}}
message: {{en: {{title: Hi, body: There}}}}
"""


class Read(list[File]):
    """Files; something else happens whenever they are gone through to be judged."""

    def __init__(self, files: list[File], meanwhile: Callable[[], None]) -> None:
        super().__init__(files)
        self._meanwhile = meanwhile

    def __iter__(self) -> Iterator[File]:
        self._meanwhile()
        return super().__iter__()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path / "aislecue.db")
    upgrade(engine)
    with writing(engine) as session:
        apply_plans(session, [File("plan.yaml", PLAN)], "anna", OPENING)
    yield engine
    engine.dispose()


def somebody_else(engine: Engine, times: int) -> Callable[[], None]:
    """Return what applies another campaign at each of its first calls."""
    numbers = iter(range(times))

    def write() -> None:
        if (n := next(numbers, None)) is not None:
            with writing(engine) as session:
                apply_campaigns(session, [File("c", CAMPAIGN.format(n=n))], "bruno", OPENING + SECOND)

    return write


def test_others_write_while_a_plan_is_judged_and_it_is_judged_again(engine: Engine) -> None:
    changed = File("plan.yaml", PLAN + "# a remark\n", 1)
    files = Read([changed], somebody_else(engine, TRIES - 1))
    (applied,) = apply_plans_briefly(engine, files, "anna", OPENING)
    assert applied.revision == 2
    with reading(engine) as session:
        assert {name: kept.revision for name, kept in running_plans(session).items()} == {"milan": 2}


def test_a_plan_that_somebody_else_changed_meanwhile_is_refused(engine: Engine) -> None:
    mine, theirs = (File("plan.yaml", f"{PLAN}# {who}\n", 1) for who in ("mine", "theirs"))

    def faster() -> None:
        with writing(engine) as session:
            if len(session.exec(select(PlanRevision)).all()) == 1:
                apply_plans(session, [theirs], "bruno", OPENING)

    with pytest.raises(BadInput, match="revision 2"):
        apply_plans_briefly(engine, Read([mine], faster), "anna", OPENING)
    with reading(engine) as session:
        assert [row.text for row in session.exec(select(PlanRevision))] == [PLAN, theirs.text]


def test_of_many_revisions_the_newest_runs(engine: Engine) -> None:
    for revision in range(1, 12):
        apply_plans_briefly(engine, [File("p", f"{PLAN}# {revision}\n", revision)], "anna", OPENING)
    with reading(engine) as session:
        assert running_plans(session)["milan"].text == f"{PLAN}# 11\n"


def test_a_text_is_read_once_and_its_faults_name_their_file() -> None:
    assert plan_of(PLAN, "one") is plan_of(PLAN, "other")
    for source in ("one", "other"):
        with pytest.raises(BadInput, match=source):
            plan_of("version: 2\n", source)
