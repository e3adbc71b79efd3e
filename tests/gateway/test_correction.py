"""Instants of an unset clock: corrected once time is known, and never taken for now meanwhile (SPEC 7, clock_synced)."""

from gateway.correction import Correction
from gateway.spool import Spooled
from protocol.messages import Presence, WireInstant, decode, encode
from tests.fakes.clock import START

MINE, EARLIER = "00c0ffee", "0ddba11d"
HOUR = 3_600_000


class Known:
    def __init__(self, offset: int | None) -> None:
        self.offset = offset

    def offset_ms(self) -> int | None:
        return self.offset


def spooled(boot: str, at: int, *, synced: bool = False) -> Spooled:
    presence = Presence(boot=boot, seq=1, sent_at=WireInstant(at), clock_synced=synced, beacons=())
    return Spooled(1, boot, 1, at, synced, encode(presence))


def instant(payload: bytes | None) -> tuple[int, bool]:
    assert payload is not None
    presence = decode(Presence, payload)
    return presence.sent_at, presence.clock_synced


def test_while_nobody_knows_the_time_only_what_is_live_goes_out() -> None:
    correction = Correction(MINE, START, Known(None))
    assert instant(correction.live(spooled(MINE, START + 5))) == (START + 5, False)
    assert correction.backlog(spooled(MINE, START + 5)) is None
    assert correction.backlog(spooled(EARLIER, START + 5)) is None
    assert instant(correction.backlog(spooled(EARLIER, START, synced=True))) == (START, True)


def test_this_runs_instants_move_by_what_its_clock_was_wrong() -> None:
    correction = Correction(MINE, START, Known(HOUR))
    assert instant(correction.backlog(spooled(MINE, START + 5))) == (START + 5 + HOUR, True)
    assert instant(correction.live(spooled(MINE, START + 5, synced=True))) == (START + 5, True)


def test_a_run_before_ended_before_this_one_began() -> None:
    correction = Correction(MINE, START, Known(HOUR))
    assert instant(correction.backlog(spooled(EARLIER, START - 5))) == (START - 5, True)
    ahead = instant(correction.backlog(spooled(EARLIER, START + 9 * HOUR)))
    assert ahead == (START + HOUR, True), "an earlier run's wrong clock would outlive what is so now"
