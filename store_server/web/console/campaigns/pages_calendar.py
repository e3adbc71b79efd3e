"""Routes of a campaign's calendar: its week beside those of the campaigns it may meet, in the store's time."""

from datetime import date, timedelta

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from campaigns.meeting import rivals
from store_server.db.session import reading
from store_server.web.console.campaigns.places import campaign_times, zone_names
from store_server.web.console.campaigns.week_plan import WEEK, monday_of, week_rows
from store_server.web.console.desk import Desk

FIRST_YEAR, LAST_YEAR = 2000, 2100
"""Beyond these a week's address is a mistake, or a machine that follows every link."""


def add_routes(router: APIRouter, desk: Desk) -> None:
    """Add the calendar."""

    @router.get("/campaigns/{campaign}/calendar")
    def calendar(request: Request, campaign: str, week: str = "") -> Response:
        language = desk.language(request)
        with reading(desk.engine) as session:
            running, plans = desk.campaigns(session), desk.plans(session)
        if campaign not in running:
            raise HTTPException(404, campaign)
        one = running[campaign].campaign
        times = campaign_times(one, plans, language, desk.clock.now())
        today = date.fromisoformat(times.iso_day())
        monday = monday_of(_day(week) or today)
        others = rivals(one, [other.campaign for other in running.values()])
        days = [monday + timedelta(number) for number in range(WEEK)]
        return desk.page(
            request,
            "calendar.html",
            campaign=one,
            zone=zone_names(one, plans)(one.trigger.zone),
            rows=week_rows(one, others, times, monday),
            days=[(times.weekday_and_day(day), day == today) for day in days],
            before=(monday - timedelta(WEEK)).isoformat(),
            after=(monday + timedelta(WEEK)).isoformat(),
            timezone=times.timezone,
            section="campaigns",
        )


def _day(text: str) -> date | None:
    """Read the week asked for; none given is this one. Raises HTTPException 422."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as fault:
        raise HTTPException(422, text) from fault
    if not FIRST_YEAR <= day.year < LAST_YEAR:
        raise HTTPException(422, text)
    return day
