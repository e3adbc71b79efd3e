"""A recorded trace through the real decoder, tracker and fusion, on the trace's own clock (SPEC 9).

The clock is the latest instant seen so far. Twice a second everything heard until then is reported and decided,
before the line that moved the clock is taken: so a trace cut short says exactly the beginning of what the whole says.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from gateway.decode import Decoder
from gateway.tracker import BeaconReport, Tracker
from protocol.instants import SECOND, Instant, format_instant
from protocol.plan import StorePlan
from protocol.trace import Heard
from store_server.intake.fusion import LATE_MS, SILENT_AFTER_MS, Fusion, GatewayChange, Hearing, ZoneChange

TICK_MS: Final = 500
"""How often gateways are asked and zones decided; every second lost is lost behind a walking tag."""
EXCUSED_MS: Final = 10 * SECOND
"""A gateway without one line for this long was off, not in an empty shop (SPEC 7: at least one report in 10 s)."""
TOO_LATE: Final = "too_late"
"""Lines more than 120 s behind the trace's clock: history, no presence."""

Row = dict[str, object]


@dataclass(slots=True)
class _Gateway:
    tracker: Tracker
    last_at: Instant
    """Latest instant of its own lines."""
    alive_at: Instant
    """The trace's clock when its latest line came."""
    fresh: bool = True
    """Whether it was heard from since the last tick."""


class Playback:
    """Feed `take` line by line; it yields rows of output. `summary` is the last row."""

    def __init__(self, plan: StorePlan) -> None:
        self._allowed = plan.allowed_uuids
        self._decoder = Decoder(self._allowed)
        self._fusion = Fusion(plan.gateways, (tag.uuid for tag in plan.tags))
        self._gateways: dict[str, _Gateway] = {}
        self._clock: Instant | None = None
        self._too_late = 0

    def play(self, trace: Iterable[Heard]) -> Iterator[Row]:
        for heard in trace:
            yield from self.take(heard)

    def take(self, heard: Heard) -> Iterator[Row]:
        """Take one line of the trace and yield what was decided by the time it came."""
        if self._clock is None:
            self._clock = heard.at
        elif heard.at > self._clock:
            yield from self._advance(self._clock, heard.at)
            self._clock = heard.at
        yield from self._hear(heard, self._clock)

    def summary(self) -> Row:
        ignored = self._decoder.ignored + Counter({TOO_LATE: self._too_late})
        return {
            "kind": "summary",
            "frames": self._decoder.frames,
            "ibeacons": self._decoder.ibeacons,
            "ignored": dict(sorted(ignored.items())),
        }

    def _advance(self, before: Instant, now: Instant) -> Iterator[Row]:
        """Yield what every tick in (before, now] decides; after every gateway's silence there is nothing to decide."""
        tick = before - before % TICK_MS + TICK_MS
        last = min(now, before + SILENT_AFTER_MS + TICK_MS)
        while tick <= last:
            yield from self._tick(tick)
            tick += TICK_MS

    def _hear(self, heard: Heard, now: Instant) -> Iterator[Row]:
        frame = self._decoder.read(heard.payload, heard.rssi_dbm)
        gateway = self._gateways.get(heard.gateway)
        if gateway is None:
            gateway = self._gateways[heard.gateway] = _Gateway(Tracker(self._allowed), heard.at, now)
        gateway.alive_at, gateway.fresh = now, True
        if now - heard.at > LATE_MS:
            self._too_late += 1
            return
        gap_ms = heard.at - gateway.last_at
        if gap_ms >= EXCUSED_MS:
            gateway.tracker.excuse(gap_ms)
        gateway.last_at = max(gateway.last_at, heard.at)
        if frame is not None and gateway.tracker.heard(
            heard.at, frame.identity, heard.rssi_dbm, frame.measured_power_dbm
        ):
            yield from self._report(heard.gateway, gateway, now)

    def _tick(self, now: Instant) -> Iterator[Row]:
        for name, gateway in self._gateways.items():
            if gateway.fresh:
                yield from self._report(name, gateway, now)
        for change in self._fusion.settle(now):
            yield _change_row(format_instant(now), change)

    def _report(self, name: str, gateway: _Gateway, now: Instant) -> Iterator[Row]:
        """Let one gateway report; its clock is what it hears, so its own silence makes no beacon lost."""
        gateway.fresh = False
        reports = gateway.tracker.report(gateway.last_at)
        self._fusion.report(name, gateway.last_at, map(_hearing, reports), gateway.alive_at)
        return (_presence_row(format_instant(now), name, report) for report in reports if report.changed)


def _hearing(report: BeaconReport) -> Hearing:
    return Hearing(report.identity, report.state == "present", report.last_at, report.rssi_dbm)


def _presence_row(at: str, gateway: str, report: BeaconReport) -> Row:
    uuid, major, minor = report.identity
    return {
        "kind": "presence",
        "at": at,
        "gateway": gateway,
        "uuid": uuid,
        "major": major,
        "minor": minor,
        "state": report.state,
    }


def _change_row(at: str, change: ZoneChange | GatewayChange) -> Row:
    if isinstance(change, GatewayChange):
        return {"kind": "gateway", "at": at, "gateway": change.gateway, "state": change.state}
    uuid, major, minor = change.identity
    return {
        "kind": "zone",
        "at": at,
        "uuid": uuid,
        "major": major,
        "minor": minor,
        "change": change.change,
        "zone": change.zone,
    }
