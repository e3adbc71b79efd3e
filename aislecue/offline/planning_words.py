"""Suggestions, calibrations and walks in plain words for a terminal."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from firmware_configs.planning.battery import Life
from firmware_configs.planning.calibration import Verdict
from firmware_configs.planning.coverage import Share
from firmware_configs.planning.placement import Placement
from firmware_configs.planning.regions import MOST_REGIONS, Regions
from firmware_configs.planning.walk import Heed, WalkReport
from protocol.instants import SECOND
from protocol.plan import StorePlan


def say_suggestion(stores: Sequence[Mapping[str, Any]], regions: Regions) -> None:
    for store in stores:
        print(
            f"{store['store']}: metres and shares are estimates of a model; walk the store before you trust them"
        )
        shares: dict[str, Share] = {share.zone: share for share in store["coverage"]}
        for placement in store["placements"]:
            _say_zone(placement, shares.get(placement.zone))
        _say_cells(store["cells"])
        for kind, rows in store["days"].items():
            _say_table(kind, rows)
    _say_regions(regions)


def _say_zone(placement: Placement, share: Share | None) -> None:
    print(f"\n{placement.zone}, {placement.size_m2:g} m²: beacons placed: {len(placement.placed)}")
    for number, (x, y) in enumerate(placement.missing):
        who = placement.unplaced[number] if number < len(placement.unplaced) else "one more beacon"
        print(f"  hang {who} at [{x:g}, {y:g}]")
    for power in placement.powers:
        if power.tx_power_dbm != power.now_dbm:
            enough = "is enough" if power.tx_power_dbm < power.now_dbm else "is needed"
            print(
                f"  {power.beacon}: tx_power_dbm {power.tx_power_dbm} {enough}, now {power.now_dbm}; "
                f"then calibrate again (about {power.measured_power_dbm} dBm at 1 m)"
            )
    if share is not None:
        shares = (share.own, share.overlap, share.bled, share.gap)
        own, overlap, bled, gap = (f"{100 * part:.0f} %" for part in shares)
        print(f"  as planned: clear {own}, overlap {overlap}, another zone louder {bled}, gap {gap}")


def _say_cells(cells: Mapping[str, Life]) -> None:
    by_life: dict[Life, list[str]] = {}
    for beacon, life in cells.items():
        by_life.setdefault(life, []).append(beacon)
    print("\ncoin cells, reckoned:" if by_life else "\nno coin cells")
    for life, beacons in by_life.items():
        print(
            f"  {life.days} days every {life.interval_ms} ms at {life.tx_power_dbm} dBm: {', '.join(beacons)}"
        )


def _say_table(kind: str, rows: Sequence[Sequence[Life]]) -> None:
    print(f"\ndays a cell lasts in {kind}, by interval and dBm:")
    print(" " * 11 + "".join(f"{life.tx_power_dbm:>6}" for life in rows[0]))
    for row in rows:
        print(f"  {row[0].interval_ms:>6} ms" + "".join(f"{life.days:>6}" for life in row))


def _say_regions(regions: Regions) -> None:
    print(f"\nregions: {regions.used} of the {MOST_REGIONS} that a phone monitors")
    for problem in regions.problems:
        print(f"  {problem}")
    if regions.problems:
        print("  majors that work: " + ", ".join(f"{zone} {major}" for zone, major in regions.majors))


def say_verdicts(plan: StorePlan, path: Path, verdicts: Mapping[str, Verdict], *, written: bool) -> None:
    was = {beacon.id: beacon.measured_power_dbm for beacon in plan.beacons}
    for beacon, verdict in verdicts.items():
        for reason in verdict.reasons:
            print(f"{beacon}: refused: {reason}")
        if not verdict.reasons:
            print(
                f"{beacon}: {verdict.median_dbm} dBm (was {was[beacon]}), median of {verdict.samples} "
                f"samples within {verdict.spread_db} dB"
            )
    print(f"{path}: {'written; render again' if written else 'not changed'}")


def say_walk(plan: StorePlan, report: WalkReport) -> None:
    print(f"{plan.id}: {len(report.seconds)} seconds walked")
    for zone in report.zones:
        shares = ", ".join(f"{heed} {100 * zone.heeds.get(heed, 0) / zone.seconds:.0f} %" for heed in Heed)
        print(f"  {zone.zone}: {zone.seconds} s: {shares}")
        for other, seconds in zone.heard_as.items():
            if other != zone.zone:
                print(f"    {other} was the loudest for {seconds} s")
    local = ZoneInfo(plan.timezone)
    for spell in report.spells:
        at = datetime.fromtimestamp(spell.start / SECOND, UTC).astimezone(local)
        near = f", near [{spell.position[0]:g}, {spell.position[1]:g}]" if spell.position else ""
        print(f"deaf: {spell.zone} for {(spell.end - spell.start) // SECOND} s from {at:%H:%M:%S}{near}")
    for beacon in report.unheard:
        print(f"never heard: {beacon}")
    if report.unwalked:
        print(f"not walked: {', '.join(report.unwalked)}")
