"""A gateway's whole machine: cloud-init user-data that writes every file, BlueZ's main.conf, hardware watchdog, a card that is read mostly."""

from collections.abc import Mapping
from typing import Any

import yaml

from firmware_configs.filling import fill
from firmware_configs.gateway import Machine, render_gateway
from protocol.plan import StorePlan

_EXTRA = {
    "/etc/bluetooth/main.conf": "bluetooth-main.conf",
    "/etc/systemd/system.conf.d/aislecue-watchdog.conf": "watchdog.conf",
    "/etc/systemd/journald.conf.d/aislecue.conf": "journald.conf",
}
_BOARD_WATCHDOG = "f=/boot/firmware/config.txt; test ! -e $f || grep -qx dtparam=watchdog=on $f || echo dtparam=watchdog=on >> $f"
"""Raspberry Pi's device tree parameter; a board without that file is none."""
_ENABLED = ("bluetooth.service", "aislecue-gateway.service")


def render_pi(plan: StorePlan, gateway: str, machine: Machine) -> dict[str, str]:
    """Return path below the gateway's folder -> content: `user-data` for the card, `root/...` for a machine that runs."""
    files = render_gateway(plan, gateway, machine)
    files |= {path: fill(f"gateway/{name}") for path, name in _EXTRA.items()}
    below = {f"root{path}": text for path, text in files.items()}
    return {"user-data": _user_data(gateway, plan.id, files, machine), **below}


def _user_data(gateway: str, store: str, files: Mapping[str, str], machine: Machine) -> str:
    head = fill("gateway/user-data.head", gateway=gateway, store=store)
    told = {
        "hostname": f"{store}-{gateway}"[:63].rstrip("-"),
        "timezone": "UTC",
        "package_update": True,
        "packages": ["bluez", "python3-venv", "polkitd"],
        "users": ["default", {"name": machine.account, "system": True, "shell": "/usr/sbin/nologin"}],
        "write_files": [_file(path, text) for path, text in files.items()],
        # Temporary files in memory: the card is written for the spool only.
        "mounts": [["tmpfs", folder, "tmpfs", "nosuid,nodev,size=64m"] for folder in ("/tmp", "/var/tmp")],  # noqa: S108
        "swap": {"size": 0},
        "runcmd": [*_install(machine), *(["systemctl", "enable", "--now", unit] for unit in _ENABLED)],
        # Boards whose firmware leaves the watchdog off get it with one more start, and only once (cc_power_state_change).
        "power_state": {
            "mode": "reboot",
            "delay": "now",
            "condition": ["sh", "-c", "! test -e /dev/watchdog"],
        },
    }
    return head + yaml.dump(told, Dumper=_Dumper, sort_keys=False, width=100, allow_unicode=True)


def _file(path: str, text: str) -> dict[str, Any]:
    return {"path": path, "permissions": "0644", "content": text}


def _install(machine: Machine) -> list[list[str]]:
    home = machine.program.removesuffix("/bin/aislecue")
    pip = f"{home}/bin/pip"
    return [
        ["python3", "-m", "venv", home],
        [pip, "install", "--find-links", "/boot/firmware/aislecue", "aislecue[gateway]"],
        ["ln", "-sf", machine.program, "/usr/local/bin/aislecue"],
        ["install", "-d", "-m", "0750", "/etc/aislecue"],
        ["sh", "-c", "cp -n /boot/firmware/aislecue/*.pem /boot/firmware/aislecue/*.key /etc/aislecue/"],
        ["sh", "-c", "rm -f /boot/firmware/aislecue/*.key"],
        ["sh", "-c", _BOARD_WATCHDOG],
        ["systemd-tmpfiles", "--create", "/etc/tmpfiles.d/aislecue-gateway.conf"],
        ["udevadm", "control", "--reload"],
        ["udevadm", "trigger", "--subsystem-match=misc", "--subsystem-match=usb"],
        ["systemctl", "daemon-reexec"],
        ["systemctl", "restart", "systemd-journald"],
    ]


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, so that a person can read them."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
