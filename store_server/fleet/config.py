"""The configuration each enrolled gateway is told: from its store's plan, signed, to stand retained at the broker (SPEC 7)."""

import base64
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from sqlmodel import Session, col, select

from protocol.config import GatewayConfig, SignedConfig, signed_bytes
from protocol.instants import Instant
from protocol.messages import encode
from protocol.plan import StorePlan, read_plan
from protocol.topics import GatewayAddress, Leaf
from store_server.db.tables import PlanRevision
from store_server.fleet.enrolment import enrolled_gateways
from store_server.fleet.errors import BadAuthority
from store_server.fleet.key_files import keep_once, private_pem

KEY_FILE = "gateway-config.key"
KNOWN_PLANS = 1_024
"""What stands is looked at every few seconds; reading YAML takes a thousand times as long as finding it unchanged."""


class ConfigSigner:
    """Signs what gateways obey; `public_key` is what a gateway pins when it is enrolled."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public_key = _base64url(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def sign(self, config: GatewayConfig) -> bytes:
        """Return the message to publish."""
        text = encode(config).decode()
        return encode(SignedConfig(config=text, signature=_base64url(self._key.sign(signed_bytes(text)))))


def open_signer(data_dir: Path) -> ConfigSigner:
    """Load this deployment's signing key, or make it at the first need (mode 0600). Raises BadAuthority."""
    pem = keep_once(data_dir / KEY_FILE, lambda: private_pem(Ed25519PrivateKey.generate()))
    try:
        key = load_pem_private_key(pem, password=None)
    except ValueError as fault:
        raise BadAuthority(f"a private key as PEM in {KEY_FILE} expected, got something else") from fault
    if not isinstance(key, Ed25519PrivateKey):
        raise BadAuthority(f"an Ed25519 private key in {KEY_FILE} expected, got another kind")
    return ConfigSigner(key)


def config_of(address: GatewayAddress, plan: StorePlan, revision: int) -> GatewayConfig:
    """Return what a gateway is told; its version is the plan's revision, of which each has one text for ever."""
    return GatewayConfig(
        store=address.store,
        gateway=address.gateway,
        version=revision,
        allowed_uuids=tuple(sorted(plan.allowed_uuids)),
    )


def standing_configs(session: Session, data_dir: Path, now: Instant) -> Mapping[str, bytes]:
    """Return topic -> message for every enrolled gateway of a running plan. Raises BadAuthority."""
    planned = list(_planned(session, now))
    if not planned:
        return {}
    signer = open_signer(data_dir)
    return {
        config_topic(address): signer.sign(config_of(address, plan, revision))
        for address, plan, revision in planned
    }


def config_topic(address: GatewayAddress) -> str:
    return address.topic(Leaf.CONFIG)


def newest_plan(session: Session, store: str) -> PlanRevision | None:
    """Return the plan revision that runs."""
    newest = (
        select(PlanRevision)
        .where(PlanRevision.store == store)
        .order_by(col(PlanRevision.revision).desc())
        .limit(1)
    )
    return session.exec(newest).first()


def running_plan(session: Session, store: str) -> tuple[StorePlan, int] | None:
    """Return a store's newest plan and its revision."""
    row = newest_plan(session, store)
    return None if row is None else (_read(row.text, store), row.revision)


@lru_cache(maxsize=KNOWN_PLANS)
def _read(text: str, store: str) -> StorePlan:
    return read_plan(text, store)


def _planned(session: Session, now: Instant) -> Iterator[tuple[GatewayAddress, StorePlan, int]]:
    plans: dict[str, tuple[StorePlan, int] | None] = {}
    for address in sorted(enrolled_gateways(session, now)):
        if address.store not in plans:
            plans[address.store] = running_plan(session, address.store)
        found = plans[address.store]
        if found is not None and address.gateway in {place.id for place in found[0].gateways}:
            yield address, *found


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
