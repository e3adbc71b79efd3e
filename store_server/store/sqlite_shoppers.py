"""SQLite's side of the engine's transaction: shoppers, states, decisions, budgets, messages."""

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence

import msgspec

from protocol.instants import DAY, HOUR, Instant
from store_server.doubt import NO_ANSWER
from store_server.store.rows import (
    DecisionEntry,
    HistoryRow,
    MessageRow,
    ShopperProfile,
    SightingRow,
    StateRow,
    StayRef,
    UnsentMessage,
)
from store_server.store.sqlite_rows import columns, insert, marks

_ADD_SIGHTING = insert("sighting", SightingRow)
_ADD_DECISION = insert("decision", DecisionEntry) + " RETURNING seq"
_ADD_MESSAGE = insert("outbox", MessageRow)
_PUT_STATE = (
    insert("shopper_state", StateRow)
    + """ ON CONFLICT (shopper) DO UPDATE SET state = excluded.state, due_at = excluded.due_at,
    store = coalesce(excluded.store, store), zone = coalesce(excluded.zone, zone), seen_at = excluded.seen_at"""
)
_HISTORY = """SELECT at, kind, store, campaign, tag FROM history WHERE shopper = ?
    UNION ALL SELECT receipt.at, 'opened', outbox.store, outbox.campaign, NULL
    FROM receipt JOIN outbox ON outbox.id = receipt.message WHERE receipt.shopper = ? AND kind = 'opened'
    ORDER BY at"""
_RUNNING_PLANS = """SELECT store, revision, text FROM plan_revision p
    WHERE revision = (SELECT max(revision) FROM plan_revision WHERE store = p.store) ORDER BY store"""
_RUNNING_CAMPAIGNS = """SELECT campaign, revision, text FROM campaign_revision c
    WHERE revision = (SELECT max(revision) FROM campaign_revision WHERE campaign = c.campaign) ORDER BY campaign"""
_PLAN_BEFORE = """SELECT revision, text FROM plan_revision WHERE store = ? AND revision < ?
    ORDER BY revision DESC LIMIT 1"""
_CAMPAIGN_BEFORE = """SELECT revision, text FROM campaign_revision WHERE campaign = ? AND revision < ?
    ORDER BY revision DESC LIMIT 1"""
_PROFILE = """SELECT id, locale, tier, tags, attributes, consent, quiet_hours, channels, not_today_until
    FROM shopper WHERE id = ?"""
_CANCELLABLE = f"""SELECT {columns(StayRef)}, {columns(UnsentMessage)}, reason FROM outbox
    WHERE shopper = ? AND cancel_on_exit AND state = 'queued'"""  # noqa: S608  (names are ours)
_CUT = len(StayRef._fields)


