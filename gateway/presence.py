"""The tracker's report -> one presence message a second at most, one in ten seconds at least (SPEC 7). Pure."""

from collections.abc import Sequence

from gateway.batch import Spooled
from gateway.tracker import MAX_TRACKED, BeaconReport
from protocol.identity import BeaconIdentity
from protocol.instants import SECOND, Instant
from protocol.messages import MAX_BEACONS, BeaconPresence, Presence, WireInstant, encode

AT_LEAST_EVERY_MS = 8 * SECOND
"""A gateway is silent after 30 s without presence; SPEC asks for one in 10 s, and ticks may slip."""


class PresenceWriter:
    """Numbers the messages of one boot."""

    def __init__(self, boot: str) -> None:
        self._boot = boot
        self._seq = 0
        self._told_at: Instant | None = None
        self._waiting: list[BeaconReport] = []
        self._present: set[BeaconIdentity] = set()
        """Told present and not lost since."""
        self.overflow = 0
        """Entries given up because too many waited."""

    @property
    def waiting(self) -> int:
        """How many entries did not fit the message before."""
        return len(self._waiting)

    def write(self, now: Instant, reports: Sequence[BeaconReport], offset_ms: int | None) -> Spooled | None:
        """Return the message due now, if any; what does not fit one message goes with the next.

        `offset_ms` turns the gateway's instants into true time, None while that is not known.
        """
        latest = {report.identity: report for report in [*self._waiting, *reports]}
        queue = list(latest.values())
        now_told, self._waiting = queue[:MAX_BEACONS], self._bounded(queue[MAX_BEACONS:])
        self._present |= {report.identity for report in now_told if report.state == "present"}
        self._present -= {report.identity for report in now_told if report.state == "lost"}
        if not now_told and self._told_at is not None and now - self._told_at < AT_LEAST_EVERY_MS:
            return None
        self._seq += 1
        self._told_at = now
        shift_ms = offset_ms or 0
        presence = Presence(
            boot=self._boot,
            seq=self._seq,
            sent_at=WireInstant(now + shift_ms),
            clock_synced=offset_ms is not None,
            beacons=tuple(_entry(report, shift_ms) for report in now_told),
        )
        return Spooled(0, self._boot, self._seq, now + shift_ms, presence.clock_synced, encode(presence))

    def _bounded(self, waiting: list[BeaconReport]) -> list[BeaconReport]:
        """Return at most MAX_TRACKED entries in their order; a loss of whom the server knows is given up last."""
        excess = len(waiting) - MAX_TRACKED
        if excess <= 0:
            return waiting
        dearest_first = sorted(
            waiting, key=self._worth, reverse=True
        )  # stable: of the same worth the oldest first
        given_up = {report.identity for report in dearest_first[MAX_TRACKED:]}
        self._present -= {report.identity for report in waiting if report.state == "lost"} & given_up
        self.overflow += excess
        return [report for report in waiting if report.identity not in given_up]

    def _worth(self, report: BeaconReport) -> int:
        """Never told present: nobody misses it, and a flood of forged minors is that. Told present: said again anyway."""
        if report.identity not in self._present:
            return 0
        return 1 if report.state == "present" else 2


def _entry(report: BeaconReport, shift_ms: int) -> BeaconPresence:
    return BeaconPresence(
        uuid=report.identity.uuid,
        major=report.identity.major,
        minor=report.identity.minor,
        state=report.state,
        first_at=WireInstant(report.first_at + shift_ms),
        last_at=WireInstant(report.last_at + shift_ms),
        rssi_dbm=report.rssi_dbm,
        measured_power_dbm=report.measured_power_dbm,
        count=report.count,
    )
