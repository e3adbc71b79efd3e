"""The route of check-in codes to print: a card with a QR code for each zone, in the store's language and ours (SPEC 8)."""

from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from protocol.plan import StorePlan, Zone
from store_server.db.session import reading
from store_server.settings import LOOPBACK
from store_server.web.console.accounts.gate import need
from store_server.web.console.desk import Desk
from store_server.web.console.words import marked
from store_server.web.design.language import SOURCE_LANGUAGE, Language
from store_server.web.design.qr import QrCode, qr_code

SIZES = ("A6", "A5")
INVITATION = marked("Scan, and see what is here for you")
TERMS = marked("Only if you allow it: nothing is noticed without your consent.")


@dataclass(frozen=True, slots=True)
class Card:
    """One zone's card; `words` has each language's invitation, the store's own first."""

    zone: Zone
    link: str
    qr: QrCode


def add_routes(router: APIRouter, desk: Desk) -> None:
    """Add the page of codes to print."""

    @router.get("/stores/{store}/check-in-codes")
    def codes(request: Request, store: str, size: str = "A6", zone: str = "") -> Response:
        need(request, "plans")
        with reading(desk.engine) as session:
            plan = desk.plan(session, store)
        server = desk.server_url(request)
        spoken = {one.zone for one in plan.beacons}
        return desk.page(
            request,
            "check_in_codes.html",
            plan=plan,
            store=store,
            size=size if size in SIZES else SIZES[0],
            sizes=SIZES,
            zone=zone,
            cards=[
                _card(server, plan, one) for one in plan.zones if one.id in spoken and zone in ("", one.id)
            ],
            silent=[one.name for one in plan.zones if one.id not in spoken],
            words=[(one.code, one.gettext(INVITATION), one.gettext(TERMS)) for one in _languages(desk, plan)],
            local=any(f"//{name}" in server for name in LOOPBACK),
            section="live",
        )


def _card(server: str, plan: StorePlan, zone: Zone) -> Card:
    link = f"{server}/shop/?{urlencode({'store': plan.id, 'zone': zone.id})}"
    return Card(zone, link, qr_code(link))


def _languages(desk: Desk, plan: StorePlan) -> list[Language]:
    """Return the store's language where we speak it, then English for its guests."""
    codes = dict.fromkeys((plan.locale.partition("-")[0], SOURCE_LANGUAGE))
    return [desk.languages[code] for code in codes if code in desk.languages]
