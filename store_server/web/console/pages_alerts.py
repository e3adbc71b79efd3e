"""Routes of alerts: what is broken and who took it, what was, and silence windows."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session, col, select
from starlette.concurrency import run_in_threadpool

from protocol.instants import HOUR
from protocol.plan import StorePlan
from store_server.db.scope import visible_stores
from store_server.db.session import reading, writing
from store_server.db.tables import Alert, AlertSilence, Audit
from store_server.fleet.alerts import open_alerts, silences
from store_server.fleet.causes import Cause
from store_server.fleet.condition import NEVER, Condition
from store_server.fleet.troubles import CAMPAIGN
from store_server.web.console.accounts import Person
from store_server.web.console.causes import THINGS, cause_words, condition_words
from store_server.web.console.desk import Desk
from store_server.web.console.gate import HOME, need, person_of
from store_server.web.console.pages_frame import read_form
from store_server.web.console.times import Moment, StoreTime, duration_words
from store_server.web.console.words import marked

ENDED_SHOWN = 50
OPEN_SHOWN = 300
"""Beyond it nobody reads on: the fleet list has filters."""

SPANS_H = (1, 4, 12, 72)
"""A change of batteries, a visit of the technician, a night, a weekend's works."""

_CANNOT_FIRE = marked("campaign %(id)s cannot fire")


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert in the list."""

    seq: int
    store: str
    words: str
    reasons: tuple[str, ...]
    effects: tuple[tuple[str, str], ...]
    broken: Moment
    back: Moment | None
    told: Moment | None
    taken_by: str
    taken: Moment | None


@dataclass(frozen=True, slots=True)
class SilenceRow:
    """One silence window in the list."""

    seq: int
    store: str
    until: Moment
    made_by: str


def add_routes(router: APIRouter, desk: Desk) -> None:
    """Add the page of alerts and what its forms do."""

    @router.get("/alerts")
    def alerts(request: Request) -> Response:
        language, now = desk.language(request), desk.clock.now()
        with reading(desk.engine) as session:
            plans = desk.plans(session)
            broken, ended, quiet = open_alerts(session), _ended(session), silences(session, now)
        clocks = {store: desk.times(plan, language) for store, plan in plans.items()}
        otherwise = StoreTime("UTC", language, now)
        rows = [_row(one, plans, clocks.get(one.store, otherwise)) for one in (*broken[:OPEN_SHOWN], *ended)]
        hours = [(str(hours), duration_words(language, hours * HOUR)) for hours in SPANS_H]
        every = [(one.id, one.name) for one in plans.values()]
        if visible_stores() is None:
            every.insert(0, ("", language.gettext("All stores")))
        return desk.page(
            request,
            "alerts.html",
            broken=[one for one in rows if one.back is None],
            ended=[one for one in rows if one.back is not None],
            unshown=max(len(broken) - OPEN_SHOWN, 0),
            silences=[_silence(one, plans, clocks.get(one.store or "", otherwise)) for one in quiet],
            many_stores=len(plans) > 1,
            may_change=person_of(request).may("alerts"),
            span_options=hours,
            store_options=every,
            section="alerts",
        )

    @router.post("/alerts/silences")
    async def silence(request: Request) -> Response:
        by, form = need(request, "alerts"), await read_form(request)
        await run_in_threadpool(_silenced, desk, form, by)
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


def _silenced(desk: Desk, form: Mapping[str, str], by: Person) -> None:
    """Open a silence window from now on. Raises HTTPException 422."""
    store, hours, now = form.get("store") or None, form.get("hours", ""), desk.clock.now()
    if hours not in map(str, SPANS_H):
        raise HTTPException(422, "hours")
    with writing(desk.engine) as session:
        if store not in desk.plans(session) if store else visible_stores() is not None:
            raise HTTPException(422, "store")
        until = now + int(hours) * HOUR
        session.add(AlertSilence(store=store, from_at=now, until_at=until, made_by=by.name))
        session.add(Audit(at=now, actor=by.name, action="silence.begin", subject=store or "*"))


def _ended(session: Session) -> list[Alert]:
    query = select(Alert).where(col(Alert.back_at).is_not(None))
    return list(session.exec(query.order_by(col(Alert.back_at).desc()).limit(ENDED_SHOWN)))


def _row(alert: Alert, plans: Mapping[str, StorePlan], times: StoreTime) -> AlertRow:
    plan = plans.get(alert.store)
    campaign = alert.rule == CAMPAIGN
    return AlertRow(
        seq=alert.seq or 0,
        store=plan.name if plan else alert.store,
        words=_words(alert, times),
        reasons=tuple(_reason(plan, kind, name, times) for kind, name in alert.detail)
        if campaign and plan
        else (),
        effects=() if campaign else tuple((one, name) for one, name in alert.detail),
        broken=times.zoned(alert.broken_at),
        back=None if alert.back_at is None else times.zoned(alert.back_at),
        told=None if alert.broken_told_at is None else times.zoned(alert.broken_told_at),
        taken_by=alert.acknowledged_by or "",
        taken=None if alert.acknowledged_at is None else times.zoned(alert.acknowledged_at),
    )


def _words(alert: Alert, times: StoreTime) -> str:
    if alert.rule == CAMPAIGN:
        return times.language.say(_CANNOT_FIRE, id=alert.name)
    what = times.language.say(THINGS[alert.rule], id=alert.name)
    return condition_words(what, Condition(alert.state, alert.since_at), times)


def _reason(plan: StorePlan, kind: str, name: str, times: StoreTime) -> str:
    # Of equipment only what was never heard stands here; what broke has an alert of its own.
    condition = Condition(NEVER, None) if kind in THINGS else None
    return cause_words(Cause(kind, name, condition), plan, times)


def _silence(window: AlertSilence, plans: Mapping[str, StorePlan], times: StoreTime) -> SilenceRow:
    name = times.language.gettext("All stores")
    if window.store is not None:
        name = plans[window.store].name if window.store in plans else window.store
    return SilenceRow(window.seq or 0, name, times.zoned(window.until_at), window.made_by)
