"""Codes are good once and for a day; certificates carry the gateway's name; at most one of a gateway counts (SPEC 7)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from sqlalchemy import Engine

from protocol.instants import DAY
from protocol.topics import GatewayAddress
from store_server.db.migrate import upgrade
from store_server.db.session import open_database, reading, writing
from store_server.fleet.authority import Authority, open_authority
from store_server.fleet.enrolment import (
    CODE_LIFE,
    Enrolled,
    enrol,
    enrolled_gateways,
    hand_out_code,
    new_code,
    revoke,
    revoked,
)
from store_server.fleet.errors import BadAuthority, BadCode, BadRequest
from tests.store_server.shop import OPENING

HERE = GatewayAddress("milan", "gw-shoes")
CODE = "k7qf-2m9x-hh4t-vw83"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path / "aislecue.db")
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return open_authority(tmp_path, OPENING)


def signing_request(
    key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | None = None, name: str = "rome/gw-till"
) -> str:
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    how = None if isinstance(key, ed25519.Ed25519PrivateKey) else SHA256()
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, how)
    return request.public_bytes(Encoding.PEM).decode()


def hand_out(database: Engine, address: GatewayAddress = HERE, code: str = CODE) -> None:
    with writing(database) as session:
        hand_out_code(session, address, code, "anna", OPENING)


def use(database: Engine, authority: Authority, now: int = OPENING, code: str = CODE) -> Enrolled:
    with writing(database) as session:
        return enrol(session, authority, code, signing_request(), now)


def test_the_certificate_names_the_codes_gateway_whatever_was_asked_for(
    database: Engine, authority: Authority
) -> None:
    hand_out(database)
    enrolled = use(database, authority, code=f" {CODE.upper()}\n")
    assert enrolled.address == HERE
    certificate = x509.load_pem_x509_certificate(enrolled.issued.certificate.encode())
    certificate.verify_directly_issued_by(authority.certificate)
    assert certificate.subject.rfc4514_string() == "CN=milan/gw-shoes"
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def test_a_code_is_good_once_and_for_a_day(database: Engine, authority: Authority) -> None:
    hand_out(database)
    with pytest.raises(BadCode):
        use(database, authority, OPENING + CODE_LIFE)
    use(database, authority, OPENING + CODE_LIFE - 1)
    with pytest.raises(BadCode):
        use(database, authority)


def test_a_newer_code_takes_the_place_of_an_older_one(database: Engine, authority: Authority) -> None:
    hand_out(database)
    hand_out(database, code=new_code())
    with pytest.raises(BadCode):
        use(database, authority)


def test_a_code_is_kept_as_its_hash_only(database: Engine) -> None:
    hand_out(database)
    with database.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM gateway_code").all()
    assert CODE not in str(rows)


@pytest.mark.parametrize(
    "request_",
    [
        "nonsense",
        signing_request(ed25519.Ed25519PrivateKey.generate()),
        signing_request()[:-60] + "x" * 9_000,
    ],
)
def test_what_cannot_be_signed_leaves_the_code_as_it_was(
    database: Engine, authority: Authority, request_: str
) -> None:
    hand_out(database)

    def ask() -> None:
        with writing(database) as session:
            enrol(session, authority, CODE, request_, OPENING)

    with pytest.raises(BadRequest):
        ask()
    use(database, authority)


def test_a_gateway_enrolled_anew_has_one_certificate_that_counts(
    database: Engine, authority: Authority
) -> None:
    hand_out(database)
    first = use(database, authority)
    hand_out(database)
    use(database, authority, OPENING + DAY // 2)
    with reading(database) as session:
        assert [one.serial for one in revoked(session, OPENING + DAY)] == [first.issued.serial]
        assert enrolled_gateways(session, OPENING + DAY) == {HERE}


def test_what_is_revoked_stands_on_the_brokers_list(database: Engine, authority: Authority) -> None:
    hand_out(database)
    serial = use(database, authority).issued.serial
    hand_out(database)
    with writing(database) as session:
        assert revoke(session, HERE, "anna", OPENING) == 1
        listed = revoked(session, OPENING)
        assert enrolled_gateways(session, OPENING) == set()
    with pytest.raises(BadCode):
        use(database, authority)
    crl = x509.load_pem_x509_crl(authority.revocations(listed, OPENING).encode())
    assert crl.is_signature_valid(authority.certificate.public_key())  # type: ignore[arg-type]  # P-256 it is
    assert crl.get_revoked_certificate_by_serial_number(int(serial, 16)) is not None


def test_a_name_that_no_certificate_can_carry_is_refused_before_anybody_travels(database: Engine) -> None:
    with pytest.raises(BadRequest, match="64"):
        hand_out(database, GatewayAddress("m" * 40, "g" * 40))


def test_the_authority_is_made_once_and_is_nobody_elses_to_read(tmp_path: Path) -> None:
    made = open_authority(tmp_path, OPENING)
    assert open_authority(tmp_path, OPENING + DAY).pem == made.pem
    assert (tmp_path / "gateway-ca.key").stat().st_mode & 0o777 == 0o600
    (tmp_path / "gateway-ca.pem").write_text(open_authority(tmp_path / "other", OPENING).pem)
    with pytest.raises(BadAuthority, match="one pair"):
        open_authority(tmp_path, OPENING)
