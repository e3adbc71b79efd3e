"""Routes of a campaign's one-time codes: where they come from, how many are left, and the list for the till."""

import csv
import io
from collections.abc import Mapping

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from campaigns.coupons import SLOT
from campaigns.document import Campaign
from protocol.instants import format_instant
from store_server.db.scope import visible_stores
from store_server.db.session import reading, writing
from store_server.web.console.accounts.accounts import Person
from store_server.web.console.accounts.gate import HOME, need, person_of
from store_server.web.console.campaigns.coupons import (
    CouponFault,
    add_codes,
    issued_codes,
    set_pattern,
    stock,
)
from store_server.web.console.desk import Desk
from store_server.web.console.pages_frame import read_form
from store_server.web.console.times import StoreTime

LARGEST_POOL = 1024 * 1024
"""Bytes of a form with codes in it."""


def add_routes(router: APIRouter, desk: Desk) -> None:
    """Add the page of codes, its forms and the till's list."""

    @router.get("/campaigns/{campaign}/codes")
    def codes(request: Request, campaign: str) -> Response:
        return _page(desk, request, campaign, {}, None)

    @router.post("/campaigns/{campaign}/codes")
    async def change(request: Request, campaign: str) -> Response:
        by = need(request, "campaigns")
        form = await read_form(request, LARGEST_POOL)
        try:
            await run_in_threadpool(_change, desk, campaign, form, by)
        except CouponFault as fault:
            return await run_in_threadpool(_page, desk, request, campaign, form, fault)
        return RedirectResponse(f"{HOME}/campaigns/{campaign}/codes", status_code=303)

    @router.get("/campaigns/{campaign}/codes/issued.csv")
    def issued(request: Request, campaign: str) -> Response:
        need(request, "campaigns")
        own = visible_stores()
        with reading(desk.engine) as session:
            found = desk.campaigns(session).get(campaign)
            if found is None:
                raise HTTPException(404, campaign)
            if own is not None and not found.campaign.runs_within(own):
                raise HTTPException(403, campaign)  # a code does not say in which store it was given
            rows = issued_codes(session, campaign)
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        writer.writerow(("code", "issued_at"))
        writer.writerows((code, format_instant(at)) for code, at in rows)
        name = f'attachment; filename="{campaign}-codes.csv"'
        return Response(out.getvalue(), media_type="text/csv", headers={"Content-Disposition": name})


def has_code_slot(campaign: Campaign) -> bool:
    """Say whether any of a campaign's words wait for a code."""
    messages = [campaign.message, *(variant.message for variant in campaign.variants if variant.message)]
    return any(text.holds(SLOT) for message in messages for text in message.texts.values())


def _page(
    desk: Desk, request: Request, campaign: str, form: Mapping[str, str], fault: CouponFault | None
) -> Response:
    language = desk.language(request)
    with reading(desk.engine) as session:
        found = desk.campaigns(session).get(campaign)
        if found is None:
            raise HTTPException(404, campaign)
        kept = stock(session, campaign)
        plans = desk.plans(session)
    runs_in = (plan for plan in plans.values() if found.campaign.runs_in(plan.id))
    plan = next(runs_in, None)
    times = desk.times(plan, language) if plan else StoreTime("UTC", language, desk.clock.now())
    return desk.page(
        request,
        "codes.html",
        status=200 if fault is None else 422,
        campaign=found.campaign,
        stock=kept,
        last_issued=None if kept.last_issued_at is None else times.zoned(kept.last_issued_at),
        has_slot=has_code_slot(found.campaign),
        faults={} if fault is None else {fault.field: language.say(fault.words, **fault.values)},
        typed=form,
        may_change=person_of(request).may("campaigns"),
        section="campaigns",
    )


def _change(desk: Desk, campaign: str, form: Mapping[str, str], by: Person) -> None:
    now = desk.clock.now()
    with writing(desk.engine) as session:
        if campaign not in desk.campaigns(session):
            raise HTTPException(404, campaign)
        if form.get("do") == "pattern":
            set_pattern(session, campaign, form.get("pattern", ""), by.name, now, desk.new_secret)
        else:
            add_codes(session, campaign, form.get("codes", ""), by.name, now, desk.new_secret)
