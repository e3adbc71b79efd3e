"""The product's own programs as child processes: a gateway on a fake bluetoothd, a store server on a real database."""

import os
import signal
import sqlite3
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from protocol.identity import BeaconIdentity
from protocol.topics import GatewayAddress
from tests.brokers import GATEWAYS, SERVER, free_port, gateway_account

HERE = GATEWAYS[0]
BEACON = BeaconIdentity("8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10", 1, 11)
PLAN = f"""\
version: 1
store: {{id: {HERE.store}, name: Milano Duomo, timezone: Europe/Rome, locale: it, floor: {{width_m: 40, depth_m: 25}}}}
zones:
  - {{id: entrance, name: Entrance, polygon: [[0, 0], [8, 0], [8, 6], [0, 6]]}}
beacons:
  - {{id: ENT-1, zone: entrance, uuid: {BEACON.uuid}, major: {BEACON.major}, minor: {BEACON.minor}}}
gateways:
  - {{id: {HERE.gateway}, zone: entrance, position: [4, 5, 3]}}
"""


@dataclass
class Program:
    """One child; `kill` and `start` again keep its folder."""

    arguments: list[str]
    environment: dict[str, str]
    log: Path
    _process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    def start(self) -> None:
        command = [sys.executable, "-m", "aislecue.cli", *self.arguments]
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                command, env=os.environ | self.environment, stdout=out, stderr=out
            )

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(20)
            self._process = None


def gateway_program(folder: Path, broker_port: int, address: GatewayAddress = HERE) -> Program:
    """A gateway as it runs on a Pi; it finds bluetoothd by DBUS_SYSTEM_BUS_ADDRESS."""
    folder.mkdir(parents=True, exist_ok=True)
    account = gateway_account(address)
    settings = folder / "gateway.toml"
    settings.write_text(
        f'store = "{address.store}"\ngateway = "{address.gateway}"\ndata_dir = "data"\n'
        f'allowed_uuids = ["{BEACON.uuid}"]\n'
        f'[broker]\nhost = "127.0.0.1"\nport = {broker_port}\npassword = "{account.password}"\n'
    )
    return Program(["gateway", "run", "--settings", str(settings)], {}, folder / "gateway.log")


class StoreServer:
    """A store server with one plan, its door to the broker open, and a look into its database."""

    def __init__(self, folder: Path, broker_port: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.http_port = free_port()
        self._database = folder / "aislecue.db"
        environment = {
            "AISLECUE_DATA_DIR": str(folder),
            "AISLECUE_PORT": str(self.http_port),
            "AISLECUE_MQTT_HOST": "127.0.0.1",
            "AISLECUE_MQTT_PORT": str(broker_port),
            "AISLECUE_MQTT_USERNAME": SERVER.user,
            "AISLECUE_MQTT_PASSWORD": SERVER.password or "",
        }
        plan = folder / "plan.yaml"
        plan.write_text(PLAN)
        self.log = folder / "server.log"
        for arguments in (["db", "upgrade"], ["plan", "apply", str(plan)]):
            command = [sys.executable, "-m", "aislecue.cli", *arguments]
            subprocess.run(command, env=os.environ | environment, check=True, capture_output=True)
        self.program = Program(["server"], environment, self.log)

    def seqs(self) -> dict[str, list[int]]:
        """Return the numbers of presence messages kept, by boot id."""
        out: dict[str, list[int]] = {}
        for boot, seq in self._rows("SELECT boot, seq FROM gateway_message ORDER BY boot, seq"):
            out.setdefault(boot, []).append(seq)
        return out

    def presence(self) -> list[tuple[Any, ...]]:
        """Return (store, gateway, uuid, major, minor, state) of every beacon any gateway told of."""
        return self._rows("SELECT store, gateway, uuid, major, minor, state FROM presence")

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        with sqlite3.connect(f"file:{self._database}?mode=ro", uri=True) as database:
            rows = database.execute(query).fetchall()
        database.close()
        return rows


def spool_depth(folder: Path) -> int:
    """Return how many batches of messages a gateway's card still holds."""
    with sqlite3.connect(f"file:{folder / 'data' / 'spool.db'}?mode=ro", uri=True) as database:
        (depth,) = database.execute("SELECT count(*) FROM batches").fetchone()
    database.close()
    return int(depth)
