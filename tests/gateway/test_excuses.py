"""A tag that leaves is lost in its time, however rarely the chip reports; a deaf radio loses nobody."""

from pathlib import Path

import pytest

from protocol.frame import build_ibeacon
from protocol.identity import BeaconIdentity
from protocol.instants import SECOND, Instant
from tests.gateway.line_rig import MBIT, Rig, running
from tests.store_server.shop import UUID

TAG = BeaconIdentity(UUID, 9, 1)
STEP_MS = 500
BURST_MS = 10_500
"""How often a chip that filters doubles reports each beacon (FIELD-NOTES)."""


async def bursts(rig: Rig, span_ms: Instant, *, with_tag: bool, every_ms: Instant = BURST_MS) -> None:
    for at in range(0, span_ms, STEP_MS):
        if at % every_ms == 0:
            for frame in [*rig.frames, *([build_ibeacon(TAG, -59)] if with_tag else [])]:
                rig.radio.air(frame, -60)
        await rig.clock.pass_ms(STEP_MS)
        await rig.gateway.spool.oldest_at()
        await rig.clock.settle()


def lost(rig: Rig) -> list[BeaconIdentity]:
    return [one.identity for _, told in rig.line.arrived for one in told.beacons if one.state == "lost"]


@pytest.mark.parametrize("every_ms", [1 * SECOND, 5 * SECOND, BURST_MS])
async def test_a_tag_that_leaves_is_lost_within_75_s(tmp_path: Path, every_ms: Instant) -> None:
    rig = Rig(tmp_path, MBIT, 10)
    async with running(rig):
        rig.frames[:] = [build_ibeacon(BeaconIdentity(UUID, 1, minor), -59) for minor in range(1, 11)]
        await bursts(rig, 147_000, with_tag=True, every_ms=every_ms)
        assert lost(rig) == []
        await bursts(rig, 84_000, with_tag=False, every_ms=every_ms)
        assert lost(rig) == [TAG]


async def test_a_radio_that_is_deaf_for_minutes_loses_nobody(tmp_path: Path) -> None:
    rig = Rig(tmp_path, MBIT, 10)
    async with running(rig):
        await bursts(rig, 21_000, with_tag=True, every_ms=SECOND)
        for _ in range(300):
            await rig.clock.pass_ms(SECOND)
            await rig.gateway.spool.oldest_at()
        await bursts(rig, 21_000, with_tag=True, every_ms=SECOND)
        assert lost(rig) == []
