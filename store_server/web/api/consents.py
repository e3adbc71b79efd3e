"""PUT /v1/consents: what the shopper agrees to, each purpose for itself; off takes effect at once (SPEC 8)."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from protocol.instants import Instant
from store_server.db.session import writing
from store_server.db.tables import PushAddress, ShopperRow
from store_server.delivery.errors import BadAddress
from store_server.delivery.subscription import read_subscription
from store_server.privacy.consent import give
from store_server.web.api.deps import Caller, Side, Who
from store_server.web.api.problems import Refused

router = APIRouter(tags=["app"])


class PushTarget(BaseModel):
    """Where this install takes pushes; for webpush the browser's PushSubscription.toJSON()."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["webpush"]
    address: Annotated[dict[str, Any], Field(max_length=8)]


class Consents(BaseModel):
    """Purpose by purpose; what is left out stays as it is, and what was never given is a no."""

    model_config = ConfigDict(extra="forbid", strict=True)

    proximity: bool | None = None
    """Perceive which zone of the store I am in."""
    push: bool | None = None
    """Interrupt me with at most a message or two."""
    personalisation: bool | None = None
    """Use what I bought and where I have been to choose."""
    analytics: bool | None = None
    """Count my visits in figures of many."""
    push_address: PushTarget | None = None


class ConsentState(BaseModel):
    """The consents as they stand now."""

    consent: dict[str, bool]


@router.put("/v1/consents")
def consents(side: Side, who: Who, wish: Consents) -> ConsentState:
    """Change consents. Withdrawing `proximity` also forgets where the shopper was; `push` its addresses."""
    now = side.clock.now()
    purposes = wish.model_dump(exclude={"push_address"}, exclude_none=True)
    with writing(side.engine) as session:
        shopper = session.get_one(ShopperRow, who.shopper)
        given = give(session, shopper, purposes, now)
        if wish.push_address is not None:
            _keep_address(session, side, who, wish.push_address, now)
    return ConsentState(consent=given)


def _keep_address(session: Session, side: Side, who: Caller, target: PushTarget, now: Instant) -> None:
    if session.get_one(ShopperRow, who.shopper).consent.get("push") is not True:
        raise Refused(409, "A push address is kept only with the consent `push`.", field="push_address")
    try:
        subscription = read_subscription(target.address, allow_loopback=side.allow_loopback_push)
    except BadAddress as fault:
        raise Refused(422, str(fault), field="push_address.address") from fault
    address = PushAddress(
        install=who.install,
        kind=target.kind,
        shopper=who.shopper,
        address=subscription.address,
        created_at=now,
    )
    session.merge(address)
