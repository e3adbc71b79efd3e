"""`aislecue firmware`: one configuration for each beacon and gateway of a plan, with a flash sheet (SPEC 6)."""

import argparse
import sys
from pathlib import Path

from aislecue.commands.actions import add_action

HELP = """example:
  aislecue firmware render --plan store/plan.yaml --out build/milan
  aislecue firmware render --plan store/plan.yaml --out milan --broker broker.example.com --pages milan.example.com

Each beacon is rendered by its `firmware` in the plan: espruino (default), esphome, zephyr, bluez or vendor-csv. What a
kind cannot do is refused with the plan's line, and nothing is written. The folder is replaced as a whole, and only if
all in it came from an earlier rendering. docs/hardware.md leads from the box to a beacon that is heard."""

SHOWN = 20
"""Changed files named one by one; the rest is a number."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="render")
    render = add_action(
        actions,
        "render",
        "make files to flash and install from a plan",
        "firmware render --plan store/plan.yaml --out build/milan",
    )
    render.add_argument("--plan", required=True, type=Path, metavar="FILE", help="the store's plan")
    render.add_argument(
        "--out", required=True, type=Path, metavar="DIR", help="a folder of its own, replaced"
    )
    render.add_argument("--broker", metavar="HOST", help="the broker's name (default: broker.STORE.internal)")
    render.add_argument("--pages", metavar="HOST", help="the pages' name (default: pages.STORE.internal)")
    render.add_argument("--no-pdf", action="store_true", help="leave the flash sheet as HTML")
    render.add_argument("--json", action="store_true", help="print counts and changes as JSON")


def run(args: argparse.Namespace) -> int:
    from aislecue.offline.documents import read_text
    from firmware_configs.errors import FirmwareError
    from firmware_configs.news import News, tell_news
    from firmware_configs.output import last_rendering, write
    from firmware_configs.render import SHEET, render
    from firmware_configs.sheet import render_sheet
    from firmware_configs.store import Hosts
    from protocol.document import read_document
    from protocol.plan import plan_from_document
    from protocol.refusals import in_order

    document = read_document(read_text(args.plan), str(args.plan))
    plan = plan_from_document(document)
    broker, pages = args.broker or f"broker.{plan.id}.internal", args.pages or f"pages.{plan.id}.internal"
    try:
        hosts = Hosts(broker=broker, pages=pages)
    except ValueError as fault:
        print(f"--broker, --pages: {in_order(str(fault))}", file=sys.stderr)
        return 2
    rendering = render(plan, document, hosts)
    try:
        before = last_rendering(args.out, plan.id).devices
        news = tell_news(before, rendering.devices)
        gone = sorted(before.keys() - news.keys())
        files = {**rendering.files, SHEET: render_sheet(plan, rendering.settings, news, gone)}
        changes = write(args.out, plan.id, files, rendering.devices)
    except FirmwareError as fault:
        print(fault, file=sys.stderr)
        return 1
    printed = "left out" if args.no_pdf else _print_sheet(args.out / SHEET)
    counts = {"beacons": len(plan.beacons), "gateways": len(plan.gateways), "files": len(files)}
    todo = {said.value: sorted(name for name, one in news.items() if one is said) for said in News}
    _tell(
        args,
        counts,
        {"added": changes.added, "changed": changes.changed, "removed": changes.removed},
        {**todo, "take down": gone},
        printed,
    )
    return 0


def _print_sheet(sheet: Path) -> str:
    """Make the PDF beside the sheet where a browser is found; return what became of it."""
    from firmware_configs.errors import NotPrinted
    from firmware_configs.printing import BROWSERS, browser, print_pdf

    program = browser()
    if program is None:
        return f"left out: no browser found ({', '.join(BROWSERS)}); open {sheet} and print it"
    try:
        print_pdf(program, sheet, sheet.with_suffix(".pdf"))
    except NotPrinted as fault:
        return f"left out: {fault}"
    return str(sheet.with_suffix(".pdf"))


def _tell(
    args: argparse.Namespace,
    counts: dict[str, int],
    changes: dict[str, tuple[str, ...]],
    devices: dict[str, list[str]],
    printed: str,
) -> None:
    import json

    if args.json:
        print(json.dumps({**counts, **changes, "devices": devices, "pdf": printed}))
        return
    print(
        f"{counts['beacons']} beacons and {counts['gateways']} gateways in {counts['files']} files: {args.out}"
    )
    if not any(changes.values()):
        print("nothing changed since the last rendering")
    for what, paths in changes.items():
        for path in paths[:SHOWN]:
            print(f"  {what:<8} {path}")
        if len(paths) > SHOWN:
            print(f"  {what:<8} and {len(paths) - SHOWN} more")
    print("devices: " + ", ".join(f"{len(names)} {said}" for said, names in devices.items() if names))
    print(f"flash sheet: {args.out / 'flash-sheet.html'}; PDF: {printed}")
