"""What the hour came to, counted at both ends: what phones and gateways sent against what the database holds (SPEC 6)."""

import sqlite3
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from aislecue.demo.phone import Phone


@dataclass(frozen=True, slots=True)
class GatewayEnd:
    """What one gateway spooled, and what of it the server has not acknowledged."""

    store: str
    gateway: str
    spooled: int
    unacknowledged: int


@dataclass(frozen=True, slots=True)
class Account:
    """Rows of one kind that are missing, and rows that are there twice."""

    lost: int = 0
    duplicates: int = 0

    def __add__(self, other: "Account") -> "Account":
        return Account(self.lost + other.lost, self.duplicates + other.duplicates)


@dataclass
class Summary:
    """The hour in figures, as `aislecue demo --once --json` prints it."""

    accepted_sightings: int
    presence_messages: int
    decisions: dict[str, int]
    messages: dict[str, int]
    lost: int
    duplicates: int
    decide_ms: dict[str, float] = field(default_factory=dict)


def summarize(
    database: sqlite3.Connection,
    phones: Sequence[Phone],
    gateways: Sequence[GatewayEnd],
    answer_ms: Sequence[float],
) -> Summary:
    """Count everything; `answer_ms` are the real times from an upload to its durable answer."""
    account = sum(
        [
            *(_sightings(database, phone) for phone in phones),
            *(_presence(database, gateway) for gateway in gateways),
            _pushes(database, phones),
            _decisions(database),
        ],
        Account(),
    )
    return Summary(
        accepted_sightings=_one(database, "SELECT count(*) FROM sighting"),
        presence_messages=_one(database, "SELECT count(*) FROM gateway_message"),
        decisions=_counts(database, "SELECT outcome, count(*) FROM decision GROUP BY 1 ORDER BY 1"),
        messages=_counts(database, "SELECT state, count(*) FROM outbox GROUP BY 1 ORDER BY 1"),
        lost=account.lost,
        duplicates=account.duplicates,
        decide_ms=percentiles(answer_ms),
    )


def percentiles(values: Sequence[float]) -> dict[str, float]:
    if len(values) < 2:
        return {"p50": 0.0, "p99": 0.0}
    cuts = statistics.quantiles(values, n=100)
    return {"p50": round(cuts[49], 1), "p99": round(cuts[98], 1)}


def _sightings(database: sqlite3.Connection, phone: Phone) -> Account:
    """Hold what the server answered for against its rows; a repeated upload's `duplicate` is neither."""
    query = "SELECT id, at, kind FROM sighting WHERE install = ?"
    rows = database.execute(query, (phone.install_id,)).fetchall()
    kept = {row[0] for row in rows}
    ignored = sum(count for reason, count in phone.tally.ignored.items() if reason != "duplicate")
    missing = len(phone.tally.acknowledged - kept) - ignored
    # A phone notes one ranged sighting an instant, so a second one is an upload taken in twice.
    perceived = Counter((at, kind) for _, at, kind in rows if kind == "ranged")
    return Account(max(0, missing) + phone.waiting + phone.let_go, sum(perceived.values()) - len(perceived))


def _presence(database: sqlite3.Connection, gateway: GatewayEnd) -> Account:
    query = "SELECT count(*) FROM gateway_message WHERE store = ? AND gateway = ?"
    kept = _one(database, query, gateway.store, gateway.gateway)
    return Account(max(0, gateway.spooled - kept), max(0, kept - gateway.spooled))


def _pushes(database: sqlite3.Connection, phones: Sequence[Phone]) -> Account:
    """Hold what the push service accepted against what phones decrypted."""
    taken = "SELECT id FROM outbox WHERE channel = 'push' AND accepted_at IS NOT NULL"
    accepted = {row[0] for row in database.execute(taken)}
    received = Counter(push.id for phone in phones for push in phone.pushes)
    return Account(len(accepted - received.keys()), sum(received.values()) - len(received))


def _decisions(database: sqlite3.Connection) -> Account:
    twice = """SELECT count(*) - count(DISTINCT shopper || ' ' || campaign || ' ' || trigger || ' ' || trigger_at)
        FROM decision"""
    return Account(duplicates=_one(database, twice))


def _one(database: sqlite3.Connection, query: str, *values: object) -> int:
    found: int = database.execute(query, values).fetchone()[0]
    return found


def _counts(database: sqlite3.Connection, query: str) -> dict[str, int]:
    return dict(database.execute(query).fetchall())
