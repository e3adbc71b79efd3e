"""`aislecue plan suggest | calibrate | walk`: files in, words or JSON out; the reckoning is firmware_configs.planning's."""

import argparse
import sys
from pathlib import Path

import msgspec

from aislecue.offline.documents import load_plans
from aislecue.offline.lines import lines
from aislecue.offline.output import writing
from aislecue.offline.planning_words import say_suggestion, say_verdicts, say_walk
from aislecue.offline.replaying import read
from firmware_configs.kinds import beyond, setting_of
from firmware_configs.planning.battery import life_of, runs_on_a_cell, table
from firmware_configs.planning.calibration import Verdict
from firmware_configs.planning.coverage import cover
from firmware_configs.planning.coverage_map import draw_map
from firmware_configs.planning.placement import suggest as suggest_places
from firmware_configs.planning.plan_text import with_measured_powers
from firmware_configs.planning.regions import plan_regions
from firmware_configs.planning.walk import Frame, check_marks, frames_of, judge_beacons, report
from firmware_configs.planning.walk_page import render_walk
from protocol.errors import BadInput, Problem
from protocol.marks import Mark, read_marks
from protocol.plan import StorePlan
from protocol.reading import settle

DONE, PROBLEMS = 0, 1


def suggest(args: argparse.Namespace) -> int:
    """Print what the plans' zones ask for; the map is drawn where asked."""
    plans = load_plans(args.files)
    for plan in plans:
        assert plan.document is not None
        settle(beyond(plan, plan.document))
    stores = [_suggestion(plan) for plan in plans]
    regions = plan_regions(plans)
    if args.map is not None:
        plan = plans[0]
        with writing(args.map) as out:
            out.write(draw_map(plan, cover(plan), suggest_places(plan)).encode())
    if args.json:
        print(msgspec.json.encode({"stores": stores, "regions": regions}).decode())
    else:
        say_suggestion(stores, regions)
    return DONE


def _suggestion(plan: StorePlan) -> dict[str, object]:
    settings = [setting_of(beacon) for beacon in plan.beacons]
    lives = {
        one.beacon.id: life_of(one.kind, one.interval_ms, one.tx_power_dbm)
        for one in settings
        if runs_on_a_cell(one.kind)
    }
    kinds = {one.kind.name: one.kind for one in settings if runs_on_a_cell(one.kind)}
    return {
        "store": plan.id,
        "placements": suggest_places(plan),
        "coverage": cover(plan).zones,
        "cells": lives,
        "days": {name: table(kind) for name, kind in kinds.items()},
    }


def calibrate(args: argparse.Namespace) -> int:
    """Judge the samples of every beacon marked; write the good ones into the plan, none where one is bad."""
    (plan,) = load_plans([args.plan])
    frames, marks = _walked(plan, args)
    verdicts = judge_beacons(plan, frames, marks)
    if not verdicts:
        print(f"{args.marks}: expected marks that name beacons, got none", file=sys.stderr)
        return PROBLEMS
    good = not any(verdict.reasons for verdict in verdicts.values())
    if good and not args.dry_run:
        _write_powers(args.plan, verdicts)
    if args.json:
        print(msgspec.json.encode(verdicts).decode())
    else:
        say_verdicts(plan, args.plan, verdicts, written=good and not args.dry_run)
    return DONE if good else PROBLEMS


def _write_powers(path: Path, verdicts: dict[str, Verdict]) -> None:
    powers = {beacon: one.median_dbm for beacon, one in verdicts.items() if one.median_dbm is not None}
    raw = path.read_bytes()
    mark = "\ufeff" if raw.startswith(b"\xef\xbb\xbf") else ""
    text = with_measured_powers(raw.decode("utf-8-sig"), str(path), powers)
    with writing(path) as out:
        out.write((mark + text).encode())


def walk(args: argparse.Namespace) -> int:
    """Report a walk; exit 1 where something is to be mended."""
    (plan,) = load_plans([args.plan])
    frames, marks = _walked(plan, args)
    found = report(plan, frames, marks)
    if args.page is not None:
        with writing(args.page) as out:
            out.write(render_walk(plan, found).encode())
    if args.json:
        print(msgspec.json.encode(found).decode())
    else:
        say_walk(plan, found)
    return PROBLEMS if found else DONE


def _walked(plan: StorePlan, args: argparse.Namespace) -> tuple[list[Frame], list[Mark]]:
    marks = list(read_marks((line for _, line in lines(args.marks)), str(args.marks)))
    if not marks:
        raise BadInput(Problem(str(args.marks), None, "marks of where the walker stood", "an empty file"))
    check_marks(plan, marks, str(args.marks))
    return frames_of(plan, read(args.trace)), marks
