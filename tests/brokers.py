"""A real mosquitto on a free loopback port, run with the configuration we render."""

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from firmware_configs.mosquitto import Account, BrokerPlan, gateway_user, render_mosquitto
from protocol.topics import GatewayAddress

STORE = "milan-duomo"
GATEWAYS = tuple(GatewayAddress(STORE, f"gw-{n}") for n in ("entrance", "shoes", "till", "cafe"))
SERVER = Account("server", "server-secret")
SECOND_SERVER = Account("server-2", "server-2-secret")
START_TIMEOUT_S = 10


def gateway_account(address: GatewayAddress) -> Account:
    return Account(gateway_user(address), f"secret of {address.gateway}")


def mosquitto_path() -> str:
    """Return the broker's program, or skip with a reason."""
    found = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip("mosquitto is not installed (apt-get install mosquitto)")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Mosquitto:
    """One broker process; `kill` and `start` again keep its port and directory."""

    directory: Path
    port: int = field(default_factory=free_port)
    gateways: tuple[GatewayAddress, ...] = GATEWAYS
    log: list[str] = field(default_factory=list)
    _process: subprocess.Popen[str] | None = None

    def __post_init__(self) -> None:
        self._program = mosquitto_path()
        for name, text in self.files().items():
            path = self.directory / name
            path.write_text(text)
            path.chmod(0o600)

    def files(self) -> dict[str, str]:
        """Return what the broker is given."""
        plan = BrokerPlan(
            directory=str(self.directory),
            port=self.port,
            gateways=[gateway_account(address) for address in self.gateways],
            servers=[SERVER, SECOND_SERVER],
            run_as=getpass.getuser(),
        )
        return render_mosquitto(plan)

    def start(self) -> "Mosquitto":
        self._process = subprocess.Popen(
            [self._program, "-c", str(self.directory / "mosquitto.conf")], stderr=subprocess.PIPE, text=True
        )
        running = threading.Event()
        threading.Thread(target=self._read_log, args=(self._process, running), daemon=True).start()
        if not running.wait(START_TIMEOUT_S) or self._process.poll() is not None:
            self.kill()
            raise RuntimeError("mosquitto did not start:\n" + "\n".join(self.log[-20:]))
        self._await_loop()
        return self

    def _await_loop(self) -> None:
        """Return once its loop runs: a SIGTERM that comes between its "running" line and its loop is forgotten.

        Only the loop hangs up on bytes that are neither MQTT nor TLS.
        """
        with socket.create_connection(("127.0.0.1", self.port), START_TIMEOUT_S) as probe:
            probe.sendall(bytes(8))
            with contextlib.suppress(ConnectionResetError):
                probe.recv(64)

    def kill(self) -> None:
        """End it as a power cut would, this process only."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def reload(self) -> None:
        """Have it read its files again, as `systemctl reload mosquitto` does."""
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def reloads(self) -> int:
        return sum(line.endswith("Reloading config.") for line in self.log)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(10)
            self._process = None

    def _read_log(self, process: subprocess.Popen[str], running: threading.Event) -> None:
        assert process.stderr is not None
        with process.stderr as lines:
            for line in lines:
                self.log.append(line.rstrip())
                if line.rstrip().endswith("running"):
                    running.set()
        running.set()
