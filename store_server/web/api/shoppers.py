"""PUT /v1/shoppers: profiles from the retailer's own systems (SPEC 6, shoppers.jsonl; SPEC 8)."""

import json
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StrictBool, field_validator
from sqlmodel import Session

from protocol.daytime import parse_day_span
from protocol.instants import Instant
from store_server.db.session import writing
from store_server.db.tables import ShopperRow
from store_server.privacy.erasure import erased_among
from store_server.web.api.deps import ByRetailer, Side
from store_server.web.api.invitations import make_invitation

router = APIRouter(tags=["retailer"])

MAX_PROFILES = 500
MAX_NESTED = 16
"""Rules look at values and lists of them; what is nested by the hundred breaks whoever writes it out again."""


class Profile(BaseModel):
    """One shopper; `id` is the retailer's pseudonym, never a name, number or address."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(min_length=1, max_length=128)]
    locale: Annotated[str, Field(max_length=35)] | None = None
    tier: Annotated[str, Field(max_length=64)] | None = None
    tags: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=200)] = []
    attributes: Annotated[dict[str, Any], Field(max_length=100)] = {}
    consent: dict[str, StrictBool] = {}
    quiet_hours: str | None = None
    channels: list[Annotated[str, Field(max_length=16)]] | None = None

    @field_validator("attributes")
    @classmethod
    def as_the_rules_read_them(cls, value: dict[str, Any]) -> dict[str, Any]:
        if _is_nested(value, MAX_NESTED):
            raise ValueError(f"lists and objects at most {MAX_NESTED} deep in each other are expected")
        try:
            json.dumps(value, allow_nan=False)
            msgspec.json.encode(value)  # as the engine hands a profile to the rules
        except UnicodeEncodeError as fault:
            raise ValueError("Unicode text is expected, got half a surrogate pair") from fault
        except ValueError as fault:
            raise ValueError(f"JSON is expected, got: {fault}") from fault
        return value

    @field_validator("quiet_hours")
    @classmethod
    def a_span(cls, value: str | None) -> str | None:
        if value is not None:
            parse_day_span(value)
        return value


def _is_nested(value: object, deeper: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return deeper == 0 or any(_is_nested(one, deeper - 1) for one in inner)


class Profiles(BaseModel):
    """A batch; `invite` asks for an invitation each, by which an app's install becomes this shopper's."""

    model_config = ConfigDict(extra="forbid")

    shoppers: Annotated[list[Profile], Field(min_length=1, max_length=MAX_PROFILES)]
    invite: bool = False


class Applied(BaseModel):
    """How many were new or changed; invitations by shopper id, valid for 15 minutes."""

    applied: int
    invitations: dict[str, str]


@router.put("/v1/shoppers", dependencies=[ByRetailer])
def shoppers(side: Side, batch: Profiles) -> Applied:
    """Add or replace profiles. Consents count for new shoppers only: afterwards they are the shopper's own to change.

    Who was erased is not new: they begin without consent.
    """
    now = side.clock.now()
    with writing(side.engine) as session:
        erased = erased_among(session, {profile.id for profile in batch.shoppers})
        for profile in batch.shoppers:
            _apply(session, profile, profile.id in erased, now)
        ids = [profile.id for profile in batch.shoppers] if batch.invite else []
        invitations = {shopper: make_invitation(session, shopper, now) for shopper in ids}
    return Applied(applied=len(batch.shoppers), invitations=invitations)


def _apply(session: Session, profile: Profile, erased: bool, now: Instant) -> None:
    row = session.get(ShopperRow, profile.id)
    if row is None:
        consent = {} if erased else profile.consent
        row = ShopperRow(id=profile.id, consent=consent, created_at=now, updated_at=now)
    row.locale, row.tier, row.tags = profile.locale, profile.tier, profile.tags
    row.attributes, row.quiet_hours = profile.attributes, profile.quiet_hours
    row.channels, row.updated_at = profile.channels, now
    session.add(row)
