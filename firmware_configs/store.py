"""What the store's own machine gets: mosquitto behind TLS, its reload, the reverse proxy (systemd.path(5), caddyserver.com/docs)."""

import re
from dataclasses import dataclass
from typing import Final

from firmware_configs.filling import fill
from firmware_configs.gateway import Machine
from firmware_configs.mosquitto import Account, BrokerPlan, TlsFiles, gateway_user, render_mosquitto
from protocol.plan import StorePlan
from protocol.topics import GatewayAddress

HOST: Final = re.compile(
    r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*"
)
_BROKER_FOLDER: Final = "/etc/mosquitto/aislecue"
_SERVER_ACCOUNT: Final = "store-server"
_CREDENTIALS: Final = ("ca.pem", "broker.pem", "broker.key", "revoked.crl")
"""As `aislecue gateway broker` writes them."""
_RELOAD: Final = ("aislecue-broker-reload.path", "aislecue-broker-reload.service")


@dataclass(frozen=True, slots=True)
class Hosts:
    """The names under which the broker and the pages are reached; the server itself stays on loopback."""

    broker: str
    pages: str
    server_port: int = 8_080

    def __post_init__(self) -> None:
        for name in (self.broker, self.pages):
            if not HOST.fullmatch(name):
                raise ValueError(f"a host name in lower case expected, got {name!r}")


def render_store(plan: StorePlan, hosts: Hosts) -> dict[str, str]:
    """Return path below the store's folder -> content."""
    gateways = [Account(gateway_user(GatewayAddress(plan.id, place.id))) for place in plan.gateways]
    broker = BrokerPlan(
        directory=_BROKER_FOLDER,
        port=Machine(hosts.broker).broker_port,
        gateways=gateways,
        servers=[Account(_SERVER_ACCOUNT)],
        tls=TlsFiles(*(f"{_BROKER_FOLDER}/{name}" for name in _CREDENTIALS)),
    )
    files = {f"mosquitto/{name}": text for name, text in render_mosquitto(broker).items()}
    files |= {f"systemd/{name}": fill(f"store/{name}", folder=_BROKER_FOLDER) for name in _RELOAD}
    files["Caddyfile"] = fill("store/Caddyfile", host=hosts.pages, port=hosts.server_port, store=plan.id)
    return files
