"""A real mosquitto with TLS and client certificates on loopback: our configuration, our own authority."""

import getpass
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from firmware_configs.mosquitto import Account, BrokerPlan, TlsFiles, gateway_user, render_mosquitto
from gateway.settings import BrokerSettings
from protocol.instants import Instant
from protocol.topics import GatewayAddress
from store_server.clock import WallClock
from store_server.fleet.authority import Authority, Issued, Revoked, open_authority
from store_server.fleet.broker_files import BROKER_CERTIFICATE, BROKER_KEY, CA, REVOKED, broker_files
from store_server.fleet.key_files import private_pem
from store_server.settings import Settings
from tests.brokers import SERVER, Mosquitto

HOST = "127.0.0.1"


def real_now() -> Instant:
    """Return the machine's time: OpenSSL judges certificates by it."""
    return WallClock().now()


@dataclass
class TlsMosquitto(Mosquitto):
    """A broker of the authority that lies in `folder`."""

    folder: Path = field(kw_only=True)

    def files(self) -> dict[str, str]:
        paths = [str(self.directory / name) for name in (CA, BROKER_CERTIFICATE, BROKER_KEY, REVOKED)]
        plan = BrokerPlan(
            directory=str(self.directory),
            port=self.port,
            gateways=[Account(gateway_user(address)) for address in self.gateways],
            servers=[Account(SERVER.user)],
            tls=TlsFiles(*paths),
            run_as=getpass.getuser(),
        )
        credentials = broker_files(self.authority, HOST, [SERVER.user], [], real_now())
        return {**render_mosquitto(plan), **credentials}

    @property
    def authority(self) -> Authority:
        return open_authority(self.folder, real_now())

    def refuse(self, *issued: Issued) -> None:
        """Put certificates on the broker's list, and start it again so that it reads it."""
        now = real_now()
        revoked = [Revoked(one.serial, now) for one in issued]
        (self.directory / REVOKED).write_text(self.authority.revocations(revoked, now))
        self.stop()
        self.start()

    def server_settings(self) -> BrokerSettings:
        """Return how the store server connects, as a gateway's client would."""
        return BrokerSettings(
            HOST,
            self.port,
            SERVER.user,
            ca_file=self.directory / CA,
            cert_file=self.directory / f"{SERVER.user}.pem",
            key_file=self.directory / f"{SERVER.user}.key",
        )


def store_settings(broker: TlsMosquitto, *roles: str, crl_file: Path | None = None) -> Settings:
    """Return a store server at this broker that takes in, and has these other roles."""
    ours = broker.server_settings()
    return Settings(
        data_dir=broker.folder,
        roles=frozenset({"intake", *roles}),
        worker=SERVER.user,
        mqtt_host=HOST,
        mqtt_port=broker.port,
        mqtt_ca_file=ours.ca_file,
        mqtt_cert_file=ours.cert_file,
        mqtt_key_file=ours.key_file,
        mqtt_crl_file=crl_file,
    )


def gateway_settings(
    broker: TlsMosquitto, address: GatewayAddress, folder: Path, authority: Authority | None = None
) -> tuple[BrokerSettings, Issued]:
    """Make a gateway's key and certificate; return how it connects with them."""
    key = ec.generate_private_key(ec.SECP256R1())
    signing = authority or broker.authority
    issued = signing.sign_client(gateway_user(address), key.public_key(), real_now())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "gateway.key").write_bytes(private_pem(key))
    (folder / "gateway.pem").write_text(issued.certificate)
    settings = BrokerSettings(
        HOST,
        broker.port,
        gateway_user(address),
        ca_file=broker.directory / CA,
        cert_file=folder / "gateway.pem",
        key_file=folder / "gateway.key",
    )
    return settings, issued
