"""The heartbeat: what a gateway knows of itself, gathered (SPEC 7, health)."""

from collections import deque
from dataclasses import dataclass, field

from gateway.hearing import Hearing
from gateway.spool import Spool
from gateway.vitals import Vitals
from protocol.instants import MINUTE, SECOND, Instant
from protocol.messages import AdapterHealth, HealingStep, SpoolHealth, WireInstant

KEPT_STEPS = 32
MAX_REASON = 500


@dataclass
class Pulse:
    """Advertisements heard in the last minute, from counts taken now and then."""

    _counts: deque[tuple[Instant, int]] = field(default_factory=deque)

    def take(self, now: Instant, heard: int) -> None:
        self._counts.append((now, heard))
        while self._counts[0][0] < now - MINUTE:
            self._counts.popleft()

    def per_min(self) -> int:
        return self._counts[-1][1] - self._counts[0][1] if self._counts else 0


def adapter_health(hearing: Hearing, pulse: Pulse, offset_ms: int) -> AdapterHealth:
    last = hearing.last_heard_at
    return AdapterHealth(
        name=hearing.radio.name[:64],
        state="hearing" if hearing.reason is None else "deaf",
        scan_path=hearing.radio.scan_path,
        heard_per_min=max(0, pulse.per_min()),
        last_heard_at=None if last is None else WireInstant(last + offset_ms),
        path_rates=dict(hearing.radio.rates),
    )


def healing_steps(hearings: list[Hearing], offset_ms: int) -> tuple[HealingStep, ...]:
    """Return the latest steps of all adapters, oldest first."""
    steps = [
        HealingStep(
            at=WireInstant(taken.at + offset_ms),
            adapter=hearing.radio.name[:64],
            step=taken.step,
            reason=taken.reason[:MAX_REASON],
        )
        for hearing in hearings
        for taken in hearing.steps
    ]
    return tuple(sorted(steps, key=lambda step: step.at)[-KEPT_STEPS:])


async def spool_health(spool: Spool, now: Instant) -> SpoolHealth:
    oldest = await spool.oldest_at()
    return SpoolHealth(
        depth=spool.depth(),
        age_s=0.0 if oldest is None else max(0.0, (now - oldest) / SECOND),
        bytes=spool.size_bytes(),
        dropped=sum(spool.dropped().values()),
    )


def cpu_pct(before: Vitals, after: Vitals, span_ms: Instant) -> float | None:
    """Return this process's share of one core between two looks."""
    return round((after.cpu_s - before.cpu_s) * 100 * SECOND / span_ms, 1) if span_ms > 0 else None
