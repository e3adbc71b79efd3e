"""`gateway record`: what is heard becomes a trace; strangers and sizes beyond the bound do not."""

import asyncio
import gzip
from pathlib import Path

import pytest

from gateway.radio.simulated import SimulatedRadio
from gateway.recording import record
from gateway.settings import BrokerSettings, Settings
from protocol.frame import build_ibeacon
from protocol.identity import BeaconIdentity
from protocol.topics import GatewayAddress
from protocol.trace import read_trace
from tests.fakes.clock import START, ManualClock

OURS = BeaconIdentity("8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10", 1, 21)
THEIRS = OURS._replace(uuid="00000000-5f4c-4d5f-9f1e-0a6e0b8f2d10")
SETTINGS = Settings(
    GatewayAddress("milan-duomo", "gw-shoes"),
    frozenset({OURS.uuid}),
    Path("unused"),
    BrokerSettings("127.0.0.1", 1883, "nobody"),
)


@pytest.mark.parametrize("name", ["trace.jsonl", "trace.jsonl.gz"])
async def test_a_recording_is_a_trace_of_ours_only(tmp_path: Path, name: str) -> None:
    clock = ManualClock()
    radio = SimulatedRadio(clock)
    path = tmp_path / name
    async with asyncio.TaskGroup() as group:
        done = group.create_task(record(SETTINGS, [radio], path, seconds=60, max_bytes=1_000))
        await clock.settle()
        for n in range(100):
            radio.air(build_ibeacon(OURS, -59), -60 - n % 7)
            radio.air(build_ibeacon(THEIRS, -59), -50)
            await clock.pass_ms(100)
    raw = gzip.decompress(path.read_bytes()) if name.endswith(".gz") else path.read_bytes()
    trace = list(read_trace(raw.splitlines(keepends=True), name))
    assert 0 < len(trace) == done.result() < 10
    assert trace[0] == (START, "gw-shoes", build_ibeacon(OURS, -59), -60)
