"""Revoked certificates where the broker reads them: the list it refuses by, and who still stands in its door (RFC 5280).

Mosquitto adds a list it reads anew to those from before and goes by the newest, to the second; so each is dated after the last.
"""

import asyncio
import logging
import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple, NoReturn

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Engine

from protocol.clock import Clock
from protocol.instants import MINUTE, SECOND, Instant
from protocol.topics import GatewayAddress
from store_server.db.session import reading
from store_server.fleet.authority import EARLY, Authority, Revoked, open_authority
from store_server.fleet.enrolment import broker_user, revoked
from store_server.fleet.errors import FleetError
from store_server.fleet.key_files import private_pem

LOOK_EVERY_MS: Instant = 5 * SECOND
"""How long a revocation in the console takes to reach the broker's file."""
STAND_IN_LIFE: Instant = 10 * MINUTE
PUBLIC = 0o644
"""The broker's own account reads the list."""

log = logging.getLogger(__name__)


class StandIn(NamedTuple):
    """Files by which this server comes in under a gateway's name, for a moment."""

    certificate: Path
    key: Path


def write_revocations(path: Path, authority: Authority, listed: Sequence[Revoked], now: Instant) -> None:
    """Replace the list whole, dated after the one that lies there. Raises OSError."""
    before = _dated(path)
    at = now if before is None else max(now, before + EARLY + SECOND)
    handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(authority.revocations(listed, at))
            file.flush()
            os.fsync(file.fileno())
        Path(draft).chmod(PUBLIC)
        Path(draft).replace(path)
    finally:
        Path(draft).unlink(missing_ok=True)


async def keep_revocations(database: Engine, data_dir: Path, path: Path, clock: Clock) -> NoReturn:
    """Keep the broker's list equal to what is revoked, until cancelled; what goes wrong is logged once and tried again."""
    fault: str | None = None
    while True:
        try:
            changed = await asyncio.to_thread(_update, database, data_dir, path, clock.now())
        except (OSError, FleetError) as found:
            if fault != str(found):
                log.error("%s: the broker cannot be told what is revoked: %s", path, found)
            fault = str(found)
        else:
            if changed or fault is not None:
                log.info("%s: the broker is told what is revoked", path)
            fault = None
        await clock.sleep_until(clock.now() + LOOK_EVERY_MS)


@asynccontextmanager
async def stand_in(data_dir: Path, address: GatewayAddress, now: Instant) -> AsyncIterator[StandIn]:
    """Make a key and a certificate of a gateway's name that last for minutes; the files go with the context. Raises FleetError."""
    with tempfile.TemporaryDirectory(prefix="stand-in-") as folder:
        yield await asyncio.to_thread(_make_stand_in, Path(folder), data_dir, address, now)


def _make_stand_in(folder: Path, data_dir: Path, address: GatewayAddress, now: Instant) -> StandIn:
    key = ec.generate_private_key(ec.SECP256R1())
    issued = open_authority(data_dir, now).sign_client(
        broker_user(address), key.public_key(), now, STAND_IN_LIFE
    )
    files = StandIn(folder / "certificate.pem", folder / "key.pem")
    files.certificate.write_text(issued.certificate)
    files.key.write_bytes(private_pem(key))  # a temporary folder is its owner's only
    return files


def _update(database: Engine, data_dir: Path, path: Path, now: Instant) -> bool:
    with reading(database) as session:
        listed = revoked(session, now)
    if _serials(path) == {int(one.serial, 16) for one in listed}:
        return False
    write_revocations(path, open_authority(data_dir, now), listed, now)
    return True


def _serials(path: Path) -> set[int] | None:
    found = _read(path)
    return None if found is None else {one.serial_number for one in found}


def _dated(path: Path) -> Instant | None:
    found = _read(path)
    return None if found is None else round(found.last_update_utc.timestamp()) * SECOND


def _read(path: Path) -> x509.CertificateRevocationList | None:
    """Return the list that lies there; None where there is none, or nothing sound."""
    try:
        return x509.load_pem_x509_crl(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
