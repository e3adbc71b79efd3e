"""The composition root: one process of the store server, its parts and its tasks (ARCHITECTURE, law 4)."""

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from fastapi import FastAPI, Request
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy import Engine as Database
from sqlmodel import func, select

from protocol.clock import Clock
from protocol.errors import BadInput, Problem
from protocol.instants import HOUR, Instant
from store_server.clock import WallClock
from store_server.db.migrate import upgrade
from store_server.db.session import open_database, reading
from store_server.db.tables import Account
from store_server.delivery.dispatch import Dispatcher
from store_server.delivery.vapid import Vapid, open_vapid
from store_server.delivery.webpush import WebPush, new_client
from store_server.engine.engine import Engine
from store_server.fleet.alerts import Telling, Watching
from store_server.fleet.revocation import keep_revocations
from store_server.fleet.silence import mark_silent_gateways
from store_server.fleet_side import open_fleet_side
from store_server.ids import NewId, new_id, new_secret
from store_server.intake.broker import Broker
from store_server.intake.door import MqttDoor
from store_server.intake.tags import TagZones
from store_server.jobs import Jobs
from store_server.news import News
from store_server.rules import RunningRules
from store_server.settings import Settings
from store_server.store.port import Transaction
from store_server.store.sqlite import SqliteStore
from store_server.tries import Tries
from store_server.web.api import gateway_enrolments, reference
from store_server.web.api.body_limit import BodyLimit
from store_server.web.api.deps import AppSide
from store_server.web.api.gateway_enrolments import EnrolmentDesk
from store_server.web.api.phones import keep_counting
from store_server.web.api.plans import Plans
from store_server.web.api.problems import add_problem_handlers, problem
from store_server.web.api.routers import ROUTERS
from store_server.web.api.watch import InboxWatch
from store_server.web.console.accounts.accounts import invite_owner
from store_server.web.console.desk import Reach
from store_server.web.console.router import console_router
from store_server.web.design.language import load_languages
from store_server.web.pictures import LARGEST_UPLOAD
from store_server.web.shopper import page

Task: TypeAlias = Callable[[], Coroutine[Any, Any, NoReturn]]
SMALL_ANSWER_BYTES = 1_000
"""It fits into one packet as it is; event streams are never compressed, for they would arrive in lumps."""

LARGER_BODIES = {"/plan/picture": 2 * LARGEST_UPLOAD}
"""Picture of a floor plan: what is a little too large is told so on its page, in the person's language."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Server:
    """A running server's parts, under `app.state.server`; `failed` is set where one of its tasks ended by itself."""

    settings: Settings
    clock: Clock
    database: Database
    store: SqliteStore
    engine: Engine
    failed: asyncio.Event = field(default_factory=asyncio.Event)