class SqliteShoppers:
    """Implements store_server.store.port.ShopperTransaction on an open transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def rules_version(self) -> int:
        # Both tables only ever grow, so their last rowids change with every revision applied.
        row = self._db.execute(
            "SELECT (SELECT coalesce(max(rowid), 0) FROM plan_revision)"
            " + (SELECT coalesce(max(rowid), 0) FROM campaign_revision)"
        ).fetchone()
        return int(row[0])

    def plan_texts(self) -> dict[str, tuple[int, str]]:
        return {store: (revision, text) for store, revision, text in self._db.execute(_RUNNING_PLANS)}

    def campaign_texts(self) -> dict[str, tuple[int, str]]:
        return {name: (revision, text) for name, revision, text in self._db.execute(_RUNNING_CAMPAIGNS)}

    def plan_before(self, store: str, revision: int) -> tuple[int, str] | None:
        found: tuple[int, str] | None = self._db.execute(_PLAN_BEFORE, (store, revision)).fetchone()
        return found

    def campaign_before(self, campaign: str, revision: int) -> tuple[int, str] | None:
        found: tuple[int, str] | None = self._db.execute(_CAMPAIGN_BEFORE, (campaign, revision)).fetchone()
        return found

    def profiles(self, shoppers: Collection[str]) -> dict[str, ShopperProfile]:
        found = (self._db.execute(_PROFILE, (shopper,)).fetchone() for shopper in shoppers)
        return {row[0]: _profile(row) for row in found if row is not None}

    def known_sightings(self, shopper: str, ids: Collection[str]) -> set[str]:
        sql = f"SELECT id FROM sighting WHERE shopper = ? AND id IN ({marks(len(ids))})"  # noqa: S608  (marks only)
        return {row[0] for row in self._db.execute(sql, (shopper, *ids))}

    def add_sightings(self, rows: Sequence[SightingRow]) -> None:
        self._db.executemany(_ADD_SIGHTING, rows)

    def states(self, shoppers: Collection[str]) -> dict[str, bytes]:
        sql = "SELECT shopper, state FROM shopper_state WHERE shopper = ?"
        found = (self._db.execute(sql, (shopper,)).fetchone() for shopper in shoppers)
        return {row[0]: row[1] for row in found if row is not None}

    def history(self, shopper: str) -> list[HistoryRow]:
        return [HistoryRow(*row) for row in self._db.execute(_HISTORY, (shopper, shopper))]

    def put_states(self, rows: Sequence[StateRow]) -> None:
        self._db.executemany(_PUT_STATE, rows)

    def put_off(self, shopper: str, due_at: Instant) -> None:
        self._db.execute("UPDATE shopper_state SET due_at = ? WHERE shopper = ?", (due_at, shopper))

    def due_shoppers(self, now: Instant, limit: int) -> list[str]:
        sql = "SELECT shopper FROM shopper_state WHERE due_at <= ? ORDER BY due_at, shopper LIMIT ?"
        return [row[0] for row in self._db.execute(sql, (now, limit))]

    def next_due(self) -> Instant | None:
        found: Instant | None = self._db.execute("SELECT min(due_at) FROM shopper_state").fetchone()[0]
        return found

    def budget_used(self, campaign: str) -> int:
        row = self._db.execute("SELECT used FROM budget WHERE campaign = ?", (campaign,)).fetchone()
        return int(row[0]) if row else 0

    def spend(self, campaign: str, amount: int) -> None:
        self._db.execute(
            "INSERT INTO budget (campaign, used) VALUES (?, max(0, ?2))"
            " ON CONFLICT (campaign) DO UPDATE SET used = max(0, used + ?2)",
            (campaign, amount),
        )

    def add_decisions(self, rows: Sequence[DecisionEntry]) -> list[int]:
        return [int(self._db.execute(_ADD_DECISION, row).fetchone()[0]) for row in rows]

    def add_messages(self, rows: Sequence[MessageRow]) -> None:
        self._db.executemany(_ADD_MESSAGE, rows)

    def cancel_stays(self, shopper: str, ended: Collection[StayRef], now: Instant) -> list[UnsentMessage]:
        found = self._db.execute(_CANCELLABLE, (shopper,)).fetchall()
        rows = [(UnsentMessage(*row[_CUT:-1]), row[-1]) for row in found if StayRef(*row[:_CUT]) in ended]
        self._db.executemany(
            "UPDATE outbox SET state = ?, reason = ?, changed_at = ? WHERE id = ?",
            [(*_end_of_stay(reason), now, message.id) for message, reason in rows],
        )
        return [message for message, reason in rows if reason != NO_ANSWER]

    def has_open_call(self, shopper: str, store: str) -> bool:
        sql = "SELECT 1 FROM help_call WHERE shopper = ? AND store = ? AND kind = 'now' AND state <> 'resolved' LIMIT 1"
        return self._db.execute(sql, (shopper, store)).fetchone() is not None

    def count_ignored(self, door: str, counts: Mapping[str, int], now: Instant) -> None:
        hour_at = now - now % HOUR
        self._db.executemany(
            "INSERT INTO ignored_count (door, reason, hour_at, count) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (door, reason, hour_at) DO UPDATE SET count = count + excluded.count",
            [(door, reason, hour_at, count) for reason, count in counts.items()],
        )

    def count_near_misses(self, steps: Mapping[tuple[str, str], int], now: Instant) -> None:
        day_at = now - now % DAY
        self._db.executemany(
            "INSERT INTO near_miss (campaign, step, day_at, count) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (campaign, step, day_at) DO UPDATE SET count = count + excluded.count",
            [(campaign, step, day_at, count) for (campaign, step), count in steps.items()],
        )


def _end_of_stay(reason: str | None) -> tuple[str, str]:
    """Return state and reason of a queued message whose stay ended."""
    return ("dead", NO_ANSWER) if reason == NO_ANSWER else ("cancelled", "left")


def _profile(row: tuple[str | None, ...]) -> ShopperProfile:
    shopper, locale, tier, tags, attributes, consent, quiet_hours, channels, not_today_until = row
    line = {
        "id": shopper,
        "locale": locale,
        "tier": tier,
        "tags": _from_json(tags),
        "attributes": _from_json(attributes),
        "consent": _from_json(consent),
        "quiet_hours": quiet_hours,
        "channels": _from_json(channels),
    }
    given = {name: value for name, value in line.items() if value is not None}
    return ShopperProfile(
        msgspec.json.encode(given), None if not_today_until is None else int(not_today_until)
    )


def _from_json(text: str | None) -> object:
    return None if text is None else json.loads(text)
