"""What a gateway's Pi is given: systemd unit, settings, folders, rights, BlueZ drop-in (systemd.exec(5), systemd.service(5))."""

from dataclasses import dataclass
from importlib.resources import files
from string import Template

from protocol.plan import StorePlan

_TEMPLATES = files("firmware_configs") / "templates" / "gateway"
METRICS_PORT = 9_464
"""Prometheus's port for exporters of this kind; on loopback only."""


@dataclass(frozen=True, slots=True)
class Machine:
    """How a gateway's machine is set up; the defaults are those of a Raspberry Pi OS with our package."""

    broker_host: str
    broker_port: int = 8_883
    program: str = "/opt/aislecue/bin/aislecue"
    account: str = "aislecue"
    networks: str = "localhost 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fd00::/8"
    """Where the broker and the name server may be; everything else is unreachable for the gateway."""


def render_gateway(plan: StorePlan, gateway: str, machine: Machine) -> dict[str, str]:
    """Return path on the Pi -> content. Raises ValueError where the plan has no such gateway."""
    if gateway not in {place.id for place in plan.gateways}:
        raise ValueError(f"a gateway of store {plan.id} expected, got {gateway!r}")
    settings = "/etc/aislecue/gateway.toml"
    uuids = ", ".join(f'"{uuid}"' for uuid in sorted(plan.allowed_uuids))
    return {
        settings: _fill(
            "gateway.toml",
            store=plan.id,
            gateway=gateway,
            uuids=uuids,
            metrics_port=METRICS_PORT,
            broker_host=machine.broker_host,
            broker_port=machine.broker_port,
        ),
        "/etc/systemd/system/aislecue-gateway.service": _fill(
            "aislecue-gateway.service",
            program=machine.program,
            settings=settings,
            account=machine.account,
            networks=machine.networks,
        ),
        "/etc/systemd/system/bluetooth.service.d/aislecue.conf": _fill("bluetooth-experimental.conf"),
        "/etc/polkit-1/rules.d/50-aislecue-gateway.rules": _fill("polkit.rules", account=machine.account),
        "/etc/udev/rules.d/70-aislecue-gateway.rules": _fill("udev.rules", account=machine.account),
        "/etc/tmpfiles.d/aislecue-gateway.conf": _fill("tmpfiles.conf", account=machine.account),
    }


def _fill(name: str, **values: object) -> str:
    return Template((_TEMPLATES / name).read_text()).substitute(values)
