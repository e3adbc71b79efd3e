"""POST /v1/help: the shopper asks for a colleague, now or by a call back (SPEC 1, 8)."""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session, col, select

from protocol.instants import format_instant, parse_instant
from store_server.db.session import writing
from store_server.db.tables import HelpCall, ShopperStateRow
from store_server.web.api.deps import Caller, Side, Who
from store_server.web.api.problems import Refused

router = APIRouter(tags=["app"])


class NewCall(BaseModel):
    """Where and how; without `zone` the zone last perceived, where there is consent to perceive it."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["now", "call-back"] = "now"
    store: Annotated[str, Field(max_length=63)] | None = None
    zone: Annotated[str, Field(max_length=63)] | None = None
    phone: Annotated[str, Field(pattern=r"^\+?[0-9 ()/-]{5,24}$")] | None = None
    """For a call back; forgotten as soon as the call is resolved."""
    call_back_at: Annotated[str, Field(max_length=40)] | None = None


class Call(BaseModel):
    """A call for help as it stands."""

    id: str
    kind: str
    state: str
    store: str
    zone: str | None
    opened_at: str


@router.post("/v1/help", status_code=201)
def ask(side: Side, who: Who, new: NewCall) -> Call:
    """Call a colleague. While a call for now is open nothing interrupts; asking again returns the same call."""
    _judge(new)
    now = side.clock.now()
    with writing(side.engine) as session:
        store, zone = _place(session, side, who, new)
        mine = select(HelpCall).where(HelpCall.shopper == who.shopper, HelpCall.kind == new.kind)
        call = session.exec(mine.where(col(HelpCall.state) != "resolved", HelpCall.store == store)).first()
        if call is None:
            call = HelpCall(
                id=side.new_id(), shopper=who.shopper, store=store, zone=zone, kind=new.kind, opened_at=now
            )
        call.phone = new.phone
        call.call_back_at = parse_instant(new.call_back_at) if new.call_back_at else None
        session.add(call)
    return Call(
        id=call.id,
        kind=call.kind,
        state=call.state,
        store=call.store,
        zone=call.zone,
        opened_at=format_instant(call.opened_at),
    )


def _judge(new: NewCall) -> None:
    if new.kind == "call-back" and new.phone is None:
        raise Refused(422, "A number to call back is expected.", field="phone")
    try:
        parse_instant(new.call_back_at or "2026-01-01T00:00:00Z")
    except ValueError as fault:
        raise Refused(422, str(fault), field="call_back_at") from fault


def _place(session: Session, side: Side, who: Caller, new: NewCall) -> tuple[str, str | None]:
    """Return store and zone: as named, else as last perceived, else the only store there is."""
    plans = side.plans.by_store()
    last = session.get(ShopperStateRow, who.shopper)
    store = new.store or (last.store if last else None) or (next(iter(plans)) if len(plans) == 1 else None)
    if store not in plans:
        raise Refused(422, "The id of a store is expected.", field="store")
    zone = new.zone or (last.zone if last is not None and last.store == store else None)
    if zone is not None and zone not in plans[store].zone_ids:
        raise Refused(422, f"The id of a zone of {store} is expected.", field="zone")
    return store, zone
