"""POST /v1/conversions: what was bought, from the till (SPEC 3, `purchased`; SPEC 8)."""

from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from protocol.instants import Instant, parse_instant
from store_server.db.session import writing
from store_server.db.tables import History, ShopperRow
from store_server.web.api.deps import ByRetailer, Side
from store_server.web.api.problems import Refused

router = APIRouter(tags=["retailer"])

MAX_CONVERSIONS = 200


class Conversion(BaseModel):
    """One purchase; `id` is the till's own, so that sending it twice changes nothing."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(min_length=1, max_length=128)]
    at: Annotated[str, Field(max_length=40)]
    shopper: Annotated[str, Field(max_length=128)]
    store: Annotated[str, Field(max_length=63)] | None = None
    tags: Annotated[list[Annotated[str, Field(max_length=64)]], Field(min_length=1, max_length=50)]


class Conversions(BaseModel):
    """A batch of purchases."""

    model_config = ConfigDict(extra="forbid")

    conversions: Annotated[list[Conversion], Field(max_length=MAX_CONVERSIONS)]


class Counted(BaseModel):
    """What was kept, and why the rest was not."""

    accepted: int
    ignored: dict[str, int]


@router.post("/v1/conversions", status_code=202, dependencies=[ByRetailer])
def conversions(side: Side, batch: Conversions) -> Counted:
    """Take purchases of shoppers who agreed to personalisation or analytics; of others nothing is kept."""
    instants = [_instant(one, k) for k, one in enumerate(batch.conversions)]
    accepted, ignored = 0, dict[str, int]()
    with writing(side.engine) as session:
        for one, at in zip(batch.conversions, instants, strict=True):
            reason = _keep(session, one, at)
            if reason is None:
                accepted += 1
            else:
                ignored[reason] = ignored.get(reason, 0) + 1
    return Counted(accepted=accepted, ignored=ignored)


def _instant(one: Conversion, k: int) -> Instant:
    try:
        return parse_instant(one.at)
    except ValueError as fault:
        raise Refused(422, str(fault), field=f"conversions[{k}].at") from fault


def _keep(session: Session, one: Conversion, at: Instant) -> str | None:
    shopper = session.get(ShopperRow, one.shopper)
    if shopper is None or not any(
        shopper.consent.get(name) is True for name in ("personalisation", "analytics")
    ):
        return "no_consent"
    rows = {key_of(one.id, tag): tag for tag in one.tags}
    if all(session.get(History, key) is not None for key in rows):
        return "duplicate"
    for key, tag in rows.items():
        session.merge(History(id=key, shopper=shopper.id, at=at, kind="purchase", store=one.store, tag=tag))
    return None


def key_of(conversion: str, tag: str) -> int:
    """Return the row's number, 63 bits of a hash: the same purchase always falls on the same row."""
    return int.from_bytes(sha256(f"{conversion}\n{tag}".encode()).digest()[:8]) >> 1
