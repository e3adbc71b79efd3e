"""`aislecue gateway`: the Pi side: scan and publish; say what is wrong; record a trace (SPEC 6)."""

import argparse
from pathlib import Path

HELP = """example:
  aislecue gateway doctor --settings /etc/aislecue/gateway.toml
  aislecue gateway run --settings /etc/aislecue/gateway.toml
  aislecue gateway record --out trace.jsonl.gz --seconds 600

Every key of the settings file can be given as a variable: AISLECUE_GATEWAY_STORE, AISLECUE_GATEWAY_BROKER_HOST, ..."""

DEFAULT_SETTINGS = Path("/etc/aislecue/gateway.toml")
DEFAULT_RECORD_S = 60.0
DEFAULT_RECORD_MB = 50.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="run|doctor|record")
    run_ = actions.add_parser("run", help="scan and publish until told to stop")
    doctor = actions.add_parser("doctor", help="say what is wrong and what to do; exit 1 where something is")
    doctor.add_argument("--json", action="store_true", help="findings as a JSON list")
    record = actions.add_parser("record", help="write what is heard to a trace")
    record.add_argument("--out", required=True, type=Path, metavar="FILE", help="*.jsonl or *.jsonl.gz")
    record.add_argument("--seconds", type=float, default=DEFAULT_RECORD_S, metavar="N", help="how long (60)")
    record.add_argument(
        "--max-mb", type=float, default=DEFAULT_RECORD_MB, metavar="N", help="stop at this size (50)"
    )
    for action in (run_, doctor, record):
        action.add_argument(
            "--settings",
            type=Path,
            default=DEFAULT_SETTINGS,
            metavar="FILE",
            help=f"TOML ({DEFAULT_SETTINGS})",
        )


def run(args: argparse.Namespace) -> int:
    import asyncio

    from gateway.program import doctor, record, run, settings_from, systemd_here

    settings = settings_from(args.settings)
    match args.action:
        case "doctor":
            return asyncio.run(doctor(settings, as_json=args.json))
        case "record":
            max_bytes = round(args.max_mb * 1_000_000)
            return asyncio.run(record(settings, args.out, seconds=args.seconds, max_bytes=max_bytes))
        case _:
            return asyncio.run(run(settings, systemd_here()))
