"""The console's pages under one router; the composition root mounts what `console_router` returns."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.routing import Match
from starlette.types import Scope

from protocol.clock import Clock
from store_server.db.scope import narrow
from store_server.ids import new_secret
from store_server.news import News
from store_server.web.console import pages_frame
from store_server.web.console.accounts import pages_account, pages_accounts
from store_server.web.console.accounts.accounts import NewSecret
from store_server.web.console.accounts.gate import HOME, admit
from store_server.web.console.accounts.store_gate import refuse_elsewhere
from store_server.web.console.campaigns import (
    pages_calendar,
    pages_campaigns,
    pages_changes,
    pages_coupons,
    pages_last_week,
    pages_review,
    pages_revisions,
)
from store_server.web.console.campaigns.counting import Counting
from store_server.web.console.decisions import pages_decisions
from store_server.web.console.desk import Desk, Reach, build_environments
from store_server.web.console.editor import pages_editor, pages_editor_new
from store_server.web.console.fleet import (
    pages_alerts,
    pages_bundles,
    pages_enrolment,
    pages_fleet,
    pages_gateway,
)
from store_server.web.console.floor import (
    pages_check_in_codes,
    pages_hours,
    pages_live,
    pages_picture,
    pages_plan,
)
from store_server.web.console.phone import pages_own_phone, pages_phone
from store_server.web.console.places import pages_places, pages_stores
from store_server.web.design.assets import load_assets
from store_server.web.design.language import load_languages

ASSETS = f"{HOME}/assets"
LOCAL = Reach()
"""Nobody said by which names the server and its broker are found."""


def build_desk(
    engine: Engine,
    clock: Clock,
    fresh: NewSecret = new_secret,
    reach: Reach = LOCAL,
    *,
    review: bool = False,
    messages: News | None = None,
) -> Desk:
    """Read templates, languages and assets once."""
    languages = load_languages()
    environments = build_environments(languages)
    return Desk(
        engine,
        clock,
        load_assets(ASSETS),
        languages,
        environments,
        fresh,
        Counting(engine, clock),
        reach=reach,
        review=review,
        messages=messages or News(),
    )


def console_router(
    engine: Engine,
    clock: Clock,
    fresh: NewSecret = new_secret,
    reach: Reach = LOCAL,
    *,
    review: bool = False,
    messages: News | None = None,
) -> APIRouter:
    """Return the console's routes; with `review`, what goes live needs a second person."""
    desk = build_desk(engine, clock, fresh, reach, review=review, messages=messages)
    router = APIRouter(prefix=HOME, include_in_schema=False, route_class=_page_route(desk))
    for pages in (
        pages_frame,
        pages_account,
        pages_own_phone,
        pages_phone,
        pages_accounts,
        pages_alerts,
        pages_enrolment,
        pages_fleet,
        pages_gateway,
        pages_bundles,
        pages_editor_new,
        pages_editor,
        pages_changes,
        pages_last_week,
        pages_calendar,
        pages_review,
        pages_revisions,
        pages_coupons,
        pages_campaigns,
        pages_decisions,
        pages_hours,
        pages_check_in_codes,
        pages_picture,
        pages_plan,
        pages_places,
        pages_stores,
        pages_live,
    ):
        pages.add_routes(router, desk)

    pages_and_forms = [route for route in router.routes if isinstance(route, APIRoute)]

    @router.get("/{path:path}")
    def nowhere(request: Request, path: str) -> Response:
        page = _page_above(pages_and_forms, request.scope)
        if page is None:
            raise HTTPException(404, path)
        return RedirectResponse(page, status_code=303)

    return router


def _page_above(routes: Sequence[APIRoute], scope: Scope) -> str | None:
    """Return the page whose form posts to an address, which a refused form leaves in the browser; None where none does."""
    path, above = scope["path"], None
    if _answers(routes, {**scope, "method": "POST"}):
        while above is None and path.startswith(f"{HOME}/"):
            path = path.rpartition("/")[0]
            above = path if _answers(routes, {**scope, "path": path}) else None
    return above


def _answers(routes: Sequence[APIRoute], scope: Scope) -> bool:
    return any(route.matches(scope)[0] is Match.FULL for route in routes)


def _is_form(request: Request) -> bool:
    kind = request.headers.get("content-type", "")
    return request.method == "POST" and kind.startswith("application/x-www-form-urlencoded")


def _page_route(desk: Desk) -> type[APIRoute]:
    """Return a route class that answers people: what goes wrong is said on a page of ours, in their language."""

    class PageRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def handle_or_explain(request: Request) -> Response:
                try:
                    admitted = await run_in_threadpool(admit, request, desk.engine, desk.clock.now())
                    if isinstance(admitted, Response):
                        return admitted
                    request.state.person = admitted
                    narrow(admitted.stores if admitted else None)
                    if admitted is not None:
                        await run_in_threadpool(refuse_elsewhere, desk, request, admitted)
                    return await handle(request)
                except HTTPException as problem:
                    if problem.status_code == 401 and _is_form(request):
                        return await pages_accounts.sign_in_first(desk, request)
                    return pages_frame.problem_page(desk, request, problem.status_code)
                except RequestValidationError:
                    return pages_frame.problem_page(desk, request, 422)

            return handle_or_explain

    return PageRoute
