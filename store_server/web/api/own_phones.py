"""The door of a manager's own phone: pairing by a one-time code, receipts of test messages, leaving again (docs/store-managers.md).

It serves the page at /console/phone/ alone: no app needs it, so it is not in the reference.
"""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from protocol.instants import format_instant
from store_server.db.session import reading, writing
from store_server.db.tables import OwnPhone
from store_server.delivery.errors import BadAddress, BadPhoneCode
from store_server.delivery.own_phones import pair, phone_with, remove_phone
from store_server.delivery.subscription import read_subscription
from store_server.delivery.trials import take_trial_receipt
from store_server.web.api.deps import Side, bearer
from store_server.web.api.problems import Refused

router = APIRouter(prefix="/v1/own-phones", include_in_schema=False)


class Pairing(BaseModel):
    """The code as it was scanned or typed, and the browser's PushSubscription.toJSON()."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(max_length=40)]
    address: Annotated[dict[str, Any], Field(max_length=8)]


class Paired(BaseModel):
    """Whose phone it is now; the credential is told once."""

    account: str
    credential: str


class Standing(BaseModel):
    """Whose phone it is, and since when."""

    account: str
    paired_at: str


class TrialReceipt(BaseModel):
    """What became of a test message on the phone."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["displayed", "opened", "dismissed"]
    message: Annotated[str, Field(max_length=64)]
    at: Annotated[str, Field(max_length=40)] | None = None


class ReceiptTaken(BaseModel):
    """Whether it was news."""

    new: bool


def own_phone(request: Request, side: Side) -> OwnPhone:
    """Return the phone that asks. Raises Refused (401)."""
    with reading(side.engine) as session:
        phone = phone_with(session, bearer(request))
        if phone is None:
            raise Refused(401, "This phone is not, or no longer, paired.")
        session.expunge(phone)
    return phone


Phone = Annotated[OwnPhone, Depends(own_phone)]


@router.get("/key")
def key(side: Side) -> dict[str, str | None]:
    """Give the key that the browser's subscription is bound to."""
    return {"vapid_public_key": side.vapid_public_key}


@router.post("", status_code=201)
def pair_phone(side: Side, request: Request, new: Pairing) -> Paired:
    """Make this browser the phone of the code's account, instead of any before."""
    try:
        subscription = read_subscription(new.address, allow_loopback=side.allow_loopback_push)
    except BadAddress as fault:
        raise Refused(422, str(fault), field="address") from fault
    credential, agent = side.new_secret(), request.headers.get("user-agent", "")
    try:
        with writing(side.engine) as session:
            phone = pair(session, new.code, subscription.address, agent, credential, side.clock.now())
            account = phone.account
    except BadPhoneCode as fault:
        raise Refused(404, "This code was used, is too old, or is not one.", field="code") from fault
    return Paired(account=account, credential=credential)


@router.get("/me")
def standing(phone: Phone) -> Standing:
    """Say whose phone this is."""
    return Standing(account=phone.account, paired_at=format_instant(phone.paired_at))


@router.delete("/me", status_code=204)
def leave(side: Side, phone: Phone) -> Response:
    """Forget this phone; its credential is void afterwards."""
    with writing(side.engine) as session:
        remove_phone(session, phone.account, phone.account, side.clock.now())
    return Response(status_code=204)


@router.post("/receipts")
def receipts(side: Side, phone: Phone, receipt: TrialReceipt) -> ReceiptTaken:
    """Take what the phone says of one test message; no statistic hears of it."""
    with writing(side.engine) as session:
        new = take_trial_receipt(session, phone, receipt.message, receipt.kind, side.clock.now())
    if new is None:
        raise Refused(404, "There is no such message of yours.", field="message")
    return ReceiptTaken(new=new)
