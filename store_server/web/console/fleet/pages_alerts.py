"""Routes of alerts: what is broken and who took it, what was, and silence windows."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session, col, select
from starlette.concurrency import run_in_threadpool

from protocol.plan import StorePlan
from store_server.db.scope import visible_stores
from store_server.db.session import reading, writing
from store_server.db.tables import Alert, AlertSilence, Audit
from store_server.fleet.alert_words import alert_reasons, alert_words
from store_server.fleet.alerts import coming_silences, open_alerts
from store_server.fleet.troubles import CAMPAIGN, CANNOT_FIRE, CHAIN, DOCUMENT
from store_server.web.console.accounts.accounts import Person
from store_server.web.console.accounts.gate import HOME, need, person_of
from store_server.web.console.desk import Desk
from store_server.web.console.fleet.causes import store_wording, subject_link
from store_server.web.console.fleet.silence_form import (
    FIELDS,
    RULE_WORDS,
    blank_form,
    read_silence,
    silence_row,
    zone_for,
)
from store_server.web.console.pages_frame import read_form
from store_server.web.console.times import Moment, StoreTime
from store_server.web.design.language import Language

ENDED_SHOWN = 25
OPEN_SHOWN = 100
"""Beyond it nobody reads on: the fleet list has filters."""


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert in the list."""

    seq: int
    store: str
    words: str
    link: str
    """The page of what it is about; empty where that has none."""
    reasons: tuple[str, ...]
    effects: tuple[tuple[str, str], ...]
    broken: Moment
    back: Moment | None
    told: Moment | None
    taken_by: str
    taken: Moment | None


def add_routes(router: APIRouter, desk: Desk) -> None:
    """Add the page of alerts and what its forms do."""

    @router.get("/alerts")
    def alerts(request: Request) -> Response:
        return _page(desk, request, None, {})

    @router.post("/alerts/silences")
    async def silence(request: Request) -> Response:
        by, form = need(request, "alerts"), await read_form(request)
        faults = await run_in_threadpool(_silenced, desk, form, by, desk.language(request))
        if faults:
            return await run_in_threadpool(_page, desk, request, form, faults)
        return RedirectResponse(f"{HOME}/alerts", status_code=303)

    @router.post("/alerts/{seq}/taken")
    def taken(request: Request, seq: int) -> Response:
        by, now = need(request, "alerts"), desk.clock.now()
        with writing(desk.engine) as session:
            alert = session.get(Alert, seq)
            if alert is None:
                raise HTTPException(404, f"alert {seq}")
            if alert.acknowledged_at is None:  # whoever was first has taken it
                alert.acknowledged_at, alert.acknowledged_by = now, by.name
                session.add(Audit(at=now, actor=by.name, action="alert.taken", subject=str(seq)))
        return RedirectResponse(f"{HOME}/alerts", status_code=303)

    @router.post("/alerts/silences/{seq}/end")
    def end(request: Request, seq: int) -> Response:
        by, now = need(request, "alerts"), desk.clock.now()
        with writing(desk.engine) as session:
            window = session.get(AlertSilence, seq)
            if window is None:
                raise HTTPException(404, f"silence {seq}")
            if window.until_at > now:
                window.until_at = now
                session.add(Audit(at=now, actor=by.name, action="silence.end", subject=window.store or "*"))
        return RedirectResponse(f"{HOME}/alerts", status_code=303)


