"""POST /v1/installs: an app or browser gets a credential of its own (SPEC 8)."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, field_validator

from protocol.instants import SECOND
from store_server.db.session import writing
from store_server.db.tables import Install, ShopperRow
from store_server.web.api.deps import Side, address_of, fingerprint
from store_server.web.api.invitations import open_invitation
from store_server.web.api.problems import Refused
from store_server.web.api.signatures import read_public_key

router = APIRouter(tags=["app"])

Locale = Annotated[str, Field(pattern=r"^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$", max_length=35)]


class NewInstall(BaseModel):
    """What an app says of itself; nothing of it names a person."""

    model_config = ConfigDict(extra="forbid")

    platform: Literal["web", "ios", "android", "reference"]
    locale: Locale | None = None
    public_key: Annotated[str, Field(max_length=128)] | None = None
    """Base64url of an uncompressed P-256 point, by which this install then must sign its sightings and check-ins."""
    invitation: Annotated[str, Field(max_length=512)] | None = None
    """From the retailer's own system (PUT /v1/shoppers): whose install this is."""

    @field_validator("public_key")
    @classmethod
    def a_point(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                read_public_key(value)
            except ValueError as fault:
                raise ValueError(
                    "an uncompressed P-256 point of 65 bytes as base64url is expected"
                ) from fault
        return value


class Credential(BaseModel):
    """The install's own credential, told once; it is kept only as a fingerprint."""

    install: str
    credential: str


@router.post("/v1/installs", status_code=201)
def install(side: Side, new: NewInstall, request: Request) -> Credential:
    """Register an install. Without any consent yet: nothing about the shopper is taken in until one is given.

    429 with Retry-After where an address has made too many within an hour.
    """
    now, credential, address = side.clock.now(), side.new_secret(), address_of(request)
    wait_ms = side.new_installs.wait_ms(address, now)
    if wait_ms:
        raise Refused(429, "Too many installs from this address.", retry_after_s=-(-wait_ms // SECOND))
    with writing(side.engine) as session:
        shopper = open_invitation(session, new.invitation, now) if new.invitation else side.new_id()
        row = session.get(ShopperRow, shopper)
        if row is None and new.invitation:
            raise Refused(404, "The shopper of this invitation is not known any more.", field="invitation")
        if row is None:
            row = ShopperRow(id=shopper, locale=new.locale, created_at=now, updated_at=now)
            session.add(row)
            session.flush()
        made = Install(
            id=side.new_id(),
            shopper=shopper,
            credential_hash=fingerprint(credential),
            public_key=new.public_key,
            platform=new.platform,
            created_at=now,
            seen_at=now,
        )
        session.add(made)
    side.new_installs.note(address, now)
    return Credential(install=made.id, credential=credential)
