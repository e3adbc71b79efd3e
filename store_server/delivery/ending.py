"""How a message to a shopper ends; what was never handed over gives its reservation back (SPEC 5)."""

from sqlmodel import Session, col, select, update

from campaigns.decide import release
from campaigns.state import decode_state, encode_state
from protocol.instants import Instant
from store_server.db.tables import Budget, Outbox, ShopperStateRow
from store_server.delivery.lease import end, may_be_taken
from store_server.delivery.verdict import Done, unless_doubted


def end_message(session: Session, row: Outbox, ending: Done, now: Instant) -> None:
    """Write down what became of a message in the end."""
    end(row, ending, now)
    if ending.state == "accepted":
        row.accepted_at = now
    if ending.state in ("cancelled", "expired"):
        _give_back(session, row)


def withdraw_queued(session: Session, shopper: str, reason: str, now: Instant) -> None:
    """Cancel what waits to be handed over to a shopper; what may have been taken ends as that."""
    queued = select(Outbox).where(Outbox.shopper == shopper, Outbox.state == "queued")
    for row in session.exec(queued.order_by(col(Outbox.id))).all():
        end_message(session, row, unless_doubted(Done("cancelled", reason), may_be_taken(row)), now)


def _give_back(session: Session, row: Outbox) -> None:
    kept = session.get(ShopperStateRow, row.shopper)
    if kept is not None:
        state = decode_state(kept.state)
        release(state, row.decision_at, row.campaign)
        kept.state = encode_state(state)
    spent = update(Budget).where(col(Budget.campaign) == row.campaign, col(Budget.used) > 0)
    session.exec(spent.values(used=col(Budget.used) - 1))
