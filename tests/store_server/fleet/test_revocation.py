"""The broker's list of revoked certificates: written whole, dated after the last, and only where something changed."""

import asyncio
from pathlib import Path

from cryptography import x509

from protocol.instants import SECOND, Instant
from store_server.db.session import open_database, writing
from store_server.db.tables import GatewayCertificate
from store_server.fleet.authority import Revoked, open_authority
from store_server.fleet.revocation import LOOK_EVERY_MS, keep_revocations, write_revocations
from tests.eventually import eventually
from tests.fakes.clock import ManualClock
from tests.store_server.shop import OPENING, furnish


def read(path: Path) -> x509.CertificateRevocationList:
    return x509.load_pem_x509_crl(path.read_bytes())


def dated(path: Path) -> Instant:
    return round(read(path).last_update_utc.timestamp()) * SECOND


def test_two_lists_of_one_second_are_dated_one_after_the_other(tmp_path: Path) -> None:
    authority, path = open_authority(tmp_path, OPENING), tmp_path / "revoked.crl"
    write_revocations(path, authority, [], OPENING)
    first = dated(path)
    write_revocations(path, authority, [Revoked("ab", OPENING)], OPENING)
    assert dated(path) == first + SECOND
    assert read(path).get_revoked_certificate_by_serial_number(0xAB) is not None
    assert path.stat().st_mode & 0o777 == 0o644, "the broker's own account reads it"
    assert [one.name for one in tmp_path.glob("*.crl*")] == ["revoked.crl"]


async def test_the_file_follows_what_is_revoked_and_is_else_left_alone(tmp_path: Path) -> None:
    furnish(tmp_path / "aislecue.db")
    database, clock, path = open_database(tmp_path / "aislecue.db"), ManualClock(OPENING), tmp_path / "crl"
    async with asyncio.TaskGroup() as group:
        keeping = group.create_task(keep_revocations(database, tmp_path, path, clock))
        await eventually(path.exists)
        assert list(read(path)) == []
        with writing(database) as session:
            session.add(
                GatewayCertificate(
                    serial="ab", store="milan", gateway="gw-shoes", issued_at=OPENING, revoked_at=OPENING,
                    expires_at=OPENING * 2,
                )
            )  # fmt: skip

        def told() -> bool:
            clock.go(clock.now() + LOOK_EVERY_MS)
            return [one.serial_number for one in read(path)] == [0xAB]

        await eventually(told)
        written, until = path.stat().st_ino, clock.now() + 100 * LOOK_EVERY_MS
        await eventually(lambda: told() and clock.now() >= until)
        assert path.stat().st_ino == written, "each writing is a reload"
        keeping.cancel()
    database.dispose()
