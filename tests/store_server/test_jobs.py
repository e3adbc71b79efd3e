"""Ticks: by one leader at a time, on the injected clock, again and again without harm."""

from pathlib import Path

from protocol.instants import DAY
from store_server.db.session import open_database
from store_server.jobs import LEASE_MS, Jobs
from tests.store_server.intake.test_presence import said, take
from tests.store_server.shop import OPENING, furnish, line, open_shop


async def test_only_the_leader_ticks_until_its_lease_ends(tmp_path: Path) -> None:
    furnish(tmp_path / "aislecue.db")
    database = open_database(tmp_path / "aislecue.db")
    async with open_shop(tmp_path / "aislecue.db") as shop:
        leader, other = (Jobs(database, shop.store, shop.clock, name) for name in ("a", "b"))
        done: list[str] = []

        async def job() -> None:
            done.append("done")

        await leader.tick(job)
        await other.tick(job)
        await leader.tick(job)
        assert len(done) == 2
        shop.clock.go(OPENING + LEASE_MS)
        await other.tick(job)
        await leader.tick(job)
        assert len(done) == 3
    database.dispose()


async def test_silence_and_retention_go_by_the_injected_clock(tmp_path: Path) -> None:
    furnish(tmp_path / "aislecue.db")
    database = open_database(tmp_path / "aislecue.db")
    async with open_shop(tmp_path / "aislecue.db") as shop:
        jobs = Jobs(database, shop.store, shop.clock, "a")
        await take(shop, said(1, 0))
        await shop.sight("ann", line("e", OPENING))
        await jobs.check_silence()
        await jobs.sweep()
        assert shop.rows("SELECT count(*) FROM sighting") == [(1,)]
        assert shop.rows("SELECT silent_since FROM gateway") == [(None,)]
        shop.clock.go(OPENING + 7 * DAY)
        for _ in range(2):
            await jobs.check_silence()
            await jobs.sweep()
        assert shop.rows("SELECT count(*) FROM sighting") == [(0,)]
        assert shop.rows("SELECT silent_since FROM gateway") == [(OPENING,)]
        assert shop.rows("SELECT state FROM presence") == [("lost",)]
    database.dispose()
