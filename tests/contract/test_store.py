"""What every adapter of the hot path's port keeps (store_server/store/port.py)."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from protocol.identity import BeaconIdentity
from protocol.instants import HOUR
from store_server.db.migrate import upgrade
from store_server.db.session import open_database, writing
from store_server.db.tables import Budget, CampaignRevision, GatewayCertificate, HelpCall, ShopperRow
from store_server.store.errors import StoreClosed, StoreFault
from store_server.store.port import Store, Transaction
from store_server.store.rows import (
    DecisionEntry,
    GatewayKey,
    GatewaySigns,
    MessageKey,
    MessageRow,
    PresenceChangeRow,
    PresenceRow,
    SightingRow,
    StateRow,
    StayRef,
    TagZoneRow,
)
from store_server.store.sqlite import SqliteStore

NOW = 1_793_527_200_000
UUID = "8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10"
SHOES = BeaconIdentity(UUID, 1, 12)
STAY = StayRef("milan", 1, "shoes", 1)
GATEWAY = GatewayKey("milan", "gw-shoes")

SIGHTING = SightingRow("ann", "s1", NOW, NOW, None, UUID, 1, 12, "near", "ranged", -60)
DECISION = DecisionEntry(
    at=NOW, shopper="ann", campaign="help", revision=1, trigger="dwell", trigger_at=NOW, store="milan", zone="shoes",
    visit_no=1, visit_at=NOW, stay_no=1, stay_at=NOW, outcome="send", reason=None, variant=None, channel="push", title="T", body="B",
    link=None, facts="{}", near_miss=False, recorded_at=NOW,
)  # fmt: skip
MESSAGE = MessageRow(
    id="m1", shopper="ann", decision=1, decision_at=NOW, campaign="help", store="milan", visit_no=1, zone="shoes", stay_no=1, stay_at=NOW,
    cancel_on_exit=True, channel="push", title="T", body="B", link=None, deadline_at=NOW + 1, state="queued",
    created_at=NOW, changed_at=NOW, accepted_at=None,
)  # fmt: skip


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "aislecue.db"
    engine = open_database(path)
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture(params=["sqlite"])
async def store(request: pytest.FixtureRequest, database: Path) -> AsyncIterator[Store]:
    async with SqliteStore(database) as opened:
        yield opened


async def test_what_a_work_wrote_is_there_for_everyone_once_it_returned(store: Store, database: Path) -> None:
    await store.transact(lambda tx: tx.spend("help", 2))
    other = sqlite3.connect(database)
    assert other.execute("SELECT used FROM budget").fetchall() == [(2,)]
    other.close()


async def test_a_work_that_raises_is_undone_alone(store: Store) -> None:
    def wrong(tx: Transaction) -> None:
        tx.spend("help", 100)
        raise ValueError("no")

    works = (lambda tx: tx.spend("help", 1), wrong, lambda tx: tx.spend("help", 1))
    async with asyncio.TaskGroup() as group:
        good = [group.create_task(store.transact(work)) for work in (works[0], works[2])]
        bad = group.create_task(_raised(store, wrong))
    assert [task.result() for task in good] == [None, None]
    assert bad.result() == "no"
    assert await store.transact(lambda tx: tx.budget_used("help")) == 2


async def _raised(store: Store, work: object) -> str:
    with pytest.raises(ValueError, match="no") as caught:
        await store.transact(work)  # type: ignore[arg-type]
    return str(caught.value)


async def test_racing_works_never_pass_a_budget_together(store: Store) -> None:
    def reserve(tx: Transaction) -> bool:
        if tx.budget_used("help") >= 50:
            return False
        tx.spend("help", 1)
        return True

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(store.transact(reserve)) for _ in range(200)]
    assert sum(task.result() for task in tasks) == 50


async def test_a_closed_store_takes_no_work(database: Path) -> None:
    store = SqliteStore(database)
    with pytest.raises(StoreClosed):
        await store.transact(lambda tx: tx.spend("help", 1))
    async with store:
        await store.transact(lambda tx: tx.spend("help", 1))
    with pytest.raises(StoreClosed):
        await store.transact(lambda tx: tx.spend("help", 1))


async def test_a_database_that_cannot_is_a_fault_of_the_store(store: Store, database: Path) -> None:
    other = sqlite3.connect(database)
    other.execute("DROP TABLE budget")
    other.close()
    with pytest.raises(StoreFault):
        await store.transact(lambda tx: tx.spend("help", 1))
    assert await store.transact(lambda tx: tx.next_due()) is None


async def test_another_writer_is_waited_for(store: Store, database: Path) -> None:
    engine = open_database(database)
    with writing(engine) as session:
        session.add(Budget(campaign="other", used=1))
        session.flush()
        waiting = asyncio.ensure_future(store.transact(lambda tx: tx.budget_used("other")))
        await asyncio.wait([waiting], timeout=0.05)
        assert not waiting.done()
    assert await waiting == 1
    engine.dispose()


async def test_sightings_are_known_by_shopper_and_id(store: Store) -> None:
    await store.transact(lambda tx: tx.add_sightings([SIGHTING]))
    assert await store.transact(lambda tx: tx.known_sightings("ann", ["s1", "s2"])) == {"s1"}
    assert await store.transact(lambda tx: tx.known_sightings("bob", ["s1"])) == set()


async def test_due_shoppers_come_longest_waiting_first(store: Store) -> None:
    rows = [
        StateRow(name, b"x", due, "milan", "shoes", NOW)
        for name, due in (("b", 5), ("a", 5), ("c", 3), ("d", 9))
    ]
    await store.transact(lambda tx: tx.put_states([*rows, StateRow("e", b"x", None, None, None, NOW)]))
    assert await store.transact(lambda tx: tx.due_shoppers(8, 10)) == ["c", "a", "b"]
    assert await store.transact(lambda tx: tx.due_shoppers(8, 1)) == ["c"]
    assert await store.transact(lambda tx: tx.next_due()) == 3


async def test_a_state_is_replaced_and_a_zone_not_named_stays(store: Store, database: Path) -> None:
    await store.transact(lambda tx: tx.put_states([StateRow("ann", b"1", 5, "milan", "shoes", NOW)]))
    await store.transact(lambda tx: tx.put_states([StateRow("ann", b"2", None, None, None, NOW + 1)]))
    assert await store.transact(lambda tx: tx.states(["ann", "bob"])) == {"ann": b"2"}
    other = sqlite3.connect(database)
    assert other.execute("SELECT due_at, store, zone, seen_at FROM shopper_state").fetchall() == [
        (None, "milan", "shoes", NOW + 1)
    ]
    other.close()


async def test_the_end_of_a_stay_cancels_only_what_is_queued_for_it(store: Store) -> None:
    def write(tx: Transaction) -> None:
        (seq,) = tx.add_decisions([DECISION])
        base = MESSAGE._replace(decision=seq)
        tx.add_messages(
            [
                base,
                base._replace(id="m2", state="leased"),
                base._replace(id="m3", cancel_on_exit=False),
                base._replace(id="m4", stay_no=2),
                base._replace(id="m5", shopper="bob"),
            ]
        )

    await store.transact(write)
    cancelled = await store.transact(lambda tx: tx.cancel_stays("ann", {STAY}, NOW + 9))
    assert [one.id for one in cancelled] == ["m1"]
    assert await store.transact(lambda tx: tx.cancel_stays("ann", {STAY}, NOW + 9)) == []


async def test_the_end_of_a_stay_ends_what_may_have_been_taken_and_gives_nothing_back(
    store: Store, database: Path
) -> None:
    await store.transact(
        lambda tx: tx.add_messages([MESSAGE._replace(decision=tx.add_decisions([DECISION])[0])])
    )
    other = sqlite3.connect(database)
    with other:
        other.execute("UPDATE outbox SET reason = 'no-answer'")

    assert await store.transact(lambda tx: tx.cancel_stays("ann", {STAY}, NOW + 9)) == []

    fate = other.execute("SELECT state, reason, changed_at FROM outbox").fetchall()
    other.close()
    assert fate == [("dead", "no-answer", NOW + 9)]


async def test_decisions_are_numbered_in_order(store: Store) -> None:
    first = await store.transact(lambda tx: tx.add_decisions([DECISION, DECISION._replace(campaign="b")]))
    then = await store.transact(lambda tx: tx.add_decisions([DECISION]))
    assert first == [1, 2]
    assert then == [3]


async def test_rules_change_their_version_when_something_is_applied(store: Store, database: Path) -> None:
    before = await store.transact(lambda tx: tx.rules_version())
    engine = open_database(database)
    with writing(engine) as session:
        for revision in (1, 2):
            session.add(
                CampaignRevision(
                    campaign="help", revision=revision, text=f"r{revision}", applied_at=NOW, applied_by="x"
                )
            )
    engine.dispose()
    assert await store.transact(lambda tx: tx.rules_version()) != before
    assert await store.transact(lambda tx: tx.campaign_texts()) == {"help": (2, "r2")}
    assert await store.transact(lambda tx: tx.plan_texts()) == {}
    assert await store.transact(lambda tx: tx.campaign_before("help", 2)) == (1, "r1")
    assert await store.transact(lambda tx: tx.campaign_before("help", 1)) is None
    assert await store.transact(lambda tx: tx.plan_before("milan", 2)) is None


async def test_a_profile_is_a_line_of_shoppers_jsonl(store: Store, database: Path) -> None:
    engine = open_database(database)
    with writing(engine) as session:
        session.add(
            ShopperRow(
                id="ann", tags=["running"], consent={"proximity": True}, created_at=NOW, updated_at=NOW
            )
        )
        session.add(HelpCall(id="h", shopper="ann", store="milan", opened_at=NOW))
    engine.dispose()
    found = await store.transact(lambda tx: tx.profiles(["ann", "bob"]))
    assert (
        found["ann"].line == b'{"id":"ann","tags":["running"],"attributes":{},"consent":{"proximity":true}}'
    )
    assert list(found) == ["ann"]
    assert await store.transact(lambda tx: tx.has_open_call("ann", "milan"))
    assert not await store.transact(lambda tx: tx.has_open_call("ann", "rome"))


async def test_counts_add_up_by_the_hour(store: Store, database: Path) -> None:
    for at in (NOW, NOW + 1, NOW + HOUR):
        await store.transact(lambda tx, at=at: tx.count_ignored("http", {"duplicate": 2}, at))  # type: ignore[misc]
    other = sqlite3.connect(database)
    assert other.execute("SELECT count FROM ignored_count ORDER BY hour_at").fetchall() == [(4,), (2,)]
    other.close()


async def test_gateway_messages_are_known_once_taken_in(store: Store) -> None:
    key, other = MessageKey(*GATEWAY, "ab12cd34", 1), MessageKey(*GATEWAY, "ab12cd34", 2)
    await store.transact(lambda tx: tx.add_gateway_messages([key], NOW))
    assert await store.transact(lambda tx: tx.known_messages([key, other])) == {key}


async def test_presence_is_kept_by_beacon_and_its_changes_in_order(store: Store) -> None:
    row = PresenceRow("milan", "gw-shoes", UUID, 1, 12, "present", NOW, NOW, NOW, -60, -59, 3, NOW)
    late = PresenceChangeRow("milan", "gw-shoes", UUID, 1, 12, "lost", NOW + 5, NOW + 6)
    early = late._replace(state="present", at=NOW)
    await store.transact(lambda tx: tx.put_presence([row]))
    await store.transact(lambda tx: tx.put_presence([row._replace(frames=9)]))
    await store.transact(lambda tx: tx.add_presence_changes([late, early]))
    assert await store.transact(lambda tx: tx.presence_of(GATEWAY)) == {SHOES: row._replace(frames=9)}

    assert await store.transact(lambda tx: tx.presence_among(GATEWAY, [SHOES, SHOES._replace(minor=9)])) == {
        SHOES: row._replace(frames=9)
    }

    async def known(since: int, until: int, now: int) -> list[PresenceChangeRow]:
        return await store.transact(lambda tx: tx.presence_changes(GATEWAY, SHOES, since, until, now))

    assert await known(NOW, NOW + 6, NOW + 6) == [early, late]
    assert await known(NOW + 1, NOW + 6, NOW + 6) == [early, late]
    assert await known(NOW + 1, NOW + 5, NOW + 6) == [early]
    assert await known(NOW + 6, NOW + 9, NOW + 6) == [late]
    assert await known(NOW, NOW + 6, NOW + 5) == []


async def test_silence_is_found_once_and_ended_by_presence(store: Store) -> None:
    await store.transact(lambda tx: tx.put_gateway_presence(GATEWAY, NOW))
    assert await store.transact(lambda tx: tx.fallen_silent(NOW - 1)) == []
    assert await store.transact(lambda tx: tx.fallen_silent(NOW)) == [(GATEWAY, NOW)]
    await store.transact(lambda tx: tx.mark_silent(GATEWAY, NOW + 30_000))
    assert await store.transact(lambda tx: tx.fallen_silent(NOW)) == []
    await store.transact(lambda tx: tx.put_gateway_presence(GATEWAY, NOW))
    assert await store.transact(lambda tx: tx.fallen_silent(NOW)) == [(GATEWAY, NOW)]


async def test_tags_are_found_by_name_and_by_store(store: Store) -> None:
    there = TagZoneRow(*SHOES, "cart", "milan", "shoes", NOW, frozen=False)
    gone = there._replace(minor=9, zone=None)
    elsewhere = there._replace(minor=10, store="rome")
    await store.transact(lambda tx: tx.put_tag_zones([gone, there, elsewhere]))
    assert await store.transact(lambda tx: tx.placed_tags("milan")) == [there]
    asked = [SHOES, SHOES._replace(minor=10), SHOES._replace(minor=11)]
    found = await store.transact(lambda tx: tx.tag_zones(asked))
    assert found == {one.identity: one for one in (there, elsewhere)}


async def test_a_gateway_s_signs_of_life_are_told_and_none_where_there_were_none(store: Store) -> None:
    assert await store.transact(lambda tx: tx.gateway_signs(GATEWAY)) is None
    await store.transact(lambda tx: tx.put_gateway_presence(GATEWAY, NOW))
    await store.transact(lambda tx: tx.put_gateway_status(GATEWAY, "radio-dead", NOW + 1))
    await store.transact(lambda tx: tx.mark_silent(GATEWAY, NOW + 2))
    found = await store.transact(lambda tx: tx.gateway_signs(GATEWAY))
    assert found == GatewaySigns("radio-dead", status_at=NOW + 1, presence_at=NOW, silent_since=NOW + 2)


async def test_a_status_said_again_keeps_its_since(store: Store, database: Path) -> None:
    for status, at in (("online", 1), ("online", 2), ("offline", 3)):
        await store.transact(lambda tx, s=status, t=at: tx.put_gateway_status(GATEWAY, s, t))  # type: ignore[misc]
    other = sqlite3.connect(database)
    assert other.execute("SELECT status, status_at FROM gateway").fetchall() == [("offline", 3)]
    other.close()


async def test_a_gateway_is_revoked_when_a_certificate_was_and_none_counts(
    store: Store, database: Path
) -> None:
    def certificate(serial: str, gateway: str, expires_at: int, revoked_at: int | None) -> GatewayCertificate:
        return GatewayCertificate(
            serial=serial, store="milan", gateway=gateway, issued_at=NOW, expires_at=expires_at, revoked_at=revoked_at
        )  # fmt: skip

    engine = open_database(database)
    with writing(engine) as session:
        session.add(certificate("1", "gone", NOW + HOUR, NOW))
        session.add(certificate("2", "gone", NOW, None))
        session.add(certificate("3", "renewed", NOW + HOUR, NOW))
        session.add(certificate("4", "renewed", NOW + HOUR, None))
        session.add(certificate("5", "run-out", NOW, None))
    engine.dispose()
    asked = {GatewayKey("milan", one) for one in ("gone", "renewed", "run-out", "by-password")}
    found = await store.transact(lambda tx: tx.revoked_among(asked, NOW))
    assert found == {GatewayKey("milan", "gone")}


async def test_a_clock_is_judged_by_the_least_late_message_of_ten_seconds(
    store: Store, database: Path
) -> None:
    await store.transact(lambda tx: tx.put_gateway_presence(GATEWAY, NOW))
    kept = []
    for ahead_ms, second in (
        (-50, 0),
        (-90_000, 5),
        (-90_000, 10),
        (-91_000, 11),
        (-40, 12),
        (20_000, 13),
        (None, 14),
    ):
        at = NOW + second * 1_000
        await store.transact(lambda tx, a=ahead_ms, t=at: tx.put_gateway_clock(GATEWAY, a, 15_000, t))  # type: ignore[misc]
        other = sqlite3.connect(database)
        kept.append(
            other.execute("SELECT clock_ahead_ms, clock_off_since - ? FROM gateway", (NOW,)).fetchone()
        )
        other.close()
    assert kept == [
        (-50, None),
        (-50, None),
        (-90_000, 10_000),
        (-90_000, 10_000),
        (-40, None),
        (20_000, 13_000),
        (None, None),
    ]


async def test_a_spool_is_full_from_a_fault_or_a_loss_until_neither(store: Store, database: Path) -> None:
    await store.transact(lambda tx: tx.put_gateway_presence(GATEWAY, NOW))
    kept = []
    for number, said in enumerate(((7, False), (7, True), (9, False), (9, False), (10, False))):

        def put(tx: Transaction, said: tuple[int, bool] = said, at: int = NOW + number) -> None:
            tx.put_gateway_spool(GATEWAY, *said, at)

        await store.transact(put)
        other = sqlite3.connect(database)
        kept.append(other.execute("SELECT spool_full_since - ? FROM gateway", (NOW,)).fetchone()[0])
        other.close()
    assert kept == [None, 1, 1, None, 4]
