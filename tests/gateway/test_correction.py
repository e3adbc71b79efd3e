"""Instants of an unset clock: corrected once time is known, and the past never taken for now meanwhile (SPEC 7, clock_synced)."""

from gateway.batch import Spooled
from gateway.clock import KernelTime
from gateway.correction import Correction
from gateway.presence import PresenceWriter
from protocol.instants import HOUR
from protocol.messages import BeaconPresence, Presence, WireInstant, decode, encode
from tests.fakes.clock import START, ManualClock

MINE, EARLIER = "00c0ffee", "0ddba11d"
NOW = START + 9 * HOUR


class Known:
    def __init__(self, offset: int | None) -> None:
        self.offset = offset

    def offset_ms(self) -> int | None:
        return self.offset


def spooled(boot: str, at: int, *, synced: bool = False) -> Spooled:
    heard = BeaconPresence(
        uuid="8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10",
        major=1,
        minor=11,
        state="present",
        first_at=WireInstant(at - HOUR),
        last_at=WireInstant(at),
        rssi_dbm=-60,
        measured_power_dbm=-59,
        count=9,
    )
    said = Presence(boot=boot, seq=1, sent_at=WireInstant(at), clock_synced=synced, beacons=(heard,))
    return Spooled(1, boot, 1, at, synced, encode(said))


def sent(message: Spooled, offset: int | None) -> tuple[int, int, bool]:
    """Return when it says it was sent, when the beacon was heard last, and whether that is true time."""
    said = decode(Presence, Correction(MINE, START, Known(offset)).payload(message, NOW))
    assert said.beacons[0].last_at - said.beacons[0].first_at == HOUR
    return said.sent_at, said.beacons[0].last_at, said.clock_synced


def test_while_nobody_knows_the_time_a_message_says_how_long_ago_it_was() -> None:
    assert sent(spooled(MINE, START + 5), None) == (NOW, START + 5, False)
    assert sent(spooled(MINE, NOW), None) == (NOW, NOW, False)
    assert sent(spooled(EARLIER, START - 5), None) == (NOW, START - 5, False)


def test_this_runs_instants_move_by_what_its_clock_was_wrong() -> None:
    assert sent(spooled(MINE, START + 5), HOUR) == (START + 5 + HOUR,) * 2 + (True,)


def test_a_run_before_ended_before_this_one_began_and_is_never_called_true() -> None:
    for offset, now in ((HOUR, NOW + HOUR), (0, NOW), (None, NOW)):
        shift = offset or 0
        assert sent(spooled(EARLIER, START - 5), offset) == (now, START - 5 + shift, False)
        assert sent(spooled(EARLIER, START + 9 * HOUR), offset) == (now, START + shift, False)


def test_true_instants_are_left_alone() -> None:
    for boot in (MINE, EARLIER):
        message = spooled(boot, START + 5, synced=True)
        assert Correction(MINE, START, Known(HOUR)).payload(message, NOW) is message.payload


async def test_what_is_said_after_the_kernel_lost_the_time_is_true_all_the_same() -> None:
    clock, synchronised = ManualClock(), [True]
    true_time = KernelTime(clock, lambda: synchronised[0])
    writer = PresenceWriter(EARLIER)
    before = writer.write(clock.now(), [], true_time.offset_ms())
    synchronised[0] = False
    await clock.pass_ms(10 * HOUR)
    after = writer.write(clock.now(), [], true_time.offset_ms())
    assert before is not None
    assert after is not None
    assert (after.clock_synced, after.at - before.at) == (True, 10 * HOUR)
    assert Correction(MINE, START, Known(0)).payload(after, NOW) is after.payload
