"""A certificate's end is told a month before, by health and doctor, and one that cannot be read at once."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.certificate import WARN_MS, Certificate
from gateway.doctor import examine
from gateway.radio.simulated import SimulatedRadio
from gateway.service import Gateway
from gateway.settings import BrokerSettings, Settings
from protocol.instants import SECOND, Instant
from store_server.fleet.authority import CERTIFICATE_LIFE, open_authority
from tests.brokers import GATEWAYS, free_port
from tests.fakes.clock import START, ManualClock

ENDS = START + CERTIFICATE_LIFE
TOLD = "out on 2031-10-31: enrol this gateway again"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    issued = open_authority(tmp_path, START).sign_client(
        "milan/gw-shoes", ec.generate_private_key(ec.SECP256R1()).public_key(), START
    )
    path = tmp_path / "gateway.pem"
    path.write_text(issued.certificate)
    return path


@pytest.mark.parametrize(
    ("now", "fault"),
    [
        (START, None),
        (ENDS - WARN_MS - SECOND, None),
        (ENDS - WARN_MS, f"runs {TOLD}"),
        (ENDS - SECOND, f"runs {TOLD}"),
        (ENDS, f"ran {TOLD}"),
    ],
)
def test_it_is_told_from_a_month_before(path: Path, now: Instant, fault: str | None) -> None:
    assert Certificate(path).fault(now) == fault


def settings(cert_file: Path) -> Settings:
    broker = BrokerSettings(
        "127.0.0.1", free_port(), "gw", ca_file=cert_file, cert_file=cert_file, key_file=cert_file
    )
    return Settings(
        GATEWAYS[0], frozenset({"8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10"}), cert_file.parent, broker
    )


def test_health_tells_it_and_goes_on(path: Path, tmp_path: Path) -> None:
    clock = ManualClock()
    clock.go(ENDS - WARN_MS)
    assert Gateway(settings(path), clock, [SimulatedRadio(clock)]).faults()["certificate"] == f"runs {TOLD}"
    missing = Gateway(settings(tmp_path / "gone.pem"), clock, [SimulatedRadio(clock)])
    assert "gone.pem" in missing.faults()["certificate"]


async def test_the_doctor_tells_it_and_what_to_do(path: Path) -> None:
    found = {one.part: one for one in await examine(settings(path), [], START)}
    assert found["certificate"].ok
    assert found["certificate"].found.startswith("good until 2031-10-31; renews itself from 2030-")
    late = {one.part: one for one in await examine(settings(path), [], ENDS)}
    assert late["certificate"].found == f"ran {TOLD}"
    assert "gateway enroll" in late["certificate"].advice
