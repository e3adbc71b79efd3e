"""A store's policy (SPEC 2, 4, 5): how much a shopper may be interrupted, and what silence means."""

from dataclasses import dataclass

from protocol.daytime import DaySpan, parse_day_span
from protocol.instants import DAY, SECOND, Instant
from protocol.reading import Reader

DAY_S = DAY // SECOND


@dataclass(frozen=True, slots=True)
class Policy:
    """How much a shopper may be interrupted and what silence means; spans in milliseconds."""

    max_per_visit: int = 1
    max_per_day: int = 2
    max_inbox_per_visit: int = 3
    arbitration_ms: Instant = 2_000
    exit_grace_ms: Instant = 30_000
    reentry_ms: Instant = 120_000
    leave_after_ms: Instant = 180_000
    visit_gap_ms: Instant = 1_800_000
    max_stay_ms: Instant = 3_600_000
    upload_lag_ms: Instant = 10_000
    quiet_hours: DaySpan | None = None
    global_holdout_pct: float = 0


def read_policy(r: Reader | None) -> Policy:
    """Read the policy under a plan, noting every problem; the defaults where there is none."""
    if r is None:
        return Policy()
    d = Policy()
    policy = Policy(
        max_per_visit=r.integer("max_per_visit", 0, 1000, d.max_per_visit),
        max_per_day=r.integer("max_per_day", 0, 1000, d.max_per_day),
        max_inbox_per_visit=r.integer("max_inbox_per_visit", 0, 1000, d.max_inbox_per_visit),
        arbitration_ms=r.milliseconds("arbitration_s", 0, DAY_S, 2),
        exit_grace_ms=r.milliseconds("exit_grace_s", 0, DAY_S, 30),
        reentry_ms=r.milliseconds("reentry_s", 0, DAY_S, 120),
        leave_after_ms=r.milliseconds("leave_after_s", 0, DAY_S, 180),
        visit_gap_ms=r.milliseconds("visit_gap_s", 0, DAY_S, 1800),
        max_stay_ms=r.milliseconds("max_stay_s", 0, DAY_S, 3600),
        upload_lag_ms=r.milliseconds("upload_lag_s", 0, DAY_S, 10),
        quiet_hours=r.parsed("quiet_hours", parse_day_span, None),
        global_holdout_pct=r.number("global_holdout_pct", 0, 100, 0),
    )
    _order(r, "leave_after_s", policy.leave_after_ms, "exit_grace_s", policy.exit_grace_ms)
    _order(r, "visit_gap_s", policy.visit_gap_ms, "leave_after_s", policy.leave_after_ms)
    back_ms = policy.exit_grace_ms + policy.reentry_ms
    _order(r, "visit_gap_s", policy.visit_gap_ms, "exit_grace_s + reentry_s", back_ms)
    _order(r, "max_stay_s", policy.max_stay_ms, "exit_grace_s", policy.exit_grace_ms)
    r.done()
    return policy


def _order(r: Reader, name: str, value: Instant, floor_name: str, floor: Instant) -> None:
    if value < floor:
        r.fault(name, f"{name} of at least {floor_name} ({floor / 1000:g} s)", f"{value / 1000:g} s")
