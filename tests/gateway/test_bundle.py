"""A log bundle: what is in it, what never is, how large it may grow (SPEC 7, log-bundle)."""

import gzip
import json
import logging
import secrets
from pathlib import Path
from typing import Any

import pytest

from gateway.bundle import Contents, pack, told_settings
from gateway.doctor import Finding
from gateway.hearing import Hearing
from gateway.obeying import Obedience
from gateway.radio.simulated import SimulatedRadio
from gateway.recollection import HEARTBEATS, LINES, Heartbeats, LogRing
from gateway.settings import BrokerSettings, Settings
from protocol.instants import Instant
from protocol.messages import (
    MAX_BUNDLE_BYTES,
    MAX_MESSAGE_BYTES,
    Command,
    Health,
    Result,
    SpoolHealth,
    WireInstant,
    encode,
)
from tests.brokers import GATEWAYS
from tests.fakes.clock import ManualClock

PASSWORD = "pass of the broker"
STRANGER = "5A:3C:00:11:22:33"


def settings(folder: Path) -> Settings:
    broker = BrokerSettings("127.0.0.1", 1883, "milan/gw", PASSWORD, key_file=folder / "gateway.key")
    return Settings(GATEWAYS[0], frozenset({"8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10"}), folder, broker)


def health(at: Instant, **more: Any) -> Health:
    spool = SpoolHealth(depth=0, age_s=0.0, bytes=0, dropped=0)
    return Health(
        boot="0123456789abcdef",
        sent_at=WireInstant(at),
        clock_synced=True,
        status="online",
        adapters=(),
        spool=spool,
        heard_per_min=12,
        **more,
    )


def bundle(packed: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(gzip.decompress(packed))
    return found


def test_what_one_looks_at_before_driving_there_is_in_it(tmp_path: Path) -> None:
    found = bundle(
        pack(
            Contents(
                settings(tmp_path),
                7,
                [Finding("disk", False, "full", "free some")],
                [encode(health(1_000, versions={"aislecue": "0.1.0"}))],
                ["INFO gateway: one", "WARNING gateway: two"],
            )
        )
    )
    assert found["log"] == ["INFO gateway: one", "WARNING gateway: two"]
    assert found["findings"][0]["advice"] == "free some"
    assert found["config_version"] == 7
    (beat,) = found["health"]
    assert (beat["spool"]["depth"], beat["versions"]) == (0, {"aislecue": "0.1.0"})
    assert found["settings"]["broker"] == {
        "host": "127.0.0.1",
        "port": 1883,
        "user": "milan/gw",
        "tls": False,
        "certificate": False,
        "password": True,
    }


def test_no_secret_and_nobody_s_address_is_in_it(tmp_path: Path) -> None:
    key = "-----BEGIN PRIVATE KEY-----\nMIGHAgEA\n-----END PRIVATE KEY-----"
    path = f"/org/bluez/hci0/dev_{STRANGER.replace(':', '_')}"
    lines = [
        f"refused: {PASSWORD}!",
        f"{STRANGER} gone",
        path,
        f"bad {key} here",
        "cut -----BEGIN EC KEY-----\nMI",
    ]
    faults = {"broker": f"{PASSWORD} refused", f"radio {STRANGER}": "deaf"}
    packed = pack(Contents(settings(tmp_path), 0, [], [encode(health(1, faults=faults))], lines))
    text = gzip.decompress(packed).decode()
    for never in (PASSWORD, STRANGER, STRANGER.replace(":", "_"), "MIGHAgEA", "\\nMI", "gateway.key"):
        assert never not in text, never
    assert bundle(packed)["log"][0] == "refused: (not told)!"


def test_a_setting_is_told_only_by_name(tmp_path: Path) -> None:
    told = told_settings(settings(tmp_path))
    assert PASSWORD not in str(told)
    assert set(told) < set(Settings.__slots__) | {"store", "gateway", "takes_configurations"}


def test_it_fits_a_message_and_the_latest_stays(tmp_path: Path) -> None:
    lines = [f"line {number} {secrets.token_hex(200)}" for number in range(LINES)]
    packed = pack(Contents(settings(tmp_path), 0, [], [], lines))
    assert len(packed) <= MAX_BUNDLE_BYTES
    kept = bundle(packed)["log"]
    assert 50 < len(kept) < LINES
    assert kept[-1] == lines[-1]


def test_log_lines_are_bounded_and_carry_their_time() -> None:
    ring, log = LogRing(), logging.getLogger("gateway.test_bundle")
    log.setLevel(logging.INFO)
    log.addHandler(ring)
    for number in range(LINES + 5):
        log.info("number %d", number)
    log.warning("long %s end", "x" * 5_000)
    lines = ring.lines()
    assert len(lines) == LINES
    assert "number 6" in lines[0]
    assert len(lines[-1]) < 700
    assert lines[-1].endswith("end")
    assert lines[-1][10] == "T"


def test_heartbeats_are_the_latest_hour() -> None:
    beats = Heartbeats()
    for at in range(HEARTBEATS + 3):
        beats.add(health(at))
    assert len(beats.kept()) == HEARTBEATS
    assert b"00.003Z" in beats.kept()[0]


@pytest.fixture
def obedience(tmp_path: Path) -> Obedience:
    clock = ManualClock()
    hearing = Hearing(SimulatedRadio(clock), clock, lambda _: None)

    async def now() -> Health:
        return health(clock.now())

    return Obedience(settings(tmp_path), [hearing], now, clock.now, LogRing())


async def test_an_order_is_carried_out_once(obedience: Obedience) -> None:
    order = Command(id="b-1", name="log-bundle")
    answer = await obedience.obey(order)
    assert answer is not None
    assert answer.ok
    assert await obedience.obey(order) is None
    assert await obedience.obey(Command(id="b-2", name="log-bundle")) is not None


def test_the_largest_answer_is_a_message() -> None:
    largest = Result(id="x" * 64, ok=True, detail="y" * 2_000, bundle="z" * (MAX_BUNDLE_BYTES // 3 * 4))
    assert len(encode(largest)) <= MAX_MESSAGE_BYTES
