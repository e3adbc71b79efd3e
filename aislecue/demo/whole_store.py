"""The composition: broker, push service, store server, gateways and phones in one process, each the real thing behind its port."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import httpx

from aislecue.demo.broker import BrokerDoor, open_broker
from aislecue.demo.crowd import Visitor, colleagues, visitors
from aislecue.demo.gateways import Fleet, running_gateways
from aislecue.demo.hour import Store
from aislecue.demo.network import AnswerTimes, PatchyNetwork
from aislecue.demo.push_service import PushService
from aislecue.demo.sample import SampleStore
from aislecue.demo.settling import until_none
from aislecue.demo.shopper import Shopper
from aislecue.demo.web import HOST, listen, serving, url
from aislecue.demo.world import World
from protocol.clock import Clock
from protocol.instants import SECOND, Instant
from store_server.app import create_app
from store_server.applying import File, apply_campaigns, apply_plans
from store_server.db.migrate import upgrade
from store_server.db.session import open_database, writing
from store_server.settings import Settings

APPLIED_BY = "demo"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked of the demo."""

    shoppers: int
    seed: int
    port: int = 0
    hours: int = 1
    presence_every_ms: Instant = 8 * SECOND
    """How often gateways tell what they hear: SPEC 7 allows once in 1 to 10 s."""


@dataclass(frozen=True, slots=True)
class WholeStore:
    """Everything that runs, and where to look at it."""

    url: str
    database: Path
    fleet: Fleet
    shoppers: list[Shopper]
    store: Store
    answers: AnswerTimes
    push_service: PushService


@asynccontextmanager
async def whole_store(
    sample: SampleStore, wish: Wish, folder: Path, clock: Clock
) -> AsyncIterator[WholeStore]:
    """Open the store at the clock's instant; it closes, in order, when the context ends."""
    random = Random(wish.seed)  # noqa: S311  # walks and radio, no secret
    start = clock.now()
    async with AsyncExitStack() as stack:
        bound = listen(wish.port)
        stack.callback(bound.close)
        door = await stack.enter_async_context(open_broker())
        push_service = await _open_push_service(stack, clock)
        settings = _settings(folder, url(bound), bound.getsockname()[1], door)
        furnish(settings, sample, start)
        await stack.enter_async_context(serving(create_app(settings, clock), bound))
        await until_none(door.unheard)  # what a gateway says to nobody comes again only half a minute later
        gateways = running_gateways(sample.plan, door, folder, clock, random, wish.presence_every_ms)
        fleet = await stack.enter_async_context(gateways)
        await until_none(fleet.connecting)
        people = visitors(start, wish.hours, wish.shoppers, random)
        answers = AnswerTimes(await stack.enter_async_context(httpx.AsyncHTTPTransport()))
        shoppers = await _open_shoppers(stack, people, url(bound), answers, clock, random)
        world = World(sample.plan, people, colleagues(start, wish.hours, random), random)
        store = Store(world, fleet.radios, shoppers, push_service)
        yield WholeStore(url(bound), settings.database, fleet, shoppers, store, answers, push_service)


async def _open_push_service(stack: AsyncExitStack, clock: Clock) -> PushService:
    bound = listen()
    stack.callback(bound.close)
    service = PushService(clock, url(bound))
    await stack.enter_async_context(serving(service.app, bound))
    return service


async def _open_shoppers(
    stack: AsyncExitStack,
    people: Sequence[Visitor],
    base_url: str,
    answers: AnswerTimes,
    clock: Clock,
    random: Random,
) -> list[Shopper]:
    shoppers = []
    for visitor in people:
        network = PatchyNetwork(answers, clock, visitor.offline)
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=base_url, transport=network))
        shoppers.append(Shopper(visitor, http, network, clock, Random(random.random())))  # noqa: S311
    return shoppers


def _settings(folder: Path, address: str, port: int, door: BrokerDoor) -> Settings:
    return Settings(
        installs_per_hour=0,  # every shopper here comes from this machine
        data_dir=folder / "server",
        host=HOST,
        port=port,
        public_url=address,
        mqtt_host=door.host,
        mqtt_port=door.port,
        mqtt_username=door.username,
        mqtt_password=door.password,
        push_allow_loopback=True,
    )


def furnish(settings: Settings, sample: SampleStore, now: Instant) -> None:
    """Make the database and apply the sample's plan and campaigns, as first revisions."""
    engine = open_database(settings.database)
    upgrade(engine)
    with writing(engine) as session:
        apply_plans(session, [File("plan.yaml", sample.plan_text)], APPLIED_BY, now)
        files = [File(f"{campaign}.yaml", text) for campaign, text in sample.campaigns.items()]
        apply_campaigns(session, files, APPLIED_BY, now)
    engine.dispose()
