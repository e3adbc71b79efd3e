"""Twelve hours without internet, then the line is back: drained beside live messages, which stay first. Virtual time."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from gateway.batch import Spooled
from gateway.keeping import SETTLE_AFTER_MS
from gateway.presence import AT_LEAST_EVERY_MS
from gateway.service import SPARE_AFTER_MS, SPOOL_FILE
from gateway.spool import Spool
from protocol.identity import BeaconIdentity
from protocol.instants import HOUR, MINUTE, SECOND, Instant
from protocol.messages import BeaconPresence, Presence, WireInstant, encode
from store_server.intake.presence import Arrived, take_presence
from store_server.rules import RunningRules
from store_server.store.port import Transaction
from store_server.store.rows import GatewayKey
from tests.fakes.clock import START
from tests.gateway.line_rig import HERE, MBIT, Rig, beacons, running
from tests.store_server.shop import furnish, open_shop

BEFORE = "0ddba11d"
OFFLINE_MS = 12 * HOUR
DRAINED_WITHIN_MS = 10 * MINUTE
LIVE_WITHIN_MS = 2 * SECOND


async def fill(folder: Path, every_ms: Instant, audible: int) -> int:
    """Leave the spool of a run that told every so often for twelve hours and reached nobody."""
    spool = await Spool(folder / SPOOL_FILE).open()
    heard = beacons(audible)
    count = OFFLINE_MS // every_ms
    for seq in range(1, count + 1):
        at = START - OFFLINE_MS + seq * every_ms - MINUTE
        await spool.hold(Spooled(0, BEFORE, seq, at, True, encode(_said(seq, at, heard))), at)
        if seq * every_ms // SETTLE_AFTER_MS > (seq - 1) * every_ms // SETTLE_AFTER_MS:
            await spool.settle(None)
    await spool.close()
    return count


def _said(seq: int, at: Instant, heard: Iterable[BeaconIdentity]) -> Presence:
    entries = tuple(
        BeaconPresence(
            uuid=one.uuid,
            major=one.major,
            minor=one.minor,
            state="present",
            first_at=WireInstant(START - OFFLINE_MS),
            last_at=WireInstant(at),
            rssi_dbm=-90,
            measured_power_dbm=-59,
            count=seq,
        )
        for one in heard
    )
    return Presence(boot=BEFORE, seq=seq, sent_at=WireInstant(at), clock_synced=True, beacons=entries)


@pytest.mark.timeout(300)  # hours of messages, each through a real spool
@pytest.mark.parametrize(
    ("every_ms", "audible", "bytes_per_s"),
    [(SECOND, 1, 4 * MBIT), (AT_LEAST_EVERY_MS, 12, MBIT)],
    ids=["told each second", "told as seldom as may be, a narrow line"],
)
async def test_half_a_day_is_drained_in_minutes_and_live_messages_do_not_wait(
    tmp_path: Path, every_ms: Instant, audible: int, bytes_per_s: int
) -> None:
    backlog = await fill(tmp_path, every_ms, audible)
    async with running(Rig(tmp_path, bytes_per_s, audible)) as rig:
        assert rig.gateway.spool.depth() >= backlog
        while rig.clock.now() - START < DRAINED_WITHIN_MS and rig.gateway.spool.depth() > 1:
            await rig.pass_ms(SECOND)
        assert rig.clock.now() - START < DRAINED_WITHIN_MS, rig.gateway.spool.depth()
        assert rig.gateway.spool.dropped() == {}
        arrived = [told.seq for _, told in rig.line.arrived if told.boot == BEFORE]
        assert set(arrived) == set(range(1, backlog + 1))
        assert len(arrived) < backlog * 1.01, "sent again and again"
        assert max(rig.delays()) < LIVE_WITHIN_MS
        assert len(rig.delays()) >= (rig.clock.now() - START) // SECOND - 2, "live messages are missing"
        print(f"drained in {(rig.clock.now() - START) / SECOND:.0f} s, live within {max(rig.delays())} ms")
    if every_ms == AT_LEAST_EVERY_MS:
        await _never_older(tmp_path / "server.db", rig.line.arrived)


async def _never_older(path: Path, arrived: list[tuple[Instant, Presence]]) -> None:
    """Let the server take the messages as they came: what it knows of a beacon only gets newer."""
    furnish(path)
    async with open_shop(path) as shop:
        rules = RunningRules()
        newest: dict[BeaconIdentity, Instant] = {}
        for first in range(0, len(arrived), 100):
            batch = [Arrived(HERE, told) for _, told in arrived[first : first + 100]]
            now = arrived[first][0]

            def work(
                tx: Transaction, batch: list[Arrived] = batch, now: Instant = now
            ) -> dict[BeaconIdentity, Instant]:
                take_presence(tx, rules.current(tx), batch, now)
                return {one: row.last_at for one, row in tx.presence_of(GatewayKey(*HERE)).items()}

            known = await shop.store.transact(work)
            assert all(known[one] >= before for one, before in newest.items())
            newest = known
        assert min(newest.values()) >= arrived[-1][0] - MINUTE


async def test_without_the_server_presence_is_said_as_seldom_as_may_be_and_each_second_again_after(
    tmp_path: Path,
) -> None:
    async with running(Rig(tmp_path, MBIT, 3)) as rig:
        await rig.pass_ms(10 * SECOND)
        rig.line.cut()
        await rig.pass_ms(SPARE_AFTER_MS, SECOND)
        told = rig.gateway.told
        await rig.pass_ms(80 * SECOND, SECOND)
        assert 10 <= rig.gateway.told - told <= 11
        rig.line.mend()
        await rig.pass_ms(2 * MINUTE, SECOND)
        await rig.pass_ms(10 * SECOND)
        assert rig.gateway.spool.depth() <= 1
        told = rig.gateway.told
        await rig.pass_ms(10 * SECOND)
        assert rig.gateway.told - told == 10
