"""Who is given a new certificate: the holder of the present key, for its own gateway, when it is time (SPEC 7)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Engine
from sqlmodel import select

from protocol.instants import DAY, Instant
from protocol.renewal import Renewal
from protocol.topics import GatewayAddress
from store_server.db.migrate import upgrade
from store_server.db.session import open_database, reading, writing
from store_server.db.tables import GatewayCertificate
from store_server.fleet.authority import GATEWAY_LIFE, Authority, Issued, open_authority
from store_server.fleet.enrolment import enrol, enrolled_gateways, hand_out_code, revoke, revoked
from store_server.fleet.errors import BadRequest
from store_server.fleet.renewal import MOST_COUNTING, renew
from tests.store_server.certified import ask, signing_request
from tests.store_server.shop import OPENING

HERE, OTHER = GatewayAddress("milan", "gw-shoes"), GatewayAddress("milan", "gw-entrance")
DUE = OPENING + GATEWAY_LIFE * 2 // 3


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path / "aislecue.db")
    upgrade(engine)
    yield engine
    engine.dispose()


@dataclass
class Fleet:
    """A server's side, with one gateway enrolled."""

    database: Engine
    authority: Authority
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def enrol(self, address: GatewayAddress = HERE, now: Instant = OPENING) -> Issued:
        with writing(self.database) as session:
            hand_out_code(session, address, "code", "anna", now)
            return enrol(session, self.authority, "code", signing_request(self.key), now).issued

    def renew(self, asked: Renewal, now: Instant = DUE, address: GatewayAddress = HERE) -> Issued:
        with writing(self.database) as session:
            return renew(session, self.authority, address, asked, now)

    def counting(self, now: Instant) -> int:
        with reading(self.database) as session:
            rows = session.exec(select(GatewayCertificate)).all()
        return sum(row.revoked_at is None and row.expires_at > now for row in rows)


@pytest.fixture
def fleet(database: Engine, tmp_path: Path) -> Fleet:
    return Fleet(database, open_authority(tmp_path, OPENING))


def test_the_holder_of_the_present_key_is_given_a_certificate_of_the_same_name(fleet: Fleet) -> None:
    first, fresh = fleet.enrol(), ec.generate_private_key(ec.SECP256R1())
    issued = fleet.renew(ask(first.certificate, fleet.key, fresh))
    renewed = x509.load_pem_x509_certificate(issued.certificate.encode())
    assert fleet.authority.issued(renewed)
    assert renewed.subject.rfc4514_string() == "CN=milan/gw-shoes"
    assert renewed.public_key() == fresh.public_key()
    assert issued.expires_at == DUE + GATEWAY_LIFE
    assert fleet.counting(DUE) == 2, "the one before counts until the new one has come in, and longer"
    again = fleet.renew(
        ask(issued.certificate, fresh, ec.generate_private_key(ec.SECP256R1())), DUE + 250 * DAY
    )
    assert again.expires_at == DUE + 250 * DAY + GATEWAY_LIFE


def test_an_answer_that_was_lost_is_given_again_and_is_the_same_certificate(fleet: Fleet) -> None:
    first, fresh = fleet.enrol(), ec.generate_private_key(ec.SECP256R1())
    answers = {fleet.renew(ask(first.certificate, fleet.key, fresh), DUE + n * DAY).serial for n in range(20)}
    assert len(answers) == 1
    assert fleet.counting(DUE) == 2


def test_what_is_revoked_is_not_renewed_and_a_renewed_one_is_revoked_with_the_first(fleet: Fleet) -> None:
    first, fresh = fleet.enrol(), ec.generate_private_key(ec.SECP256R1())
    asked = ask(first.certificate, fleet.key, fresh)
    second = fleet.renew(asked)
    with writing(fleet.database) as session:
        assert revoke(session, HERE, "anna", DUE) == 2
        assert {one.serial for one in revoked(session, DUE)} == {first.serial, second.serial}
        assert enrolled_gateways(session, DUE) == set()
    for present, key in ((first, fleet.key), (second, fresh)):
        with pytest.raises(BadRequest, match="that counts"):
            fleet.renew(
                ask(present.certificate, key, ec.generate_private_key(ec.SECP256R1())), DUE + 300 * DAY
            )
    with pytest.raises(BadRequest, match="that counts"):
        fleet.renew(asked)


def test_a_request_is_refused_where_anything_of_it_is_not_the_askers(fleet: Fleet, tmp_path: Path) -> None:
    first, fresh = fleet.enrol(), ec.generate_private_key(ec.SECP256R1())
    stranger, good = ec.generate_private_key(ec.SECP256R1()), ask(first.certificate, fleet.key, fresh)
    elsewhere = open_authority(tmp_path / "elsewhere", OPENING)
    forged = elsewhere.sign_client(
        "milan/gw-shoes", stranger.public_key(), OPENING, serial=int(first.serial, 16)
    )
    refused = {
        "present key": ask(first.certificate, stranger, fresh),
        "present key ": msgspec.structs.replace(good, csr=signing_request(stranger)),
        "authority": ask(forged.certificate, stranger, fresh),
        "PEM": msgspec.structs.replace(good, certificate="x"),
        "PKCS 10": ask(first.certificate, fleet.key, fresh, csr="x"),
    }
    for why, asked in refused.items():
        with pytest.raises(BadRequest, match=why.strip()):
            fleet.renew(asked)
    with pytest.raises(BadRequest, match="of milan/gw-entrance"):
        fleet.renew(good, address=OTHER)
    assert fleet.counting(DUE) == 1


def test_too_early_or_too_late_or_too_often_is_refused(fleet: Fleet) -> None:
    first = fleet.enrol()

    def fresh() -> Renewal:
        return ask(first.certificate, fleet.key, ec.generate_private_key(ec.SECP256R1()))

    with pytest.raises(BadRequest, match="second half"):
        fleet.renew(fresh(), OPENING + GATEWAY_LIFE // 2 - 1)
    with pytest.raises(BadRequest, match="enrol this gateway again"):
        fleet.renew(fresh(), OPENING + GATEWAY_LIFE)
    for _ in range(MOST_COUNTING - 1):
        fleet.renew(fresh())
    with pytest.raises(BadRequest, match="at most"):
        fleet.renew(fresh())
