"""The server's side of `aislecue gateway`: codes, revocation, a broker's files."""

import argparse
import getpass
import sys
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

from aislecue.online.documents import open_server_database
from firmware_configs.mosquitto import Account, BrokerPlan, TlsFiles, render_mosquitto
from protocol.errors import BadInput, Problem
from protocol.instants import format_instant
from protocol.refusals import in_order
from protocol.topics import GatewayAddress
from store_server.clock import WallClock
from store_server.db.session import reading, writing
from store_server.fleet.authority import open_authority
from store_server.fleet.broker_files import BROKER_CERTIFICATE, BROKER_KEY, CA, REVOKED, broker_files
from store_server.fleet.config import running_plan
from store_server.fleet.enrolment import broker_user, ever_enrolled, hand_out_code, new_code, revoke, revoked
from store_server.fleet.errors import FleetError
from store_server.fleet.revocation import write_revocations
from store_server.settings import read_settings

PRIVATE, PUBLIC = 0o600, 0o644
RELOAD = (
    "beside the broker aislecue-broker-reload.path reloads mosquitto by itself, elsewhere copy the file there and"
    " `systemctl reload mosquitto`; then the server ends the connection that stands"
)
UNTOLD = "the broker still lets it in: write its list with --crl FILE, or have the server keep it (AISLECUE_MQTT_CRL_FILE)"


def serve_request(args: argparse.Namespace) -> int:
    """Do what was asked for; return 1, with the reason on stderr, where it cannot be done."""
    actions = {"code": _code, "revoke": _revoke, "broker": _broker}
    try:
        with open_server_database(args.data_dir) as database:
            return actions[args.action](args, database)
    except (FleetError, ValueError) as fault:
        print(f"aislecue gateway {args.action}: {in_order(str(fault))}", file=sys.stderr)
        return 1


def _code(args: argparse.Namespace, database: Engine) -> int:
    address, code = GatewayAddress(args.store, args.gateway), new_code()
    with writing(database) as session:
        if not _planned(session, address):
            raise _unknown(address, "a gateway of a running plan")
        expires_at = hand_out_code(session, address, code, getpass.getuser(), WallClock().now())
    print(code)
    print(f"enrols {args.gateway} of {args.store} once, until {format_instant(expires_at)}", file=sys.stderr)
    return 0


def _revoke(args: argparse.Namespace, database: Engine) -> int:
    address, now = GatewayAddress(args.store, args.gateway), WallClock().now()
    with writing(database) as session:
        if not (ever_enrolled(session, address) or _planned(session, address)):
            raise _unknown(address, "a gateway that has a certificate or stands in a running plan")
        count = revoke(session, address, getpass.getuser(), now)
        listed = revoked(session, now)
    settings = read_settings(data_dir=args.data_dir)
    print(f"{args.store}/{args.gateway}: {count} certificates revoked; the server no longer listens to it")
    if args.crl is not None:
        write_revocations(args.crl, open_authority(settings.data_dir, now), listed, now)
        print(f"{args.crl} written; {RELOAD}", file=sys.stderr)
    elif settings.mqtt_crl_file is not None:
        print(f"the running server writes {settings.mqtt_crl_file}; {RELOAD}", file=sys.stderr)
    else:
        print(UNTOLD, file=sys.stderr)
    return 0


def _planned(session: Session, address: GatewayAddress) -> bool:
    found = running_plan(session, address.store)
    return found is not None and address.gateway in {place.id for place in found[0].gateways}


def _unknown(address: GatewayAddress, expected: str) -> BadInput:
    return BadInput(Problem(f"gateway {broker_user(address)}", None, expected, "none of this name"))


def _broker(args: argparse.Namespace, database: Engine) -> int:
    now, here = WallClock().now(), Path(args.directory)
    authority = open_authority(read_settings(data_dir=args.data_dir).data_dir, now)
    with reading(database) as session:
        listed = revoked(session, now)
    paths = [str(here / name) for name in (CA, BROKER_CERTIFICATE, BROKER_KEY, REVOKED)]
    plan = BrokerPlan(
        str(here), args.port, [], [Account(server) for server in args.servers], TlsFiles(*paths)
    )
    _write_all(
        args.out, render_mosquitto(plan) | broker_files(authority, args.host, args.servers, listed, now)
    )
    return 0


def _write_all(folder: Path, files: Mapping[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        _write(folder / name, text)
        print(folder / name)


def _write(path: Path, text: str) -> None:
    path.touch(mode=PRIVATE)
    path.chmod(PRIVATE if path.suffix == ".key" else PUBLIC)
    path.write_text(text, encoding="utf-8")
