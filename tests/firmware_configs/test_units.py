"""Units, drop-ins and rights of rendered machines, by systemd and by a JavaScript engine as polkit has one."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.firmware_configs.plans import rendered

FILES = rendered().files
UNITS = ("aislecue-gateway.service", "aislecue-beacon.service", "bluetooth.service")
PROGRAMS = ("opt/aislecue/bin/aislecue", "opt/aislecue/bin/python", "usr/libexec/bluetooth/bluetoothd")
BLUETOOTH = "[Service]\nType=dbus\nBusName=org.bluez\nExecStart=/usr/libexec/bluetooth/bluetoothd\n"
GATEWAY = "gateways/gw-shoes/root/"
MACHINES_UNITS = Path("/usr/lib/systemd/system")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a machine's tree: this one's units, ours above them, and programs that are only there."""
    if shutil.which("systemd-analyze") is None or not MACHINES_UNITS.is_dir():
        pytest.skip("systemd is not installed (apt-get install systemd)")
    shutil.copytree(MACHINES_UNITS, tmp_path / "usr/lib/systemd/system", symlinks=True)
    texts = {name.removeprefix(GATEWAY): text for name, text in FILES.items() if name.startswith(GATEWAY)}
    texts["etc/systemd/system/aislecue-beacon.service"] = FILES["beacons/bluez/aislecue-beacon.service"]
    texts["usr/lib/systemd/system/bluetooth.service"] = BLUETOOTH
    for name, text in (*texts.items(), *((program, "#!/bin/sh\n") for program in PROGRAMS)):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(text)
        path.chmod(0o755 if name in PROGRAMS else 0o644)
    return tmp_path


def verify(root: Path) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", "verify", f"--root={root}", "--man=no", *UNITS]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=50)


def test_systemd_has_nothing_to_say_against_them(root: Path) -> None:
    done = verify(root)
    assert (done.returncode, done.stderr) == (0, "")


def test_systemd_would_tell_a_key_it_does_not_know(root: Path) -> None:
    drop_in = root / "etc/systemd/system/bluetooth.service.d/aislecue.conf"
    drop_in.write_text(drop_in.read_text().replace("Restart=", "Restarts="))
    assert "Unknown key 'Restarts'" in verify(root).stderr


def test_bluetoothd_comes_back_and_scans_passively() -> None:
    for name in (
        f"{GATEWAY}etc/systemd/system/bluetooth.service.d/aislecue.conf",
        "beacons/bluez/bluetooth.conf",
    ):
        lines = FILES[name].splitlines()
        assert {"ExecStart=/usr/libexec/bluetooth/bluetoothd -E", "Restart=always"} <= set(lines)


POLKIT = """
let rule; const polkit = {Result: {YES: 'yes', NOT_HANDLED: 'no'}, addRule: (f) => { rule = f; }};
const ask = (user, id, unit, verb) => rule({id, lookup: (key) => ({unit, verb})[key]}, {user});
const units = 'org.freedesktop.systemd1.manage-units';
"""


def test_the_gateway_may_restart_bluetoothd_and_reboot_and_nothing_else() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed (apt-get install nodejs)")
    asked = [
        "ask('aislecue', units, 'bluetooth.service', 'restart')",
        "ask('aislecue', units, 'ssh.service', 'restart')",
        "ask('aislecue', units, 'bluetooth.service', 'stop')",
        "ask('nobody', units, 'bluetooth.service', 'restart')",
        "ask('aislecue', 'org.freedesktop.login1.reboot')",
        "ask('nobody', 'org.freedesktop.login1.reboot')",
        "ask('aislecue', 'org.freedesktop.login1.power-off')",
    ]
    rules = FILES[f"{GATEWAY}etc/polkit-1/rules.d/50-aislecue-gateway.rules"]
    script = f"{POLKIT}\n{rules}\nconsole.log(JSON.stringify([{','.join(asked)}]));"
    done = subprocess.run([node, "-e", script], capture_output=True, text=True, check=True, timeout=50)
    assert json.loads(done.stdout) == ["yes", "no", "no", "no", "yes", "no", "no"]
