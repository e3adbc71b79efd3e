"""What else goes wrong in a shop, on the whole gateway in virtual time: it goes on hearing, or says truly that it does not.

The radio's own faults are in radio/test_faults.py.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.hearing import RADIO_DEAD_MS
from protocol.instants import SECOND
from protocol.topics import Leaf
from tests.eventually import eventually
from tests.gateway.line_rig import MBIT, Rig


@asynccontextmanager
async def started(rig: Rig) -> AsyncIterator[Rig]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(rig.gateway.run())
        await eventually(lambda: rig.gateway.uplink.fault != "not connected yet")  # files open in real time
        yield rig
        task.cancel()


def heard_seqs(rig: Rig) -> list[int]:
    return sorted(told.seq for _, told in rig.line.arrived)


async def test_a_broker_that_is_away_at_the_start_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    rig = Rig(tmp_path, MBIT, audible=2)
    rig.line.cut()
    async with started(rig):
        while rig.gateway.spool.depth() < 60:
            await rig.pass_ms(SECOND)
        assert rig.gateway.faults() == {"broker": "no route to host"}
        assert rig.gateway.status() == "online", "it hears, whoever listens"
        rig.line.mend()
        while rig.gateway.spool.depth() > 1:
            await rig.pass_ms(SECOND)
        assert rig.gateway.faults() == {}
        seqs = heard_seqs(rig)
        assert seqs == list(range(1, seqs[-1] + 1))


async def test_a_card_that_cannot_be_written_is_told_and_presence_goes_on(tmp_path: Path) -> None:
    (tmp_path / "spool.db").mkdir()  # nobody can open that as a file, root neither
    rig = Rig(tmp_path, MBIT, audible=2)
    async with started(rig):
        while len(rig.line.arrived) < 10:
            await rig.pass_ms(SECOND)
        assert "in memory only" in rig.gateway.faults()["spool"]
        assert rig.gateway.status() == "online"
        rig.line.cut()
        await rig.pass_ms(30 * SECOND)
        rig.line.mend()
        while rig.gateway.spool.depth() > 1:
            await rig.pass_ms(SECOND)
        seqs = heard_seqs(rig)
        assert seqs == list(range(1, seqs[-1] + 1)), "an outage while the card is dead lost messages"


async def test_a_decoder_that_raises_makes_it_deaf_and_it_says_so(tmp_path: Path) -> None:
    rig = Rig(tmp_path, MBIT, audible=2)

    class Broken:
        def read(self, *_: object) -> None:
            raise ZeroDivisionError("bug")

    async with started(rig):
        while not rig.line.arrived:
            await rig.pass_ms(SECOND)
        decoder, rig.gateway.decoder = rig.gateway.decoder, Broken()  # type: ignore[assignment]
        await rig.pass_ms(RADIO_DEAD_MS + 5 * SECOND)
        assert rig.gateway.status() == "radio-dead"
        assert rig.line.said[Leaf.STATUS][-1] == b'"radio-dead"'
        assert "ZeroDivisionError" in rig.gateway.faults()["radio simulated"]
        rig.gateway.decoder = decoder
        await rig.pass_ms(60 * SECOND)
        assert rig.gateway.status() == "online"
        assert rig.line.said[Leaf.STATUS][-1] == b'"online"'


async def test_a_card_that_dies_on_the_way_is_told_and_neither_line_nor_health_suffers(
    tmp_path: Path,
) -> None:
    rig = Rig(tmp_path, MBIT, audible=2)
    async with started(rig):
        rig.line.cut()
        while not rig.gateway.spool.size_bytes():
            await rig.pass_ms(SECOND)
        # Every page that is read or written from now on is refused, as by a card that has gone.
        spool = rig.gateway.spool
        await spool._run(lambda: spool._db.execute("DROP TABLE batches"))
        rig.line.mend()
        while not rig.line.arrived:
            await rig.pass_ms(SECOND)
        back_at = rig.line.arrived[0][0]
        told: list[int] = []
        while len(told) < 10:
            await rig.pass_ms(SECOND)
            told = [at - presence.sent_at for at, presence in rig.line.arrived if presence.sent_at > back_at]
        assert "no such table" in rig.gateway.faults()["spool"]
        assert rig.gateway.uplink.connected
        assert max(told) < SECOND, "live presence waits for a dead card"
        before = len(rig.line.said[Leaf.HEALTH])
        await rig.pass_ms(61 * SECOND)
        assert len(rig.line.said[Leaf.HEALTH]) - before >= 2
