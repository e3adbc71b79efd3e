"""What the gateways and the store's machine get, checked by cloud-init and caddy where they are found."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from firmware_configs.store import Hosts
from tests.firmware_configs.plans import HOSTS, rendered

FILES = rendered().files


def told() -> dict[str, Any]:
    value: dict[str, Any] = yaml.safe_load(FILES["gateways/gw-shoes/user-data"])
    return value


def test_cloud_init_finds_the_user_data_valid(tmp_path: Path) -> None:
    program = shutil.which("cloud-init")
    if program is None:
        pytest.skip("cloud-init is not installed (apt-get install cloud-init)")
    path = tmp_path / "user-data"
    path.write_text(FILES["gateways/gw-shoes/user-data"])
    done = subprocess.run(
        [program, "schema", "--config-file", str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_cloud_init_writes_what_lies_beside_it() -> None:
    written = {f"gateways/gw-shoes/root{one['path']}": one["content"] for one in told()["write_files"]}
    assert written == {name: FILES[name] for name in FILES if name.startswith("gateways/gw-shoes/root/")}


def test_a_gateway_scans_passively_and_is_watched() -> None:
    paths = {one["path"]: one["content"] for one in told()["write_files"]}
    assert "bluetoothd -E" in paths["/etc/systemd/system/bluetooth.service.d/aislecue.conf"]
    assert "RuntimeWatchdogSec=14s" in paths["/etc/systemd/system.conf.d/aislecue-watchdog.conf"]
    assert "Storage=volatile" in paths["/etc/systemd/journald.conf.d/aislecue.conf"]


def test_the_boards_watchdog_is_on_after_one_more_start_at_most(tmp_path: Path) -> None:
    (switch,) = [one for one in told()["runcmd"] if "watchdog" in one[-1]]
    config = tmp_path / "config.txt"
    config.write_text("arm_64bit=1\n")
    for _ in range(2):
        command = switch[-1].replace("/boot/firmware/config.txt", str(config))
        subprocess.run(["sh", "-c", command], check=True)
    assert config.read_text() == "arm_64bit=1\ndtparam=watchdog=on\n"
    assert told()["power_state"]["condition"] == ["sh", "-c", "! test -e /dev/watchdog"]


def test_no_secret_is_rendered() -> None:
    assert not [name for name, text in FILES.items() if "PRIVATE KEY" in text or name.endswith("passwords")]


def test_caddy_takes_the_reverse_proxys_file(tmp_path: Path) -> None:
    caddy = shutil.which("caddy")
    if caddy is None:
        pytest.skip("caddy is not installed (apt-get install caddy)")
    path = tmp_path / "Caddyfile"
    path.write_text(FILES["store/Caddyfile"])
    done = subprocess.run(
        [caddy, "validate", "--adapter", "caddyfile", "--config", str(path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HOME": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    assert "Valid configuration" in done.stdout + done.stderr
    adapted = subprocess.run(
        [caddy, "adapt", "--config", str(path)], capture_output=True, text=True, check=True
    )
    assert HOSTS.pages in adapted.stdout


@pytest.mark.parametrize("name", ["", "a b", "a.example\n}", "-a", "A.example", "a" * 64, "x" * 254])
def test_a_host_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="host name"):
        Hosts(broker=name, pages="pages.example")


def test_the_broker_refuses_what_is_revoked_and_reads_its_files_again_by_itself() -> None:
    configuration = FILES["store/mosquitto/mosquitto.conf"]
    told = re.findall(r"(?:crlfile|acl_file|certfile) (.+)", configuration)
    watch = FILES["store/systemd/aislecue-broker-reload.path"]
    assert set(re.findall(r"PathChanged=(.+)", watch)) == set(told)
    assert len(told) == 3
    reload = FILES["store/systemd/aislecue-broker-reload.service"]
    assert "systemctl reload mosquitto.service" in reload


def test_systemd_takes_the_units_of_the_stores_machine(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed (apt-get install systemd)")
    units = {name.rpartition("/")[2]: text for name, text in FILES.items() if "store/systemd/" in name}
    for name, text in units.items():
        (tmp_path / name).write_text(text)
    paths = [str(tmp_path / name) for name in units]
    done = subprocess.run([analyze, "verify", *paths], capture_output=True, text=True, check=False)
    ours = [line for line in done.stderr.splitlines() if "aislecue" in line]
    assert ours == []
