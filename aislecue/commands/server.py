"""`aislecue server`: the store server, all roles in one process unless told otherwise (SPEC 6; ARCHITECTURE, law 4)."""

import argparse
import sys
from pathlib import Path

from aislecue.commands.db import add_data_dir
from protocol.errors import BadInput

HELP = """example:
  aislecue server --port 8080
  AISLECUE_MQTT_HOST=127.0.0.1 aislecue server --data-dir /var/lib/aislecue --roles api,intake,delivery,scheduler

Every option is also a variable: AISLECUE_PORT, AISLECUE_MQTT_HOST, AISLECUE_MQTT_PASSWORD, AISLECUE_PUSH_CONTACT.
While there are no accounts, only this machine is listened to."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--roles", metavar="LIST", help="of api,intake,delivery,scheduler")
    parser.add_argument("--host", metavar="ADDRESS", help="to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, metavar="P", help="to listen on (8080)")
    parser.add_argument("--mqtt-host", metavar="NAME", help="the broker; without one there are phones alone")
    parser.add_argument("--mqtt-port", type=int, metavar="P", help="of the broker (1883)")
    parser.add_argument("--mqtt-ca-file", type=Path, metavar="FILE", help="whom to trust for TLS")
    add_data_dir(parser)


def run(args: argparse.Namespace) -> int:
    import asyncio
    import logging

    from store_server.serving import serve
    from store_server.settings import read_settings

    roles = None if args.roles is None else [role.strip() for role in args.roles.split(",")]
    given = {name: value for name, value in vars(args).items() if name != "roles"}
    try:
        settings = read_settings(roles=roles, **given)
    except BadInput as fault:
        if not any(problem.source.startswith("--") for problem in fault.problems):
            raise
        print(fault, file=sys.stderr)
        return 2
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for chatty in ("alembic", "apscheduler", "httpx"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    return asyncio.run(serve(settings))
