"""GET /v1/me, GET /v1/me/export, DELETE /v1/me: everything kept of a shopper: see it, take it along, erase it (SPEC 8)."""

from typing import Any

import msgspec
from fastapi import APIRouter, Response
from pydantic import BaseModel
from sqlmodel import col, select

from protocol.instants import Instant, format_instant
from store_server.db.session import reading, writing
from store_server.db.tables import Install, PushAddress, ShopperRow
from store_server.privacy.consent import PURPOSES
from store_server.privacy.erasure import erase
from store_server.privacy.export import export
from store_server.web.api.deps import Side, Who

router = APIRouter(tags=["me"])


class InstallSeen(BaseModel):
    """One app or browser of the shopper."""

    id: str
    platform: str
    created_at: str
    this_one: bool
    push: bool


class Me(BaseModel):
    """Who the shopper is to us: a pseudonym and what they told or allowed."""

    shopper: str
    locale: str | None
    tier: str | None
    tags: list[str]
    attributes: dict[str, Any]
    consent: dict[str, bool]
    not_today_until: str | None
    installs: list[InstallSeen]


@router.get("/v1/me")
def me(side: Side, who: Who) -> Me:
    """Say what is known of the shopper; all of it, row by row, is in the export."""
    now = side.clock.now()
    with reading(side.engine) as session:
        shopper = session.get_one(ShopperRow, who.shopper)
        installs = session.exec(
            select(Install).where(Install.shopper == who.shopper).order_by(col(Install.created_at))
        ).all()
        reachable = set(
            session.exec(
                select(PushAddress.install).where(
                    PushAddress.shopper == who.shopper, col(PushAddress.gone_at).is_(None)
                )
            )
        )
        return Me(
            shopper=shopper.id,
            locale=shopper.locale,
            tier=shopper.tier,
            tags=shopper.tags,
            attributes=shopper.attributes,
            consent={purpose: shopper.consent.get(purpose) is True for purpose in PURPOSES},
            not_today_until=_still(shopper.not_today_until, now),
            installs=[_seen(one, who.install, reachable) for one in installs],
        )


@router.get("/v1/me/export")
def me_export(side: Side, who: Who) -> Response:
    """Give everything kept, as a file."""
    with reading(side.engine) as session:
        everything = export(session, who.shopper)
    headers = {"Content-Disposition": 'attachment; filename="my-data.json"', "Cache-Control": "no-store"}
    return Response(
        msgspec.json.format(msgspec.json.encode(everything)), media_type="application/json", headers=headers
    )


@router.delete("/v1/me", status_code=204)
def me_erase(side: Side, who: Who) -> Response:
    """Erase everything kept, at once and for good; the credential is void afterwards."""
    with writing(side.engine) as session:
        erase(session, who.shopper, "shopper", side.clock.now())
    return Response(status_code=204)


def _seen(install: Install, current: str, reachable: set[str]) -> InstallSeen:
    return InstallSeen(
        id=install.id,
        platform=install.platform,
        created_at=format_instant(install.created_at),
        this_one=install.id == current,
        push=install.id in reachable,
    )


def _still(until: Instant | None, now: Instant) -> str | None:
    return format_instant(until) if until is not None and until > now else None
