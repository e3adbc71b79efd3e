"""The server's own small certificate authority: it signs gateways, brokers and servers of this chain (RFC 5280).

One P-256 key, made at the first need, mode 0600, in the data folder; whoever has it can speak as any gateway.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from protocol.instants import DAY, SECOND, Instant
from protocol.renewal import MAX_PEM
from store_server.fleet.errors import BadAuthority, BadRequest
from store_server.fleet.key_files import keep_once, private_pem

KEY_FILE, CERTIFICATE_FILE = "gateway-ca.key", "gateway-ca.pem"
AUTHORITY_LIFE = 20 * 365 * DAY
"""Longer than any gateway hangs: its end would silence a whole chain at once."""
CERTIFICATE_LIFE = 5 * 365 * DAY
"""Of brokers and servers: they lie on machines that somebody looks after."""
GATEWAY_LIFE = 365 * DAY
"""A gateway renews its own after eight months, so it has four to reach its server; what is lost or sold is revoked."""
EARLY = 1 * DAY
"""A Pi without a clock battery may believe it is yesterday."""
MAX_NAME = 64
"""X.520 ub-common-name: STORE/GATEWAY together."""
MAX_REQUEST_BYTES = MAX_PEM


class Issued(NamedTuple):
    """A certificate as PEM, and what to remember of it."""

    certificate: str
    serial: str
    expires_at: Instant


class Revoked(NamedTuple):
    """A certificate that counts no more."""

    serial: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Authority:
    """Signs for this deployment; `certificate` is what everybody of it trusts."""

    certificate: x509.Certificate
    _key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    def sign_client(
        self,
        name: str,
        key: ec.EllipticCurvePublicKey,
        now: Instant,
        life: Instant = CERTIFICATE_LIFE,
        serial: int | None = None,
    ) -> Issued:
        """Sign who connects to a broker; `name` becomes its user name there. Raises BadRequest."""
        return self._sign(name, key, now, life, ExtendedKeyUsageOID.CLIENT_AUTH, None, serial)

    def issued(self, certificate: x509.Certificate) -> bool:
        """Say whether a certificate is one of ours, by its signature."""
        try:
            certificate.verify_directly_issued_by(self.certificate)
        except (ValueError, TypeError, InvalidSignature):
            return False
        return True

    def sign_broker(self, host: str, key: ec.EllipticCurvePublicKey, now: Instant) -> Issued:
        """Sign a broker that gateways and servers reach as `host`. Raises BadRequest."""
        return self._sign(host, key, now, CERTIFICATE_LIFE, ExtendedKeyUsageOID.SERVER_AUTH, _host(host))

    def revocations(self, revoked: Iterable[Revoked], now: Instant) -> str:
        """Write the list that a broker refuses by, as PEM; it is valid until a newer one replaces it."""
        builder = x509.CertificateRevocationListBuilder(
            issuer_name=self.certificate.subject,
            last_update=_time(now - EARLY),
            next_update=_time(now + AUTHORITY_LIFE),
        )
        for serial, at in revoked:
            entry = x509.RevokedCertificateBuilder(int(serial, 16), _time(at)).build()
            builder = builder.add_revoked_certificate(entry)
        return builder.sign(self._key, SHA256()).public_bytes(Encoding.PEM).decode()

    def _sign(
        self,
        name: str,
        key: ec.EllipticCurvePublicKey,
        now: Instant,
        life: Instant,
        usage: x509.ObjectIdentifier,
        host: x509.GeneralName | None,
        serial: int | None = None,
    ) -> Issued:
        expires_at = now + life
        if serial is None:
            serial = x509.random_serial_number()
        builder = (
            _builder(name, self.certificate.subject, key, now, life)
            .serial_number(serial)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
            )
        )
        if host is not None:
            builder = builder.add_extension(x509.SubjectAlternativeName([host]), critical=False)
        signed = builder.sign(self._key, SHA256())
        return Issued(signed.public_bytes(Encoding.PEM).decode(), f"{serial:x}", expires_at)


def open_authority(data_dir: Path, now: Instant) -> Authority:
    """Load this deployment's authority, or make it at the first need. Raises BadAuthority."""
    key = _key(keep_once(data_dir / KEY_FILE, lambda: private_pem(ec.generate_private_key(ec.SECP256R1()))))
    pem = keep_once(data_dir / CERTIFICATE_FILE, lambda: _self_signed(key, now))
    try:
        certificate = x509.load_pem_x509_certificate(pem)
    except ValueError as fault:
        raise BadAuthority(f"a certificate as PEM in {CERTIFICATE_FILE} expected: {fault}") from fault
    if certificate.public_key() != key.public_key():
        raise BadAuthority(f"{KEY_FILE} and {CERTIFICATE_FILE} of one pair expected, got two")
    return Authority(certificate, key)


def requested_key(pem: str) -> ec.EllipticCurvePublicKey:
    """Return the key of a signing request (PKCS 10) that proves it holds it; its names are not looked at. Raises BadRequest."""
    if len(pem) > MAX_REQUEST_BYTES:
        raise BadRequest(f"a signing request of at most {MAX_REQUEST_BYTES} bytes expected")
    try:
        request = x509.load_pem_x509_csr(pem.encode())
        sound, key = request.is_signature_valid, request.public_key()
    except (ValueError, TypeError) as fault:
        raise BadRequest("a PKCS 10 signing request as PEM expected, got something else") from fault
    if not sound:
        raise BadRequest("a signing request signed by its own key expected")
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise BadRequest("a P-256 key expected, got another kind")
    return key


def _key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(pem, password=None)
    except ValueError as fault:
        raise BadAuthority(f"a private key as PEM in {KEY_FILE} expected, got something else") from fault
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise BadAuthority(f"a P-256 private key in {KEY_FILE} expected, got another kind")
    return key


def _self_signed(key: ec.EllipticCurvePrivateKey, now: Instant) -> bytes:
    name = _name("AisleCue gateway authority")
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        _builder("AisleCue gateway authority", name, key.public_key(), now, AUTHORITY_LIFE)
        .serial_number(x509.random_serial_number())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
    )
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM)


def _builder(
    name: str, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: Instant, life: Instant
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer)
        .public_key(key)
        .not_valid_before(_time(now - EARLY))
        .not_valid_after(_time(now + life))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(text: str) -> x509.Name:
    if not 1 <= len(text) <= MAX_NAME:
        raise BadRequest(f"a name of at most {MAX_NAME} characters expected (X.509), got {text!r}")
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _time(at: Instant) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(seconds=at // SECOND)