def create_app(settings: Settings, clock: Clock | None = None, fresh_id: NewId = new_id) -> FastAPI:
    """Return the application; its lifespan opens the database, runs the roles' tasks and closes everything."""
    the_clock = clock or WallClock()
    database, messages = open_database(settings.database), News()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with _running(app, settings, the_clock, database, fresh_id, messages):
            yield

    app = FastAPI(title="AisleCue", version="1", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.add_middleware(BodyLimit, larger=LARGER_BODIES)
    app.add_middleware(GZipMiddleware, minimum_size=SMALL_ANSWER_BYTES)
    add_problem_handlers(app)
    app.add_exception_handler(Exception, _our_fault)
    if "api" in settings.roles:
        _mount(app, settings, database, the_clock, messages)
    return app


def _mount(app: FastAPI, settings: Settings, database: Database, clock: Clock, messages: News) -> None:
    # Where another process is the scheduler, that one knows the addresses.
    alerts_sent = bool(settings.alert_urls) or "scheduler" not in settings.roles
    reach = Reach(settings.public_url, settings.gateway_broker_host, alerts_sent)
    for router in (
        *ROUTERS,
        gateway_enrolments.router,
        reference.router,
        page.router,
        console_router(database, clock, reach=reach, review=settings.review, messages=messages),
    ):
        app.include_router(router)

    @app.get("/", include_in_schema=False)
    def home() -> RedirectResponse:
        return RedirectResponse("/console")


def _our_fault(_request: Request, _fault: Exception) -> JSONResponse:
    return problem(500, "Something went wrong here. It is in the server's log.")


@asynccontextmanager
async def _running(
    app: FastAPI, settings: Settings, clock: Clock, database: Database, fresh_id: NewId, messages: News
) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        stack.callback(database.dispose)
        await asyncio.to_thread(upgrade, database)
        _refuse_exposure(settings, database)
        if "api" in settings.roles:
            await asyncio.to_thread(_invite_owner, settings, database, clock)
        vapid = open_vapid(settings.data_dir, settings.push_contact)
        store = await stack.enter_async_context(SqliteStore(settings.database))
        rules = RunningRules()
        tags = TagZones(rules)

        def first(tx: Transaction, now: Instant) -> None:
            mark_silent_gateways(tx, now)
            tags.settle(tx, now)

        engine = Engine(store, rules, clock, fresh_id, first, messages)
        server = app.state.server = Server(settings, clock, database, store, engine)
        side = app.state.app_side = _app_side(server, vapid, fresh_id)
        app.state.enrolment = _enrolment_desk(server)
        tasks: dict[str, Task] = {}
        if "api" in settings.roles:
            tasks["inbox watch"] = side.watch.run
            tasks["phone counts"] = partial(keep_counting, side.phones, database, clock, settings.worker)
        if "intake" in settings.roles:
            tasks["engine"] = engine.run
            if settings.mqtt_host is not None:
                where = _broker(settings, settings.mqtt_host)
                fleet = open_fleet_side(database, settings.data_dir, clock, where)
                tasks["mqtt"] = MqttDoor(store, rules, tags, clock, where, fleet).run
            if (crl := settings.mqtt_crl_file) is not None:
                tasks["revocations"] = partial(keep_revocations, database, settings.data_dir, crl, clock)
        if "delivery" in settings.roles:
            client = await stack.enter_async_context(new_client())
            webpush = WebPush(client, vapid, settings.push_allow_loopback)
            dispatcher = Dispatcher(database, clock, {"push": [webpush]}, messages, settings.worker)
            tasks["delivery"] = dispatcher.run
        if "scheduler" in settings.roles:
            watching = Watching(partial(_free_bytes, settings.data_dir), settings.alert_unsent_hours)
            telling = _telling(settings)
            tasks["jobs"] = Jobs(database, store, clock, settings.worker, telling, watching).run
        await stack.enter_async_context(_tasks(tasks, server.failed))
        yield


@asynccontextmanager
async def _tasks(work: dict[str, Task], failed: asyncio.Event) -> AsyncIterator[None]:
    """Run named tasks for as long as the context lasts; none ends before without all ending."""
    try:
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(run(), name=name) for name, run in work.items()]
            yield
            for task in running:
                task.cancel()
    except BaseExceptionGroup:
        log.critical("a part of the server failed: it stops", exc_info=True)
        failed.set()
        raise


def _app_side(server: Server, vapid: Vapid, fresh_id: NewId) -> AppSide:
    return AppSide(
        engine=server.database,
        clock=server.clock,
        new_id=fresh_id,
        new_secret=new_secret,
        take_sightings=server.engine.take_sightings,
        plans=Plans(server.database),
        watch=InboxWatch(server.database, server.clock),
        vapid_public_key=vapid.public_key,
        allow_loopback_push=server.settings.push_allow_loopback,
        retailer_key=server.settings.retailer_key,
        new_installs=Tries(server.settings.installs_per_hour, HOUR),
    )


def _enrolment_desk(server: Server) -> EnrolmentDesk:
    settings = server.settings
    return EnrolmentDesk(
        server.database,
        server.clock,
        settings.data_dir,
        settings.gateway_broker_host,
        settings.gateway_broker_port,
    )


def _broker(settings: Settings, host: str) -> Broker:
    return Broker(
        host,
        settings.mqtt_port,
        settings.worker,
        settings.mqtt_username,
        settings.mqtt_password,
        settings.mqtt_ca_file,
        settings.mqtt_cert_file,
        settings.mqtt_key_file,
    )


def _invite_owner(settings: Settings, database: Database, clock: Clock) -> None:
    """Say where the first account is made, for as long as there is none."""
    code = new_secret()
    if invite_owner(database, code, clock.now()):
        log.info(
            "no accounts yet; the owner's is made at %s/console/welcome?code=%s", settings.public_url, code
        )


def _telling(settings: Settings) -> Telling | None:
    if not settings.alert_urls:
        return None
    # Loading apprise takes a tenth of a second that a server without alerts saves.
    from store_server.fleet.apprise_services import AppriseServices

    return Telling(AppriseServices(settings.alert_urls), load_languages()[settings.language])


def _free_bytes(data_dir: Path) -> int:
    return shutil.disk_usage(data_dir).free


def _refuse_exposure(settings: Settings, database: Database) -> None:
    """Keep to loopback while anybody who reaches the pages may do anything. Raises BadInput."""
    if not settings.listens_beyond_loopback:
        return
    with reading(database) as session:
        accounts = session.exec(select(func.count()).select_from(Account)).one()
    if not accounts:
        expected = "127.0.0.1, or an account first, by the link that the server logs there"
        raise BadInput(Problem("AISLECUE_HOST", None, expected, settings.host))
