"""The engine on a real database: uploads in, timers out, restarts in between (SPEC 4, 5; ARCHITECTURE, law 3)."""

import asyncio
from pathlib import Path

import pytest
from sqlmodel import select

from store_server.db.tables import HelpCall, Outbox, ShopperRow, ShopperStateRow
from tests.store_server.shop import (
    ENTRANCE,
    HELP,
    OPENING,
    SHOES,
    Shop,
    furnish,
    line,
    open_shop,
    revision,
)

DECISIONS = "SELECT shopper, campaign, at - ?, outcome, reason FROM decision ORDER BY seq"
MESSAGES = "SELECT shopper, campaign, channel, state, body FROM outbox ORDER BY created_at, id"
ONE_MESSAGE = [("ann", "help", "push", "queued", "Ask Anna.")]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "aislecue.db"
    furnish(path)
    return path


async def linger(shop: Shop, shopper: str, seconds: int, minor: int = SHOES) -> None:
    """Let a phone range once a second."""
    for second in range(seconds):
        await shop.sight(shopper, line(f"{shopper}-{shop.clock.now()}-{second}", shop.clock.now(), minor))
        await shop.go(1)


async def test_a_dwell_becomes_one_decision_and_one_message(database: Path) -> None:
    async with open_shop(database) as shop:
        await linger(shop, "ann", 100)
        assert shop.rows(DECISIONS, OPENING) == [("ann", "help", 92_000, "send", None)]
        assert shop.rows(MESSAGES) == ONE_MESSAGE
        facts = shop.rows("SELECT facts, revision, zone, store FROM decision")
        assert '"zone":"shoes"' in facts[0][0]
        assert facts[0][1:] == (1, "shoes", "milan")


async def test_a_pocketed_phone_needs_one_enter_and_no_more(database: Path) -> None:
    async with open_shop(database) as shop:
        await shop.sight("ann", line("e", OPENING, kind="enter"))
        await shop.go(93)
        assert shop.rows(MESSAGES) == ONE_MESSAGE


@pytest.mark.parametrize("stopped_at_s", [10, 89, 91])
async def test_a_restart_in_a_dwell_or_window_changes_nothing(database: Path, stopped_at_s: int) -> None:
    async with open_shop(database) as shop:
        await shop.sight("ann", line("e", OPENING, kind="enter"))
        await shop.go(stopped_at_s)
    async with open_shop(database, OPENING + 100_000) as shop:
        await shop.engine.catch_up()
        assert shop.rows(DECISIONS, OPENING) == [("ann", "help", 92_000, "send", None)]
        assert shop.rows(MESSAGES) == ONE_MESSAGE


async def test_an_upload_sent_twice_changes_nothing(database: Path) -> None:
    async with open_shop(database) as shop:
        enter = line("e", OPENING, kind="enter")
        assert (await shop.sight("ann", enter)).accepted == 1
        again = await shop.sight("ann", enter)
        assert (again.accepted, again.ignored) == (0, {"duplicate": 1})
        await shop.go(100)
        await shop.sight("ann", enter)
        await shop.go(100)
        assert shop.rows(MESSAGES) == ONE_MESSAGE
        assert shop.rows("SELECT reason, sum(count) FROM ignored_count GROUP BY reason") == [("duplicate", 2)]


async def test_uploads_out_of_order_decide_as_in_order(database: Path) -> None:
    async with open_shop(database) as shop:
        await shop.go(8)
        await shop.sight("ann", line("b", OPENING + 4_000, proximity="far"))
        await shop.sight("ann", line("a", OPENING, kind="enter"))
        await shop.go(92)
        assert shop.rows(DECISIONS, OPENING) == [("ann", "help", 92_000, "send", None)]


async def test_each_reason_to_ignore_is_counted_and_keeps_nothing(database: Path) -> None:
    async with open_shop(database) as shop:
        shop.clock.go(OPENING + 700_000)
        now = shop.clock.now()
        taken = await shop.sight(
            "ann",
            line("unknown", now, minor=99),
            line("old", now - 600_001),
            line("ahead", now + 120_001),
            line("edge", now - 600_000),
        )
        assert taken.accepted == 1
        assert taken.ignored == {"unknown_beacon": 1, "too_old": 1, "too_far_ahead": 1}
        assert (await shop.sight("nobody", line("x", now))).ignored == {"no_consent": 1}
        assert shop.rows("SELECT shopper, id FROM sighting") == [("ann", "edge")]
        assert shop.rows("SELECT shopper FROM shopper_state") == [("ann",)]


async def test_consent_withdrawn_stops_a_running_dwell(database: Path) -> None:
    async with open_shop(database) as shop:
        await shop.sight("ann", line("e", OPENING, kind="enter"))
        shop.write(lambda session: setattr(session.get(ShopperRow, "ann"), "consent", {"push": True}))
        await shop.go(100)
        assert shop.rows(DECISIONS, OPENING) == []
        assert shop.rows("SELECT due_at FROM shopper_state") == [(None,)]


async def test_a_campaign_applied_is_in_force_at_once(database: Path) -> None:
    async with open_shop(database) as shop:
        await shop.sight("ann", line("e", OPENING, kind="enter"))
        shop.write(lambda session: session.add(revision(HELP.replace("Ask Anna.", "Ask Bob."), 2)))
        await shop.go(100)
        assert shop.rows("SELECT body FROM outbox") == [("Ask Bob.",)]
        assert shop.rows("SELECT revision FROM decision") == [(2,)]


