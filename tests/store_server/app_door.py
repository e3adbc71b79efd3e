"""The app's door on the small shop: real routes, real database, real engine; requests without a network."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from sqlmodel import update

from protocol.instants import Instant, format_instant
from store_server.db.session import open_database
from store_server.db.tables import Outbox
from store_server.web.api.deps import AppSide
from store_server.web.api.plans import Plans
from store_server.web.api.problems import add_problem_handlers
from store_server.web.api.routers import ROUTERS
from store_server.web.api.watch import InboxWatch
from store_server.web.shopper.page import router as page_router
from tests.store_server.shop import OPENING, SHOES, UUID, Shop, open_shop

RETAILER_KEY = "the-retailer-s-own-key-of-some-length"
PUSH_KEY = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"
EVERYTHING = {"proximity": True, "push": True, "personalisation": True, "analytics": True}


@dataclass
class Door:
    """The shop and a client at its door; `phone` carries the credential of an install."""

    shop: Shop
    side: AppSide
    client: httpx.AsyncClient

    async def phone(self, consent: dict[str, bool] | None = None, **new: Any) -> "Phone":
        """Install an app and give consent."""
        made = await self.client.post("/v1/installs", json={"platform": "reference", **new})
        assert made.status_code == 201, made.text
        phone = Phone(self.client, {"Authorization": f"Bearer {made.json()['credential']}"})
        if consent is not None:
            answer = await phone.put("/v1/consents", json=consent)
            assert answer.status_code == 200, answer.text
        return phone

    async def by_retailer(self, method: str, path: str, body: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {RETAILER_KEY}"}
        return await self.client.request(method, path, json=body, headers=headers)


@dataclass
class Phone:
    """One install."""

    client: httpx.AsyncClient
    headers: dict[str, str]

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self._ask("GET", path, **more)

    async def post(self, path: str, **more: Any) -> httpx.Response:
        return await self._ask("POST", path, **more)

    async def put(self, path: str, **more: Any) -> httpx.Response:
        return await self._ask("PUT", path, **more)

    async def delete(self, path: str, **more: Any) -> httpx.Response:
        return await self._ask("DELETE", path, **more)

    async def shopper(self) -> str:
        return str((await self.get("/v1/me")).json()["shopper"])

    async def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {**self.headers, **more.pop("headers", {})}
        return await self.client.request(method, path, headers=headers, **more)


@asynccontextmanager
async def open_door(database: Path, now: Instant = OPENING) -> AsyncIterator[Door]:
    """Open the door of a furnished shop."""
    async with open_shop(database, now) as shop:
        engine = open_database(database)
        ids, secrets = itertools.count(1), itertools.count(1)
        side = AppSide(
            engine=engine,
            clock=shop.clock,
            new_id=lambda: f"id-{next(ids)}",
            new_secret=lambda: f"secret-{next(secrets)}",
            take_sightings=shop.engine.take_sightings,
            plans=Plans(engine),
            watch=InboxWatch(engine, shop.clock),
            vapid_public_key=PUSH_KEY,
            allow_loopback_push=True,
            retailer_key=RETAILER_KEY,
        )
        app = FastAPI()
        app.state.app_side = side
        add_problem_handlers(app)
        for router in (*ROUTERS, page_router):
            app.include_router(router)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://store.test") as client:
            yield Door(shop, side, client)
        engine.dispose()


def enter(one: str = "e", at: int = OPENING, minor: int = SHOES, **more: Any) -> dict[str, Any]:
    return {
        "id": one,
        "at": format_instant(at),
        "uuid": UUID,
        "major": 1,
        "minor": minor,
        "kind": "enter",
        **more,
    }


async def with_message(door: Door) -> tuple[Phone, str]:
    """Return a phone that got a message, and the message."""
    phone = await door.phone(EVERYTHING)
    await phone.post("/v1/sightings", json={"sightings": [enter()]})
    await door.shop.go(93)
    door.shop.write(accept_all)
    return phone, (await phone.get("/v1/inbox")).json()["messages"][0]["id"]


def accept_all(session: Any) -> None:
    session.exec(
        update(Outbox).values(state="accepted", accepted_at=OPENING + 93_000, changed_at=OPENING + 93_000)
    )
