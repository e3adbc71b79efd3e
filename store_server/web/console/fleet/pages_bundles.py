"""Routes of log bundles: ask a gateway for one, see whether it came, take it away (SPEC 7, log-bundle)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from protocol.instants import Instant, format_instant
from protocol.topics import GatewayAddress
from store_server.db.session import reading, writing
from store_server.db.tables import Gateway
from store_server.fleet.bundles import Asked, ask_for_bundle, bundle_data, bundles_of
from store_server.fleet.condition import gateway_condition
from store_server.ids import new_id
from store_server.web.console.accounts.gate import HOME, need
from store_server.web.console.desk import SAFE_HEADERS, Desk
from store_server.web.console.fleet.equipment import GATEWAY_WORDS
from store_server.web.console.times import Moment, StoreTime


@dataclass(frozen=True, slots=True)
class BundleRow:
    """One request as the page shows it: waiting, arrived with its size, or not answered and why."""

    id: str
    asked: Moment
    by: str
    arrived: Moment | None
    kilobytes: int
    waits: bool
    fault: str


def add_routes(router: APIRouter, desk: Desk) -> None:
    """Add what belongs to bundles."""

    @router.post("/fleet/{store}/{gateway}/bundles")
    def ask(request: Request, store: str, gateway: str) -> Response:
        by, address = need(request, "fleet"), GatewayAddress(store, gateway)
        with writing(desk.engine) as session:
            _planned(desk, session, address)
            ask_for_bundle(session, address, by.name, new_id(), desk.clock.now())
        return RedirectResponse(f"{HOME}/fleet/{store}/{gateway}#bundles", status_code=303)

    @router.get("/fleet/{store}/{gateway}/bundles")
    def part(request: Request, store: str, gateway: str) -> Response:
        need(request, "fleet")
        language, address = desk.language(request), GatewayAddress(store, gateway)
        with reading(desk.engine) as session:
            _planned(desk, session, address)
            times = desk.times(desk.plan(session, store), language)
            shown = bundle_rows(session, address, times)
        html = desk.render("parts/bundles.html", language, home=HOME, store=store, gateway=gateway, **shown)
        return HTMLResponse(html, headers=SAFE_HEADERS)

    @router.get("/fleet/{store}/{gateway}/bundles/{key}")
    def download(request: Request, store: str, gateway: str, key: str) -> Response:
        need(request, "fleet")
        address = GatewayAddress(store, gateway)
        with reading(desk.engine) as session:
            asked = next((one for one in bundles_of(session, address) if one.id == key), None)
            data = None if asked is None else bundle_data(session, address, key)
        if asked is None or data is None:
            raise HTTPException(404, key)
        return _file(f"{store}-{gateway}", asked.asked_at, data)


def bundle_rows(session: Any, address: GatewayAddress, times: StoreTime) -> Mapping[str, Any]:
    """Return what the page shows of a gateway's bundles."""
    row = session.get(Gateway, (address.store, address.gateway))
    word = times.language.gettext(GATEWAY_WORDS[gateway_condition(row, times.now).state][0])
    asked = bundles_of(session, address)
    return {
        "bundles": [_row(one, word, times) for one in asked],
        "asking": any(one.waits(times.now) for one in asked),
    }


def _row(one: Asked, state: str, times: StoreTime) -> BundleRow:
    fault = "" if one.arrived_at is None else one.fault or ""
    if one.arrived_at is None and not one.waits(times.now):
        fault = times.language.say("not answered. The gateway now: %(state)s", state=state)
    return BundleRow(
        id=one.id,
        asked=times.zoned(one.asked_at),
        by=one.asked_by,
        arrived=times.zoned(one.arrived_at) if one.arrived_at is not None and one.size_bytes else None,
        kilobytes=max(1, round(one.size_bytes / 1_000)),
        waits=one.waits(times.now),
        fault=fault,
    )


def _file(name: str, at: Instant, data: bytes) -> Response:
    """Return a bundle as a file; the browser unpacks it, this server never does."""
    stamp = format_instant(at).replace(":", "").replace("-", "")
    headers = {
        "Content-Encoding": "gzip",
        "Content-Disposition": f'attachment; filename="{name}-{stamp}.json"',
    }
    return Response(data, media_type="application/json", headers={**SAFE_HEADERS, **headers})


def _planned(desk: Desk, session: Any, address: GatewayAddress) -> None:
    """Refuse a gateway that no plan has. Raises HTTPException 404."""
    if address.gateway not in {one.id for one in desk.plan(session, address.store).gateways}:
        raise HTTPException(404, address.gateway)