def _page(
    desk: Desk, request: Request, form: Mapping[str, str] | None, faults: Mapping[str, str]
) -> Response:
    language, now = desk.language(request), desk.clock.now()
    with reading(desk.engine) as session:
        plans = desk.plans(session)
        campaigns = desk.campaigns(session)
        broken = [one for one in open_alerts(session) if _concerns(one, campaigns)]
        ended = [one for one in _ended(session) if _concerns(one, campaigns)]
        windows = coming_silences(session, now)
    clocks = {store: desk.times(plan, language) for store, plan in plans.items()}
    otherwise = StoreTime(zone_for("", plans), language, now)

    def told(alerts: Iterable[Alert]) -> list[AlertRow]:
        return [_row(one, plans, clocks.get(one.store, otherwise), campaigns) for one in alerts]

    # What keeps campaigns from firing first; each half the newest first, as it came.
    broken.sort(key=lambda one: one.state != CANNOT_FIRE and not _effects(one, campaigns))
    every = [(one.id, one.name) for one in plans.values()]
    if visible_stores() is None:
        every.insert(0, ("", language.gettext("All stores")))
    return desk.page(
        request,
        "alerts.html",
        status=422 if faults else 200,
        broken=told(broken[:OPEN_SHOWN]),
        ended=told(ended),
        unshown=max(len(broken) - OPEN_SHOWN, 0),
        nowhere=not desk.reach.alerts_sent,
        silences=[silence_row(one, plans, language, now) for one in windows],
        many_stores=len(plans) > 1,
        may_change=person_of(request).may("alerts"),
        form={**blank_form(plans, language, now), **(form or {})},
        faults={name: language.gettext(faults[name]) if name in faults else "" for name in FIELDS},
        zone=StoreTime(zone_for("", plans), language, now).zone_name,
        store_options=every,
        rule_options=[
            ("", language.gettext("All")),
            *((key, language.gettext(words)) for key, words in RULE_WORDS.items()),
        ],
        section="alerts",
    )


def _silenced(desk: Desk, form: Mapping[str, str], by: Person, language: Language) -> dict[str, str]:
    """Keep a silence window, or return what is wrong with its form."""
    with writing(desk.engine) as session:
        plans = desk.plans(session)
        times = StoreTime(zone_for(form.get("store", ""), plans), language, desk.clock.now())
        window, faults = read_silence(form, plans, times, by.name)
        if window is not None:
            session.add(window)
            subject = f"{window.store or '*'}/{window.rule or '*'}"
            session.add(Audit(at=times.now, actor=by.name, action="silence.begin", subject=subject))
    return faults


def _ended(session: Session) -> list[Alert]:
    query = select(Alert).where(col(Alert.back_at).is_not(None))
    return list(session.exec(query.order_by(col(Alert.back_at).desc()).limit(ENDED_SHOWN)))


def _row(
    alert: Alert, plans: Mapping[str, StorePlan], times: StoreTime, campaigns: Collection[str]
) -> AlertRow:
    plan = plans.get(alert.store)
    words = store_wording(plan, times)
    return AlertRow(
        seq=alert.seq or 0,
        store=plan.name if plan else alert.store or times.language.gettext("All stores"),
        words=alert_words(alert, words),
        link=_link(alert, campaigns),
        reasons=tuple(alert_reasons(alert, words)),
        effects=_effects(alert, campaigns),
        broken=times.zoned(alert.broken_at),
        back=None if alert.back_at is None else times.zoned(alert.back_at),
        told=None if alert.broken_told_at is None else times.zoned(alert.broken_told_at),
        taken_by=alert.acknowledged_by or "",
        taken=None if alert.acknowledged_at is None else times.zoned(alert.acknowledged_at),
    )


def _effects(alert: Alert, campaigns: Collection[str]) -> tuple[tuple[str, str], ...]:
    """Return the campaigns that it stops, by id and name; of a campaign's own alert the detail is its causes."""
    told = () if alert.rule == CAMPAIGN else alert.detail
    return tuple((one, name) for one, name in told if one in campaigns)


def _link(alert: Alert, campaigns: Collection[str]) -> str:
    if alert.rule in (CAMPAIGN, DOCUMENT) and alert.name in campaigns:
        return f"{HOME}/campaigns/{alert.name}"
    return subject_link(alert.rule, alert.store, alert.name)


def _concerns(alert: Alert, campaigns: Collection[str]) -> bool:
    """Say whether an alert that is no store's own may be shown: not one of a campaign of other stores."""
    return alert.store != CHAIN or alert.rule not in (CAMPAIGN, DOCUMENT) or alert.name in campaigns
