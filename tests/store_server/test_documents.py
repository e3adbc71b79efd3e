"""A revision that does not read takes nothing down: the one before runs, in pages and in the engine, after a restart too."""

from pathlib import Path

from store_server.db.session import open_database, reading, writing
from store_server.documents import BrokenDocument, Documents
from tests.store_server.shop import HELP, OPENING, furnish, line, open_shop, revision

BAD = HELP.replace("after_s: 90", "after_s: soon")


def test_the_last_revision_that_reads_runs_and_the_newest_is_named_with_its_line(tmp_path: Path) -> None:
    furnish(tmp_path / "aislecue.db")
    database, documents = open_database(tmp_path / "aislecue.db"), Documents()
    with writing(database) as session:
        session.add_all([revision(BAD, 2), revision(BAD + "# again\n", 3)])
    for kept in (documents, documents, Documents()):
        with reading(database) as session:
            assert kept.campaigns(session)["help"].revision == 1
            assert list(kept.broken_campaigns(session)) == ["help"]
    with reading(database) as session:
        broken = documents.broken_campaigns(session)["help"]
    assert (broken.id, broken.revision, broken.applied_at, broken.runs) == ("help", 3, OPENING, 1)
    assert broken.problem.startswith("help, revision 3:7: expected")
    with writing(database) as session:
        session.add(revision(HELP, 4))
    with reading(database) as session:
        assert documents.campaigns(session)["help"].revision == 4
        assert documents.broken_campaigns(session) == {}
    database.dispose()


def test_without_any_revision_that_reads_there_is_none_and_the_others_run(tmp_path: Path) -> None:
    furnish(tmp_path / "aislecue.db", [HELP, BAD.replace("id: help", "id: odd")])
    database, documents = open_database(tmp_path / "aislecue.db"), Documents()
    with reading(database) as session:
        assert list(documents.campaigns(session)) == ["help"]
        odd: BrokenDocument = documents.broken_campaigns(session)["odd"]
        assert odd.runs is None
        assert list(documents.plans(session)) == ["milan"]
        assert documents.broken_plans(session) == {}
    database.dispose()


async def test_an_engine_that_starts_on_a_broken_revision_runs_the_one_before(tmp_path: Path) -> None:
    furnish(tmp_path / "aislecue.db")
    database = open_database(tmp_path / "aislecue.db")
    with writing(database) as session:
        session.add_all([revision(BAD, 2), revision(BAD, 3)])
    database.dispose()
    async with open_shop(tmp_path / "aislecue.db") as shop:
        await shop.sight("ann", line("e", OPENING, kind="enter"))
        await shop.go(100)
        assert shop.rows("SELECT outcome, revision FROM decision") == [("send", 1)]