async def test_a_broken_document_never_takes_down_the_running_set(
    database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_shop(database) as shop:
        await shop.sight("ann", line("e", OPENING, kind="enter"))
        shop.write(lambda session: session.add(revision(HELP.replace("status: live", "status: lively"), 2)))
        await shop.go(100)
        assert shop.rows(MESSAGES) == ONE_MESSAGE
        assert [record.getMessage().split(":")[0] for record in caplog.records] == ["campaign help"]


async def test_two_shoppers_never_pass_a_budget_together(database: Path, tmp_path: Path) -> None:
    path = tmp_path / "budget.db"
    furnish(path, [HELP + "limits: {total: 3}\n"], [f"s{k}" for k in range(12)])
    async with open_shop(path) as shop:
        async with asyncio.TaskGroup() as group:
            for k in range(12):
                group.create_task(shop.sight(f"s{k}", line("e", OPENING, kind="enter")))
        shop.clock.go(OPENING + 92_000)
        async with asyncio.TaskGroup() as group:
            for _ in range(4):
                group.create_task(shop.engine.catch_up())
        outcomes = shop.rows("SELECT outcome, reason, count(*) FROM decision GROUP BY 1, 2 ORDER BY 1")
        assert outcomes == [("send", None, 3), ("suppressed", "budget", 9)]
        assert shop.rows("SELECT used FROM budget") == [(3,)]


async def test_leaving_cancels_what_was_not_handed_over_and_gives_it_back(database: Path) -> None:
    async with open_shop(database) as shop:
        await shop.sight("ann", line("e", OPENING, kind="enter"))
        await shop.go(93)
        await shop.sight("ann", line("x", shop.clock.now(), kind="exit"))
        assert shop.rows("SELECT state, reason FROM outbox") == [("cancelled", "left")]
        assert shop.rows("SELECT used FROM budget") == [(0,)]


async def test_what_a_provider_took_stays_spent_when_the_shopper_leaves(database: Path) -> None:
    async with open_shop(database) as shop:
        await shop.sight("ann", line("e", OPENING, kind="enter"))
        await shop.go(93)
        shop.write(lambda s: setattr(s.exec(select(Outbox)).one(), "state", "accepted"))
        await shop.sight("ann", line("x", shop.clock.now(), kind="exit"))
        assert shop.rows("SELECT state FROM outbox") == [("accepted",)]
        assert shop.rows("SELECT used FROM budget WHERE campaign = 'help'") == [(1,)]


async def test_an_open_call_for_help_and_not_today_keep_the_peace(database: Path) -> None:
    async with open_shop(database) as shop:
        shop.write(lambda s: s.add(HelpCall(id="h", shopper="ann", store="milan", opened_at=OPENING)))
        shop.write(lambda s: setattr(s.get(ShopperRow, "bob"), "not_today_until", OPENING + 1_000_000))
        await shop.sight("ann", line("e", OPENING, kind="enter"))
        await shop.sight("bob", line("e", OPENING, kind="enter"))
        await shop.go(100)
        found = shop.rows("SELECT shopper, outcome, reason FROM decision ORDER BY shopper")
        assert [row[2] for row in found] == ["do_not_disturb", "do_not_disturb"]


async def test_a_near_miss_is_counted_by_its_step(database: Path, tmp_path: Path) -> None:
    path = tmp_path / "trust.db"
    furnish(path, [HELP + "trust: corroborated\nblocked: drop\n"])
    async with open_shop(path) as shop:
        await shop.sight("ann", line("e", OPENING, kind="enter"))
        await shop.go(100)
        assert shop.rows("SELECT outcome, reason, near_miss FROM decision") == [
            ("suppressed", "not_corroborated", 1)
        ]
        assert shop.rows("SELECT campaign, step, count FROM near_miss") == [("help", "not_corroborated", 1)]


async def test_the_engine_wakes_for_what_an_upload_made_due_earlier(database: Path) -> None:
    async with open_shop(database) as shop, asyncio.TaskGroup() as group:
        running = group.create_task(shop.engine.run())
        await shop.sight("ann", line("e", OPENING, ENTRANCE, kind="enter"))
        await shop.sight("ann", line("f", OPENING, kind="enter"))
        turn = shop.messages.turn()
        for second in range(1, 100):
            shop.clock.go(OPENING + second * 1000)
            await shop.store.transact(lambda tx: tx.next_due())
        async with asyncio.timeout(5):
            await turn.wait()
        assert shop.rows(MESSAGES) == ONE_MESSAGE
        running.cancel()


async def test_one_shopper_whose_state_is_broken_does_not_stop_the_others(
    database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_shop(database) as shop:
        await shop.sight("ann", line("e", OPENING, kind="enter"))
        await shop.sight("bob", line("e", OPENING, kind="enter"))
        shop.write(lambda s: setattr(s.get(ShopperStateRow, "bob"), "state", b"not a state"))
        shop.clock.go(OPENING + 92_000)
        await shop.engine.catch_up()
        assert shop.rows(MESSAGES) == ONE_MESSAGE
        assert "shopper bob is put off" in caplog.text
        assert shop.rows("SELECT due_at - ? FROM shopper_state WHERE shopper = 'bob'", OPENING) == [
            (152_000,)
        ]
