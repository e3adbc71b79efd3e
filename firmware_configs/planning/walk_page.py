"""A walk's report as one HTML page: floor with the way walked, timeline, which zone was heard as which, silences."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from firmware_configs.drawing import draw_floor, point_of
from firmware_configs.pages import page
from firmware_configs.planning.walk import Heed, Second, WalkReport
from protocol.instants import SECOND, Instant
from protocol.plan import StorePlan

WORDS: Final = {
    Heed.CLEAR: "its own zone, clearly",
    Heed.CLOSE: "its own, another close behind",
    Heed.BLED: "another zone",
    Heed.DEAF: "nothing",
}


def render_walk(plan: StorePlan, report: WalkReport) -> str:
    """Return the page; it asks for nothing else."""
    depth_m = plan.floor_m[1]
    names = {zone.id: zone.name for zone in plan.zones}
    zone = ZoneInfo(plan.timezone)
    return page("planning/walk.html").render(
        plan=plan,
        report=report,
        names=names,
        floor=draw_floor(plan),
        words=WORDS,
        steps=[(one.heed.value, point_of(one.position, depth_m)) for one in report.seconds if one.position],
        bars=_bars(report.seconds),
        length=len(report.seconds),
        columns=[
            zone.id for zone in plan.zones if any(zone.id in walked.heard_as for walked in report.zones)
        ],
        spells=[
            (names[one.zone], _local(one.start, zone), (one.end - one.start) // SECOND, one.position)
            for one in report.spells
        ],
        begun=_local(report.seconds[0].at, zone) if report.seconds else "",
        zone=plan.timezone,
    )


def _local(at: Instant, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at / SECOND, UTC).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def _bars(seconds: Sequence[Second]) -> list[tuple[str, str, int, int]]:
    """Return runs of one zone and heed: zone, heed, first second, how many."""
    bars, start = [], 0
    for (zone, heed), run in groupby(seconds, key=lambda second: (second.zone, second.heed)):
        count = len(list(run))
        bars.append((zone, heed.value, start, count))
        start += count
    return bars
