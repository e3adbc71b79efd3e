"""What is rendered for a gateway's Pi: settings it can read, a unit that systemd finds hard and that lets it ask for the time."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from firmware_configs.gateway import Machine, render_gateway
from gateway.settings import read_settings
from protocol.plan import read_plan
from tests.without_syscalls import ADJTIMEX, run_without

PLAN = read_plan(
    """\
version: 1
store: {id: milan-duomo, name: Milano, timezone: Europe/Rome, locale: it, floor: {width_m: 40, depth_m: 25}}
zones: [{id: entrance, name: Entrance, polygon: [[0, 0], [8, 0], [8, 6], [0, 6]]}]
beacons: [{id: ENT-1, zone: entrance, uuid: 8C18B6A9-5f4c-4d5f-9f1e-0a6e0b8f2d10, major: 1, minor: 11}]
tags: [{uuid: 3f0e6c1e-6a55-4a0e-8f0e-2b6f6f7d9a01, kind: cart}]
gateways: [{id: gw-entrance, zone: entrance}]
""",
    "plan.yaml",
)
MACHINE = Machine(broker_host="broker.milan.example.com")
UNIT = "/etc/systemd/system/aislecue-gateway.service"
MOST_EXPOSED = 20
"""Of 100: systemd calls anything up to 20 OK; what the peers ship scores 92."""


def test_the_settings_are_read_by_the_gateway(tmp_path: Path) -> None:
    rendered = render_gateway(PLAN, "gw-entrance", MACHINE)
    path = tmp_path / "gateway.toml"
    path.write_text(rendered["/etc/aislecue/gateway.toml"])
    settings = read_settings(path, {})
    assert settings.address == ("milan-duomo", "gw-entrance")
    assert settings.allowed_uuids == PLAN.allowed_uuids
    assert (settings.broker.host, settings.broker.tls) == ("broker.milan.example.com", True)


def test_the_unit_is_hardened(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed (apt-get install systemd)")
    unit = tmp_path / "aislecue-gateway.service"
    unit.write_text(render_gateway(PLAN, "gw-entrance", MACHINE)[UNIT])
    judged = subprocess.run(
        [analyze, "security", "--offline=true", f"--threshold={MOST_EXPOSED}", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert judged.returncode == 0, judged.stdout + judged.stderr


def let_through(unit: str) -> set[str]:
    """Return what systemd makes of the unit's filter, as far as it names what adjtimex() may call."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed (apt-get install systemd)")
    allowed: set[str] = set()
    for line in re.findall(r"^SystemCallFilter=(.*)$", unit, re.MULTILINE):
        for name in line.removeprefix("~").split():
            members = _members(analyze, name) if name.startswith("@") else {name}
            allowed = allowed - members if line.startswith("~") else allowed | members
    return allowed & set(ADJTIMEX)


def _members(analyze: str, group: str) -> set[str]:
    listed = subprocess.run([analyze, "syscall-filter", group], capture_output=True, text=True, check=True)
    names = {line.strip() for line in listed.stdout.splitlines()[1:]} - {""}
    groups = {name for name in names if name.startswith("@")}
    return (names - groups).union(*(_members(analyze, inner) for inner in groups))


ASK = """\
import logging
from gateway import clock
logging.basicConfig(format="%(message)s")
for _ in range(3):
    clock.kernel_synchronised()
"""


def test_under_the_unit_the_kernel_says_whether_the_clock_is_set() -> None:
    unit = render_gateway(PLAN, "gw-entrance", MACHINE)[UNIT]
    assert run_without(set(ADJTIMEX) - let_through(unit), ASK) == ""


def test_a_kernel_that_refuses_to_say_is_told_once() -> None:
    assert run_without(set(ADJTIMEX), ASK).splitlines() == [
        "clock: the kernel refuses to say whether it is set (adjtimex: Operation not permitted)"
    ]


def test_a_gateway_that_is_not_in_the_plan_is_refused() -> None:
    with pytest.raises(ValueError, match="gw-attic"):
        render_gateway(PLAN, "gw-attic", MACHINE)
