"""`aislecue gateway`: the Pi side: scan, publish, doctor, record, enroll; the server's side of enrolment (SPEC 6, 7)."""

import argparse
import sys
from pathlib import Path

from aislecue.commands.actions import Actions, add_action
from aislecue.commands.db import add_data_dir
from protocol.refusals import in_order

HELP = """example:
  aislecue gateway doctor --settings /etc/aislecue/gateway.toml
  aislecue gateway run --settings /etc/aislecue/gateway.toml
  aislecue gateway record --out trace.jsonl.gz --seconds 600
  aislecue gateway record --out walk.jsonl.gz --marks walk.marks --seconds 3600
  aislecue gateway enroll --server https://aislecue.example.com --code k7qf-2m9x-hh4t-vw83
on the server:
  aislecue gateway broker --host broker.example.com --out broker
  aislecue gateway code --store milan-duomo --gateway gw-entrance
  aislecue gateway revoke --store milan-duomo --gateway gw-entrance --crl broker/revoked.crl

Every key of the settings file can be given as a variable: AISLECUE_GATEWAY_STORE, AISLECUE_GATEWAY_BROKER_HOST, ..."""

DEFAULT_SETTINGS = Path("/etc/aislecue/gateway.toml")
DEFAULT_RECORD_S = 60.0
DEFAULT_RECORD_MB = 50.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(
        dest="action", required=True, metavar="run|doctor|record|enroll|code|revoke|broker"
    )
    run_ = add_action(
        actions,
        "run",
        "scan and publish until told to stop",
        "gateway run --settings /etc/aislecue/gateway.toml",
    )
    doctor = add_action(
        actions,
        "doctor",
        "say what is wrong and what to do; exit 1 where something is",
        "gateway doctor --json",
    )
    doctor.add_argument("--json", action="store_true", help="findings as a JSON list")
    record = add_action(
        actions,
        "record",
        "write what is heard to a trace",
        "gateway record --out walk.jsonl.gz --marks walk.marks --seconds 3600",
    )
    record.add_argument("--out", required=True, type=Path, metavar="FILE", help="*.jsonl or *.jsonl.gz")
    record.add_argument("--seconds", type=float, default=DEFAULT_RECORD_S, metavar="N", help="how long (60)")
    record.add_argument(
        "--max-mb", type=float, default=DEFAULT_RECORD_MB, metavar="N", help="stop at this size (50)"
    )
    record.add_argument(
        "--marks",
        type=Path,
        metavar="FILE",
        help="write where you stand, typed while you walk (docs/hardware.md)",
    )
    enroll = add_action(
        actions,
        "enroll",
        "exchange a one-time code for a certificate, write the settings",
        "gateway enroll --server https://aislecue.example.com --code k7qf-2m9x-hh4t-vw83",
    )
    enroll.add_argument("--server", required=True, metavar="URL", help="https://...")
    enroll.add_argument("--code", required=True, metavar="CODE", help="as `aislecue gateway code` printed it")
    enroll.add_argument(
        "--ca-file", type=Path, metavar="FILE", help="whom to trust for https, where not the system"
    )
    _add_server_side(actions)
    for action in (run_, doctor, record, enroll):
        action.add_argument(
            "--settings",
            type=Path,
            default=DEFAULT_SETTINGS,
            metavar="FILE",
            help=f"TOML ({DEFAULT_SETTINGS})",
        )


def _add_server_side(actions: Actions) -> None:
    code = add_action(
        actions,
        "code",
        "on the server: print a code that enrols one gateway, once, for a day",
        "gateway code --store milan-duomo --gateway gw-entrance",
    )
    revoke = add_action(
        actions,
        "revoke",
        "on the server: let a gateway's certificate count no more",
        "gateway revoke --store milan-duomo --gateway gw-entrance --crl broker/revoked.crl",
    )
    for action in (code, revoke):
        action.add_argument("--store", required=True, metavar="ID", help="the store it stands in")
        action.add_argument("--gateway", required=True, metavar="ID", help="as the plan calls it")
    revoke.add_argument(
        "--crl", type=Path, metavar="FILE", help="write the broker's list of revoked certificates"
    )
    broker = add_action(
        actions,
        "broker",
        "on the server: write mosquitto's configuration and certificates",
        "gateway broker --host broker.example.com --out broker",
    )
    broker.add_argument("--host", required=True, metavar="NAME", help="by which gateways and server reach it")
    broker.add_argument("--port", type=int, default=8883, metavar="P", help="to listen on (8883)")
    broker.add_argument(
        "--servers", nargs="+", default=["server-1"], metavar="NAME", help="workers (server-1)"
    )
    broker.add_argument("--out", required=True, type=Path, metavar="DIR", help="a folder for them, to copy")
    broker.add_argument(
        "--directory",
        default="/etc/mosquitto/aislecue",
        metavar="DIR",
        help="where the files will lie on the broker",
    )
    for action in (code, revoke, broker):
        add_data_dir(action)


def run(args: argparse.Namespace) -> int:
    if args.action == "enroll":
        return _enroll(args)
    if args.action in ("code", "revoke", "broker"):
        from aislecue.online.enrolment import serve_request

        return serve_request(args)
    return _run_here(args)


def _enroll(args: argparse.Namespace) -> int:
    from gateway.enrolment import enrol
    from gateway.errors import EnrolmentFault

    try:
        answer = enrol(args.server, args.code, args.settings, args.ca_file)
    except EnrolmentFault as fault:
        print(f"aislecue gateway enroll: {in_order(str(fault))}", file=sys.stderr)
        return 1
    print(f"enrolled as {answer.gateway} of store {answer.store}; settings in {args.settings}")
    print("next: aislecue gateway doctor")
    return 0


def _run_here(args: argparse.Namespace) -> int:
    import asyncio

    from gateway.program import doctor, record, run, settings_from, systemd_here

    settings = settings_from(args.settings)
    match args.action:
        case "doctor":
            return asyncio.run(doctor(settings, as_json=args.json))
        case "record":
            max_bytes = round(args.max_mb * 1_000_000)
            return asyncio.run(
                record(settings, args.out, seconds=args.seconds, max_bytes=max_bytes, marks=args.marks)
            )
        case _:
            return asyncio.run(run(settings, systemd_here()))
