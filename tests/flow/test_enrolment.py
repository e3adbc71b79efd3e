"""A gateway is enrolled by a code: the operator's command, the server's door, the Pi's command, a real broker with TLS."""

import asyncio
import stat
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import uvicorn

from aislecue.cli import main
from firmware_configs.mosquitto import gateway_user
from gateway.errors import BrokerFault
from gateway.link import Will
from gateway.mqtt_session import open_session
from gateway.settings import Settings as PiSettings
from gateway.settings import read_settings
from protocol.instants import SECOND
from protocol.topics import GatewayAddress, Leaf
from store_server.app import create_app
from store_server.clock import WallClock
from store_server.settings import Settings
from store_server.tries import MOST, SPAN_MS
from tests.brokers import free_port
from tests.eventually import eventually
from tests.store_server.shop import TAG_UUID, UUID, furnish
from tests.tls_broker import HOST, TlsMosquitto

HERE = GatewayAddress("milan", "gw-shoes")


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[str]:
    """A server's door on loopback, whose gateways are told of a broker there."""
    data_dir = tmp_path / "data"
    furnish(data_dir / "aislecue.db")
    port = free_port()
    settings = Settings(data_dir=data_dir, port=port, roles=frozenset({"api"}), gateway_broker_host=HOST)
    config = uvicorn.Config(create_app(settings, WallClock()), host=HOST, port=port, log_level="warning")
    running = uvicorn.Server(config)
    running.install_signal_handlers = lambda: None  # type: ignore[attr-defined]  # signals are pytest's
    async with asyncio.TaskGroup() as group:
        group.create_task(running.serve())
        await eventually(lambda: running.started)
        yield f"http://{HOST}:{port}"
        running.should_exit = True


async def ask(*arguments: str) -> int:
    return await asyncio.to_thread(main, ["gateway", *arguments])


async def enrolled(server: str, folder: Path, capsys: pytest.CaptureFixture[str], data: Path) -> PiSettings:
    capsys.readouterr()
    assert await ask("code", "--store", HERE.store, "--gateway", HERE.gateway, "--data-dir", str(data)) == 0
    code = capsys.readouterr().out.strip()
    settings = folder / "gateway.toml"
    assert await ask("enroll", "--server", server, "--code", code, "--settings", str(settings)) == 0
    assert await ask("enroll", "--server", server, "--code", code, "--settings", str(settings)) == 1
    assert "403" in capsys.readouterr().err
    return read_settings(settings, {})


async def test_an_enrolled_gateway_comes_in_until_it_is_revoked(
    server: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, pi = tmp_path / "data", tmp_path / "pi"
    directory = tmp_path / "broker"
    directory.mkdir()
    settings = await enrolled(server, pi, capsys, data)
    assert settings.address == HERE
    assert settings.allowed_uuids == {UUID, TAG_UUID}
    assert settings.config_key is not None
    assert stat.S_IMODE((pi / "gateway.key").stat().st_mode) == 0o600
    assert (settings.broker.host, settings.broker.port, settings.broker.user) == (
        HOST,
        8883,
        gateway_user(HERE),
    )

    broker = TlsMosquitto(directory, folder=data)
    broker.start()
    there = replace(settings.broker, port=broker.port)
    will = Will(HERE.topic(Leaf.STATUS), b'"offline"')
    try:
        async with open_session(there, gateway_user(HERE), will, [HERE.topic(Leaf.CONFIG)]):
            pass
        crl = str(directory / "revoked.crl")
        address = ["--store", HERE.store, "--gateway", HERE.gateway]
        assert await ask("revoke", *address, "--crl", crl, "--data-dir", str(data)) == 0
        broker.reload()
        await eventually(lambda: broker.reloads() == 1)
        with pytest.raises(BrokerFault):
            async with open_session(there, gateway_user(HERE), will, [HERE.topic(Leaf.CONFIG)]):
                pass
    finally:
        broker.stop()


async def test_a_second_enrolment_keeps_what_the_machine_was_told(
    server: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pi = tmp_path / "pi"
    pi.mkdir()
    (pi / "gateway.toml").write_text('store = "old"\nadapters = ["hci1"]\nmetrics_port = 9464\n')
    settings = await enrolled(server, pi, capsys, tmp_path / "data")
    assert (settings.adapters, settings.metrics_port, settings.address) == (("hci1",), 9464, HERE)


async def test_who_guesses_codes_is_not_listened_to_any_more(server: str) -> None:
    guess = {"code": "2222-2222-2222-2222", "csr": "x"}
    async with httpx.AsyncClient(base_url=server) as client:
        answers = [await client.post("/v1/gateway-enrolments", json=guess) for _ in range(MOST + 1)]
    assert [answer.status_code for answer in answers] == [403] * MOST + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= SPAN_MS // SECOND


@pytest.mark.parametrize("address", ["http://example.com", "ftp://127.0.0.1", "https://[", "example.com"])
def test_nobody_is_enrolled_in_the_open(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "gateway.toml"
    assert main(["gateway", "enroll", "--server", address, "--code", "x", "--settings", str(settings)]) == 1
    assert "https://" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


async def test_a_gateway_that_nobody_planned_gets_no_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    furnish(tmp_path / "aislecue.db")
    assert await ask("code", "--store", "milan", "--gateway", "gw-nobody", "--data-dir", str(tmp_path)) == 1
    assert "gw-nobody" in capsys.readouterr().err


async def test_a_brokers_files_are_written(tmp_path: Path) -> None:
    furnish(tmp_path / "aislecue.db")
    out = tmp_path / "broker"
    where = ["--host", "broker.example.com", "--out", str(out), "--data-dir", str(tmp_path)]
    assert await ask("broker", *where) == 0
    assert {one.name for one in out.iterdir()} == {
        "mosquitto.conf",
        "acl",
        "ca.pem",
        "broker.pem",
        "broker.key",
        "revoked.crl",
        "server-1.pem",
        "server-1.key",
    }
    assert stat.S_IMODE((out / "broker.key").stat().st_mode) == 0o600
