"""Our whole gateway and Theengs Gateway (PyPI) under the same D-Bus flood and the same mosquitto: CPU, loss, memory."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.peers import ROOT, answer, machine, python_with
from protocol.messages import Ack, Presence, decode, encode
from protocol.topics import Leaf, every_gateway, parse_topic
from tests.brokers import GATEWAYS, SERVER, Mosquitto, gateway_account
from tests.fakes.system_bus import SystemBus
from tests.programs import gateway_program

RATE, BEACONS = 500, 50
PEER_TOPIC = "home/peer"
OUTAGE_S = 10
SETTLE_S = 30
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
FAST = ["-tb", "0", "-sd", "600"]
"""The peer's default scans 58 % of the time; here it listens all the time, as ours does."""


@dataclass
class Flood:
    """The flooding bluetoothd, a child with a line protocol."""

    child: subprocess.Popen[str]

    @classmethod
    def start(cls, bus: str) -> "Flood":
        command = [sys.executable, "-m", "benchmarks.flood", bus, str(RATE), str(BEACONS)]
        child = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        flood = cls(child)
        flood.read()
        return flood

    def read(self) -> Any:
        assert self.child.stdout is not None
        return json.loads(self.child.stdout.readline())

    def say(self, line: str) -> None:
        assert self.child.stdin is not None
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()

    def ask(self, line: str) -> Any:
        self.say(line)
        return self.read()


class Receiver:
    """The server's end: acknowledges ours, counts the peer's."""

    def __init__(self, port: int) -> None:
        self.seqs: set[tuple[str, int]] = set()
        self.peer_messages = 0
        self._subscribed = threading.Event()
        self.client = paho.Client(CallbackAPIVersion.VERSION2, client_id="bench", protocol=paho.MQTTv5)
        self.client.username_pw_set(SERVER.user, SERVER.password)
        self.client.on_connect = lambda client, *_: client.subscribe(
            [(every_gateway(Leaf.PRESENCE), 1), (f"{PEER_TOPIC}/#", 1)]
        )
        self.client.on_subscribe = lambda *_: self._subscribed.set()
        self.client.on_message = self._take
        self.client.reconnect_delay_set(1, 1)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        assert self._subscribed.wait(10)

    def _take(self, client: paho.Client, _u: Any, message: paho.MQTTMessage) -> None:
        if message.topic.startswith(PEER_TOPIC):
            self.peer_messages += 1
            return
        address, _ = parse_topic(message.topic)
        presence = decode(Presence, bytes(message.payload))
        self.seqs.add((presence.boot, presence.seq))
        ack = Ack(boot=presence.boot, seqs=((presence.seq, presence.seq),))
        client.publish(address.topic(Leaf.ACK), encode(ack), qos=1)

    def missing(self) -> int:
        """Return how many of our numbers below the highest never came."""
        return max((seq for _, seq in self.seqs), default=0) - len(self.seqs)


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def rss_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def wait_for(condition: Callable[[], object], limit_s: float) -> bool:
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False


def measure(
    pid: int, flood: Flood, broker: Mosquitto, seconds: float, received: Callable[[], int]
) -> dict[str, Any]:
    """Flood quietly for CPU and memory, then again with the broker away for a while."""
    began = cpu_s(pid)
    quiet = flood.ask(f"go {seconds}")
    time.sleep(1)
    cpu_us = (cpu_s(pid) - began) / quiet["signalled"] * 1e6
    before = received()
    flood.say(f"go {OUTAGE_S + 10}")
    time.sleep(5)
    broker.kill()
    time.sleep(OUTAGE_S)
    broker.start()
    cut = flood.read()
    return {"cpu_us": round(cpu_us, 1), "rss_mb": round(rss_mb(pid), 1), "before": before, "cut": cut}


def ours(folder: Path, flood: Flood, broker: Mosquitto, receiver: Receiver, seconds: float) -> dict[str, Any]:
    program = gateway_program(folder / "ours", broker.port)
    program.start()
    assert program._process is not None
    pid = program._process.pid
    try:
        # The self-test of scan paths opens and closes the radio first.
        text = folder / "ours" / "gateway.log"
        wait_for(lambda: "scan paths" in text.read_text(), 60)
        wait_for(lambda: len(flood.ask("scanning")) == 2, 20)
        told = measure(pid, flood, broker, seconds, lambda: len(receiver.seqs))
        wait_for(lambda: receiver.missing() == 0 and len(receiver.seqs) > told["before"] + OUTAGE_S, SETTLE_S)
    finally:
        program.stop()
    return {"cpu_us": told["cpu_us"], "lost": receiver.missing(), "rss_mb": told["rss_mb"]}


def theengs(flood: Flood, broker: Mosquitto, receiver: Receiver, seconds: float) -> dict[str, Any]:
    python = python_with("TheengsGateway")
    account = gateway_account(GATEWAYS[1])
    command = [str(python), "-m", "TheengsGateway", "-H", "127.0.0.1", "-P", str(broker.port)]
    command += ["-u", account.user, "-p", account.password or "", "-pt", PEER_TOPIC, "-pr", "0", "-D", "0"]
    command += [*FAST, "-ll", "ERROR", "-a", "hci0"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        try:
            if not wait_for(lambda: flood.ask("scanning") == ["active"], 30):
                return {"failed": "did not scan"}
            flood.ask("go 2")
            if not wait_for(lambda: receiver.peer_messages, 10):
                return {"failed": "did not publish"}
            told = measure(child.pid, flood, broker, seconds, lambda: receiver.peer_messages)
            wait_for(lambda: False, 5)
        finally:
            child.kill()
    arrived = receiver.peer_messages - told["before"]
    return {"cpu_us": told["cpu_us"], "lost": told["cut"]["signalled"] - arrived, "rss_mb": told["rss_mb"]}


def run(seconds: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bus = SystemBus(folder).start()
        os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = bus.address
        (folder / "broker").mkdir()
        broker = Mosquitto(folder / "broker")
        with (folder / "broker" / "acl").open("a") as acl:
            acl.write(
                f"\nuser {SERVER.user}\ntopic read {PEER_TOPIC}/#\n\nuser {gateway_account(GATEWAYS[1]).user}\n"
            )
            acl.write(f"topic write {PEER_TOPIC}/#\ntopic write home/#\n")
        broker.start()
        flood = Flood.start(bus.address)
        receiver = Receiver(broker.port)
        try:
            result = {"ours": ours(folder, flood, broker, receiver, seconds)}
            result["theengs"] = theengs(flood, broker, receiver, seconds)
        finally:
            receiver.client.loop_stop()
            flood.child.kill()
            broker.stop()
            bus.stop()
    result["ours"] |= {
        f"million_{key}": value
        for key, value in answer([sys.executable, "-m", "benchmarks.gateway_memory"], {}).items()
    }
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=60, help="of quiet flooding (60)")
    args = parser.parse_args()
    result = {"machine": machine(), **run(args.seconds)}
    if args.json:
        print(json.dumps(result))
        return
    print(f"{RATE} advertisements a second of {BEACONS} beacons over D-Bus ({result['machine']})")
    for name in ("ours", "theengs"):
        print(f"  {name:<8} " + "  ".join(f"{key} {value}" for key, value in result[name].items()))


if __name__ == "__main__":
    main()
