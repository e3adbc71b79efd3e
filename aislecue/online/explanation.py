"""Kept decisions in words: outcome, reason, facts, and the life of the message (SPEC 5)."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from sqlmodel import Session, col, or_, select

from aislecue.online.documents import open_server_database
from protocol.instants import Instant, format_instant
from store_server.db.session import reading
from store_server.db.tables import DecisionRow, Outbox

REASONS = {
    "not_live": "the campaign was not live",
    "outside_schedule": "it was outside the campaign's schedule",
    "audience": "the shopper is not in the campaign's audience",
    "left": "the shopper had left before it was decided",
    "campaign_cap": "the campaign's own cap or cooldown was reached",
    "budget": "the campaign's budget was spent",
    "not_corroborated": "no gateway of the zone had heard the beacon that the phone claims",
    "no_channel": "no channel of the campaign was usable",
    "outranked": "another campaign won the arbitration",
    "do_not_disturb": "nothing might interrupt the shopper there and then",
    "quiet_hours": "it was within quiet hours",
    "policy_cap": "the store's cap on interruptions was reached",
    "global_holdout": "the shopper is in the chain's holdout",
    "holdout": "the shopper is in the campaign's holdout",
    "deadline": "the trigger came to us after the campaign's deadline",
}


def explain(data_dir: Path | None, shopper: str, at: Instant, within_ms: Instant, *, as_json: bool) -> int:
    """Print every decision kept around an instant; return 1 where there is none. Raises BadInput."""
    with open_server_database(data_dir) as database, reading(database) as session:
        told = list(_explanations(session, shopper, at, within_ms))
    for one in told:
        print(msgspec.json.encode(one).decode() if as_json else _in_words(one))
    if not told:
        print(f"{shopper}: expected decisions around {format_instant(at)}, got none kept", file=sys.stderr)
    return 0 if told else 1


def _explanations(
    session: Session, shopper: str, at: Instant, within_ms: Instant
) -> Iterator[dict[str, Any]]:
    instants = (col(DecisionRow.at), col(DecisionRow.trigger_at))
    near = or_(*(one.between(at - within_ms, at + within_ms) for one in instants))
    rows = session.exec(
        select(DecisionRow)
        .where(DecisionRow.shopper == shopper, near)
        .order_by(col(DecisionRow.at), col(DecisionRow.seq))
    ).all()
    for row in rows:
        message = session.exec(select(Outbox).where(Outbox.decision == row.seq)).first()
        yield {
            "at": format_instant(row.at),
            "shopper": row.shopper,
            "campaign": row.campaign,
            "revision": row.revision,
            "trigger": row.trigger,
            "trigger_at": format_instant(row.trigger_at),
            "store": row.store,
            "zone": row.zone,
            "outcome": row.outcome,
            "reason": row.reason,
            "near_miss": row.near_miss,
            "channel": row.channel,
            "title": row.title,
            "body": row.body,
            "message": None if message is None else {"state": message.state, "reason": message.reason},
            "facts": row.facts,
        }


def _in_words(one: dict[str, Any]) -> str:
    where = f"{one['store']}/{one['zone']}" if one["zone"] else one["store"]
    lines = [
        f"{one['at']}  {one['campaign']} (revision {one['revision']})  {one['outcome']}",
        f"  trigger   {one['trigger']} in {where} at {one['trigger_at']}",
    ]
    if one["reason"]:
        lines.append(f"  because   {REASONS.get(one['reason'], one['reason'])} [{one['reason']}]")
    if one["near_miss"]:
        lines.append("  near miss every other step would have let it pass")
    if one["channel"]:
        lines.append(f"  words     {one['channel']}: {one['title'] or ''} | {one['body']}")
    if one["message"]:
        why = f" ({one['message']['reason']})" if one["message"]["reason"] else ""
        lines.append(f"  message   {one['message']['state']}{why}")
    facts = "  ".join(f"{name}={value}" for name, value in one["facts"].items())
    return "\n".join([*lines, f"  facts     {facts}"])
