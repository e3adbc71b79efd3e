"""POST /v1/receipts: displayed, opened, dismissed, not-today (SPEC 8)."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session, select

from protocol.instants import Instant, format_instant, parse_instant
from store_server.db.session import writing
from store_server.db.tables import Outbox, ShopperRow, ShopperStateRow
from store_server.delivery.receipts import Kind, hush, take_receipt
from store_server.web.api.deps import Caller, Side, Who
from store_server.web.api.problems import Refused

router = APIRouter(tags=["app"])


class NewReceipt(BaseModel):
    """What the shopper's side says of a message; `not-today` may come without one."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    message: Annotated[str, Field(max_length=64)] | None = None
    at: Annotated[str, Field(max_length=40)] | None = None
    """When it happened; now, where left out."""


class ReceiptTaken(BaseModel):
    """`new` is false for a receipt that came before; after `not-today`, until when nothing interrupts."""

    new: bool
    not_today_until: str | None = None


@router.post("/v1/receipts")
def receipts(side: Side, who: Who, receipt: NewReceipt) -> ReceiptTaken:
    """Take one receipt. `not-today`: nothing interrupts this shopper until the store's next midnight."""
    now = side.clock.now()
    at = _instant(receipt.at, now)
    with writing(side.engine) as session:
        row = _own_message(session, who, receipt)
        new = take_receipt(session, row, receipt.kind, at, now) if row is not None else True
        if receipt.kind != "not-today":
            return ReceiptTaken(new=new)
        shopper = session.get_one(ShopperRow, who.shopper)
        until = hush(shopper, _timezone(session, side, who, row), now)
    return ReceiptTaken(new=new, not_today_until=format_instant(until))


def _own_message(session: Session, who: Caller, receipt: NewReceipt) -> Outbox | None:
    if receipt.message is None:
        if receipt.kind != "not-today":
            raise Refused(422, f"The message that was {receipt.kind} is expected.", field="message")
        return None
    row = session.get(Outbox, receipt.message)
    if row is None or row.shopper != who.shopper:
        raise Refused(404, "There is no such message of yours.", field="message")
    return row


def _timezone(session: Session, side: Side, who: Caller, row: Outbox | None) -> str:
    """Return the time zone of the message's store, else of the last store visited, else of the first store."""
    last = session.exec(select(ShopperStateRow.store).where(ShopperStateRow.shopper == who.shopper)).first()
    plans = side.plans.by_store()
    for store in (row.store if row else None, last, *plans):
        if store in plans:
            return plans[store].timezone
    return "UTC"


def _instant(text: str | None, now: Instant) -> Instant:
    try:
        return min(parse_instant(text), now) if text else now
    except ValueError as fault:
        raise Refused(422, str(fault), field="at") from fault
