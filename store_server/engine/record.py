"""What was live, written down as the files that `aislecue simulate` reads, beside the decisions that were made (SPEC 6).

Replayed, they must give the same decisions: the rules are the same code, and what they saw is all here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from campaigns.decision import Decision, decision_line, sort_key
from protocol.instants import format_instant
from store_server.applying import running_campaigns, running_plans
from store_server.db.session import reading
from store_server.db.tables import DecisionRow, PresenceChange, ShopperRow, Sighting
from store_server.past import past_lines


@dataclass(frozen=True, slots=True)
class Record:
    """Where each file lies."""

    folder: Path

    @property
    def plans(self) -> Path:
        return self.folder / "plans"

    @property
    def campaigns(self) -> Path:
        return self.folder / "campaigns"

    @property
    def shoppers(self) -> Path:
        return self.folder / "shoppers.jsonl"

    @property
    def sightings(self) -> Path:
        return self.folder / "sightings.jsonl"

    @property
    def presence(self) -> Path:
        return self.folder / "presence.jsonl"

    @property
    def history(self) -> Path:
        return self.folder / "history.jsonl"

    @property
    def decisions(self) -> Path:
        return self.folder / "decisions.jsonl"


def write_record(database: Engine, folder: Path) -> Record:
    """Write everything that is kept into a folder, in one consistent view, and return where."""
    record = Record(folder)
    for inner in (record.plans, record.campaigns):
        inner.mkdir(parents=True, exist_ok=True)
    with reading(database) as session:
        for store, plan in running_plans(session).items():
            (record.plans / f"{store}.yaml").write_text(plan.text, encoding="utf-8")
        for name, campaign in running_campaigns(session).items():
            (record.campaigns / f"{name}.yaml").write_text(campaign.text, encoding="utf-8")
        _write(record.shoppers, _shoppers(session))
        _write(record.sightings, _sightings(session))
        _write(record.presence, _presence(session))
        _write(record.history, _history(session))
        decisions = sorted((_decision(row) for row in session.exec(select(DecisionRow))), key=sort_key)
        record.decisions.write_bytes(b"".join(map(decision_line, decisions)))
    return record


def _write(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    with path.open("wb") as out:
        for line in lines:
            out.write(msgspec.json.encode(line) + b"\n")


def _shoppers(session: Session) -> Iterator[dict[str, Any]]:
    for row in session.exec(select(ShopperRow).order_by(col(ShopperRow.id))):
        line = {
            "id": row.id,
            "locale": row.locale,
            "tier": row.tier,
            "tags": row.tags,
            "attributes": row.attributes,
            "consent": row.consent,
            "quiet_hours": row.quiet_hours,
            "channels": row.channels,
        }
        yield {key: value for key, value in line.items() if value is not None}


def _sightings(session: Session) -> Iterator[dict[str, Any]]:
    """Yield accepted sightings in the order in which they came."""
    order = (col(Sighting.received_at), col(Sighting.at), col(Sighting.shopper), col(Sighting.id))
    for row in session.exec(select(Sighting).order_by(*order)):
        line = {
            "id": row.id,
            "at": format_instant(row.at),
            "shopper": row.shopper,
            "uuid": row.uuid,
            "major": row.major,
            "minor": row.minor,
            "proximity": row.proximity,
            "kind": row.kind,
        }
        yield line if row.rssi is None else {**line, "rssi": row.rssi}


def _presence(session: Session) -> Iterator[dict[str, Any]]:
    """Yield what gateways heard in the order in which it was learned; `known_at` is when the server did."""
    order = (col(PresenceChange.learned_at), col(PresenceChange.at), col(PresenceChange.seq))
    for row in session.exec(select(PresenceChange).order_by(*order)):
        yield {
            "kind": "presence",
            "at": format_instant(row.at),
            "gateway": row.gateway,
            "uuid": row.uuid,
            "major": row.major,
            "minor": row.minor,
            "state": row.state,
            "known_at": format_instant(row.learned_at),
        }


def _history(session: Session) -> Iterator[dict[str, Any]]:
    """Yield what happened to shoppers outside these decisions, and what was before the first sighting kept."""
    first: int | None = session.exec(select(func.min(Sighting.at))).one()
    for one in past_lines(session, 0 if first is None else first):
        line = {**one._asdict(), "at": format_instant(one.at)}
        yield {key: value for key, value in line.items() if value is not None}


def _decision(row: DecisionRow) -> Decision:
    return Decision(
        at=row.at,
        shopper=row.shopper,
        campaign=row.campaign,
        revision=row.revision,
        trigger=row.trigger,
        trigger_at=row.trigger_at,
        store=row.store,
        zone=row.zone,
        visit_no=row.visit_no,
        visit_at=row.visit_at,
        stay_no=row.stay_no,
        stay_at=row.stay_at,
        outcome=row.outcome,
        reason=row.reason,
        variant=row.variant,
        channel=row.channel,
        title=row.title,
        body=row.body,
        link=row.link,
    )
