"""The whole server in one process: its doors, its tasks, its errors, its refusal to be exposed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from protocol.errors import BadInput
from protocol.instants import format_instant
from store_server.app import Server, create_app
from store_server.settings import Settings, read_settings
from tests.eventually import eventually
from tests.fakes.clock import ManualClock
from tests.store_server.shop import OPENING, SHOES, UUID, furnish, read_rows


@asynccontextmanager
async def open_app(
    settings: Settings, clock: ManualClock
) -> AsyncIterator[tuple[FastAPI, httpx.AsyncClient]]:
    app = create_app(settings, clock)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
            yield app, client


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    furnish(tmp_path / "aislecue.db", shoppers=())
    return Settings(data_dir=tmp_path)


async def installed(client: httpx.AsyncClient) -> dict[str, str]:
    made = await client.post("/v1/installs", json={"platform": "android"})
    assert made.status_code == 201, made.text
    headers = {"Authorization": f"Bearer {made.json()['credential']}"}
    given = await client.put("/v1/consents", json={"proximity": True, "push": True}, headers=headers)
    assert given.status_code == 200, given.text
    return headers


def enter(one: str) -> dict[str, Any]:
    return {
        "id": one,
        "at": format_instant(OPENING),
        "uuid": UUID,
        "major": 1,
        "minor": SHOES,
        "kind": "enter",
    }


async def test_a_region_enter_by_http_becomes_a_decision_when_its_dwell_is_due(settings: Settings) -> None:
    clock = ManualClock(OPENING)
    async with open_app(settings, clock) as (_, client):
        headers = await installed(client)
        taken = await client.post(
            "/v1/sightings", json={"sightings": [enter("a"), enter("a")]}, headers=headers
        )
        assert (taken.status_code, taken.json()) == (202, {"accepted": 1, "ignored": {"duplicate": 1}})

        def decisions() -> list[tuple[Any, ...]]:
            return read_rows(settings.database, "SELECT campaign, outcome, at - ? FROM decision", OPENING)

        for second in range(1, 94):
            clock.go(OPENING + second * 1000)
            await asyncio.sleep(0)
        await eventually(decisions)
        assert decisions() == [("help", "send", 92_000)]


async def test_what_is_wrong_is_said_as_a_problem_with_its_path(settings: Settings) -> None:
    async with open_app(settings, ManualClock(OPENING)) as (_, client):
        headers = await installed(client)
        wrong = {**enter("a"), "at": "yesterday"}
        answer = await client.post("/v1/sightings", json={"sightings": [enter("b"), wrong]}, headers=headers)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["errors"][0]["path"].startswith("sightings[1]")
        nowhere = await client.get("/v1/nowhere")
        assert nowhere.headers["content-type"] == "application/problem+json"
        assert read_rows(settings.database, "SELECT * FROM sighting") == []


async def test_the_reference_loads_nothing_from_elsewhere(settings: Settings) -> None:
    async with open_app(settings, ManualClock(OPENING)) as (_, client):
        page = (await client.get("/docs")).text
        assert "POST /v1/sightings" in page
        assert "https:" not in page
        assert "<script" not in page


async def test_a_task_that_ends_stops_the_server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("store_server.engine.engine.Engine.run", fail)
    servers: list[Server] = []

    async def serve() -> None:
        async with open_app(settings, ManualClock(OPENING)) as (app, _):
            servers.append(app.state.server)
            await asyncio.Event().wait()

    with pytest.raises(BaseExceptionGroup):
        await serve()
    assert servers[0].failed.is_set()


async def test_without_accounts_nobody_is_listened_to_beyond_this_machine(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="AISLECUE_HOST"):
        async with open_app(Settings(data_dir=tmp_path, host="0.0.0.0"), ManualClock(OPENING)):
            pass


def test_settings_come_from_the_environment_and_the_command_line_wins() -> None:
    settings = read_settings(
        {"AISLECUE_PORT": "9000", "AISLECUE_ROLES": "api, intake", "HOME": "x"}, port=9001
    )
    assert settings.port == 9001
    assert settings.public_url == "http://127.0.0.1:9001"
    assert settings.roles == {"api", "intake"}


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"AISLECUE_PORT": "many"}, "AISLECUE_PORT"),
        ({"AISLECUE_PROT": "1"}, "AISLECUE_PROT"),
        ({"AISLECUE_ROLES": "api,cook"}, "AISLECUE_ROLES"),
        ({"AISLECUE_ROLES": "api,cook"}, "^AISLECUE_ROLES: expected 'api', 'intake', .*, got 'cook'$"),
        ({"AISLECUE_MQTT_HOST": "broker.example"}, "AISLECUE_MQTT_CA_FILE"),
    ],
)
def test_a_setting_that_is_wrong_is_named(environ: dict[str, str], named: str) -> None:
    with pytest.raises(BadInput, match=named):
        read_settings(environ)


def test_a_setting_that_is_wrong_does_not_give_away_a_secret() -> None:
    secrets = {
        "AISLECUE_RETAILER_KEY": "sesame",
        "AISLECUE_MQTT_PASSWORT": "sesame",
        "AISLECUE_MQTT_HOST": "x",
    }
    with pytest.raises(BadInput) as refused:
        read_settings(secrets)
    with pytest.raises(BadInput) as beyond:
        read_settings({"AISLECUE_MQTT_HOST": "x", "AISLECUE_MQTT_PASSWORD": "sesame"})
    assert "sesame" not in f"{refused.value}{beyond.value}"
