"""What all stores lean on, judged: push services, phones' uploads, the broker, the disk (db.parts); what of it stops campaigns."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from protocol.instants import DAY, SECOND, Instant
from store_server.db.tables import PushAddress, ServerPart
from store_server.fleet.broker import broker_condition
from store_server.fleet.condition import Condition
from store_server.fleet.phones import phones_condition
from store_server.parts import BROKER, DISK, LOW, PUSH, REFUSED, WELL

PHONES = "phones"
GONE = "gone"
"""Of push: no phone has an address any more."""

HICCUP_MS: Instant = 25 * SECOND
"""A provider or broker that fails for less is tried again anyway (delivery.verdict.BACKOFF); a refusal is one at once."""
STALE_MS: Instant = DAY
"""What a push service answered this long ago says nothing any more: nobody may be left who uses it."""


@dataclass(frozen=True, slots=True)
class PartTrouble:
    """One thing that is not well: its kind and name, how and since when, and what it said itself."""

    kind: str
    name: str
    condition: Condition
    why: str = ""


@dataclass(frozen=True, slots=True)
class ChainHealth:
    """What is not well, and whether any push service takes messages."""

    troubles: tuple[PartTrouble, ...] = ()
    push_down: bool = False

    def stopping(self, *, by_push: bool) -> Sequence[PartTrouble]:
        """Return what stops every campaign, and of those that send by push also what stops push."""
        return [
            one
            for one in self.troubles
            if one.kind == PHONES or (one.kind == PUSH and by_push and self.push_down)
        ]


WELL_CHAIN = ChainHealth()


def chain_health(session: Session, now: Instant) -> ChainHealth:
    """Judge everything that is not a store's own."""
    services = session.exec(select(ServerPart).where(ServerPart.kind == PUSH).order_by(col(ServerPart.name)))
    push = [row for row in services if now - row.heard_at < STALE_MS]
    failing = [one for row in push if (one := _service(row)) is not None]
    gone = _no_addresses(session)
    others = [one for one in (_phones(session), _broker(session, now), _disk(session)) if one is not None]
    return ChainHealth(
        troubles=(*failing, *gone, *others),
        push_down=bool(gone) or (bool(failing) and len(failing) == len(push)),
    )


def _service(row: ServerPart) -> PartTrouble | None:
    hiccup = row.state != REFUSED and row.heard_at - row.since_at < HICCUP_MS
    if row.state == WELL or hiccup:
        return None
    return PartTrouble(PUSH, row.name, Condition(row.state, row.since_at), row.why)


def _no_addresses(session: Session) -> list[PartTrouble]:
    """Tell where phones could be reached and none can any more; before the first one there is nothing to tell."""
    reachable = select(PushAddress.install).where(col(PushAddress.gone_at).is_(None)).limit(1)
    last = select(PushAddress.gone_at).order_by(col(PushAddress.gone_at).desc()).limit(1)
    if session.exec(reachable).first() is not None or (since := session.exec(last).first()) is None:
        return []
    return [PartTrouble(PUSH, "", Condition(GONE, since))]


def _phones(session: Session) -> PartTrouble | None:
    found = phones_condition(session)
    return None if found is None else PartTrouble(PHONES, "", found)


def _broker(session: Session, now: Instant) -> PartTrouble | None:
    found = broker_condition(session, now)
    if found is None or now - (found[0].since or now) < HICCUP_MS:
        return None
    return PartTrouble(BROKER, "", *found)


def _disk(session: Session) -> PartTrouble | None:
    row = session.get(ServerPart, (DISK, ""))
    return (
        None
        if row is None or row.state != LOW
        else PartTrouble(DISK, "", Condition(LOW, row.since_at), row.why)
    )
