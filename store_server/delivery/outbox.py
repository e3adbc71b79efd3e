"""The outbox: lease, recheck, settle (SPEC 5)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, and_, col, select

from protocol.instants import Instant
from store_server.db.tables import Outbox, PushAddress, Trial
from store_server.delivery.answer import Answer, Gone, InvalidAddress
from store_server.delivery.ending import end_message
from store_server.delivery.lease import UNDONE, attempt_at, is_still_with, lease, queue_again
from store_server.delivery.port import Address
from store_server.delivery.recheck import Recheck
from store_server.delivery.verdict import Again, Done, Verdict, conclude


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message this worker alone may send until its lease ends, and where to."""

    row: Outbox | Trial
    addresses: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Claims:
    """One round's work; `ended` messages were settled while claiming."""

    claimed: tuple[Claimed, ...]
    ended: int
    next_at: Instant | None = None
    """Where there was nothing to do: from when on there will be."""

    def __add__(self, other: "Claims") -> "Claims":
        return Claims(self.claimed + other.claimed, self.ended + other.ended)


def next_work(session: Session) -> Instant | None:
    """Return from when on something may be claimed, without taking the write lock; None: nothing waits."""
    waiting = select(func.min(Outbox.lease_until)).where(col(Outbox.state).in_(UNDONE))
    return session.exec(waiting).one()


def claim(session: Session, owner: str, recheck: Recheck, room: int, now: Instant) -> Claims:
    """Lease what is due, at most `room` messages, after rechecking it."""
    work = select(Outbox).where(_claimable(now)).order_by(col(Outbox.lease_until), col(Outbox.id))
    rows = session.exec(work.limit(room)).all()
    claimed = []
    for row in rows:
        ending = recheck.why_not(row)
        if ending is not None:
            end_message(session, row, ending, now)
            continue
        lease(row, owner, now)
        claimed.append(Claimed(row, _addresses(session, row.shopper)))
    return Claims(tuple(claimed), len(rows) - len(claimed))


def settle(
    session: Session, claimed: Claimed, answers: Sequence[Answer], collapses: bool, now: Instant
) -> Verdict:
    """Write down what became of an attempt; a receipt or an erasure that overtook it stands."""
    row = session.get(Outbox, claimed.row.id)
    verdict = conclude(answers, attempt_at(claimed.row, collapses), now)
    _retire(session, claimed.addresses, answers, now)
    if row is None or not is_still_with(row, claimed.row):
        return verdict
    match verdict:
        case Again():
            queue_again(row, verdict, now)
        case Done():
            end_message(session, row, verdict, now)
    return verdict


def _claimable(now: Instant) -> ColumnElement[bool]:
    return and_(col(Outbox.state).in_(UNDONE), col(Outbox.lease_until) <= now)


def _addresses(session: Session, shopper: str) -> tuple[Address, ...]:
    usable = select(PushAddress).where(PushAddress.shopper == shopper, col(PushAddress.gone_at).is_(None))
    found = session.exec(usable.order_by(col(PushAddress.install), col(PushAddress.kind)))
    return tuple(Address(one.install, one.kind, one.address) for one in found)


def _retire(session: Session, addresses: Sequence[Address], answers: Sequence[Answer], now: Instant) -> None:
    for address, answer in zip(addresses, answers, strict=True):
        if isinstance(answer, Gone | InvalidAddress):
            row = session.get(PushAddress, (address.install, address.kind))
            if row is not None and row.address == address.value:
                row.gone_at = now
