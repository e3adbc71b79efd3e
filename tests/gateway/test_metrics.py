"""Prometheus's view of the heartbeat, over a real socket on loopback."""

import asyncio
import json
import socket
from pathlib import Path

import msgspec

from gateway.metrics import render_metrics, serve_metrics
from protocol.messages import Health, decode
from tests.brokers import free_port
from tests.eventually import eventually

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "mqtt.json").read_text())
HEALTH = decode(Health, next(v["payload"] for v in VECTORS["good"] if v["leaf"] == "health").encode())


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def ask(port: int, request: bytes) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer.decode()


async def test_metrics_are_served() -> None:
    port = free_port()

    async def health() -> Health:
        return HEALTH

    async with asyncio.TaskGroup() as group:
        serving = group.create_task(serve_metrics(port, health))
        await eventually(lambda: listens(port))
        good = await ask(port, b"GET /metrics HTTP/1.1\r\n\r\n")
        other = await ask(port, b"GET /etc/passwd HTTP/1.1\r\n\r\n")
        serving.cancel()
    assert good.startswith("HTTP/1.1 200 OK")
    assert "aislecue_gateway_advertisements_per_minute 2990" in good
    assert other.startswith("HTTP/1.1 404")


def test_every_line_is_a_type_or_a_sample_and_the_unknown_is_left_out() -> None:
    lines = render_metrics(HEALTH).splitlines()
    assert 'aislecue_gateway_adapter_hearing{adapter="hci0",path="both"} 1' in lines
    assert 'aislecue_gateway_ignored_advertisements_total{reason="foreign_uuid"} 12' in lines
    assert all(line.startswith(("# TYPE aislecue_gateway_", "aislecue_gateway_")) for line in lines)
    assert not any("faults" in line for line in lines)


def test_what_the_self_test_found_is_a_sample_for_each_path() -> None:
    (adapter,) = HEALTH.adapters
    tested = msgspec.structs.replace(adapter, path_rates={"both": 3_000.0, "active": 290.0})
    lines = render_metrics(msgspec.structs.replace(HEALTH, adapters=(tested,))).splitlines()
    assert 'aislecue_gateway_self_test_frames_per_minute{adapter="hci0",path="both"} 3000' in lines
    assert 'aislecue_gateway_self_test_frames_per_minute{adapter="hci0",path="active"} 290' in lines
