"""Enrolment, the Pi's half: make a key, exchange the one-time code for a certificate, write the settings (SPEC 7).

The key is made here and never leaves; nothing is written before the answer has been found sound.
"""

import http.client
import json
import ssl
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.errors import EnrolmentFault
from gateway.whole_file import PRIVATE, PUBLIC, write_whole

PATH = "/v1/gateway-enrolments"
TIMEOUT_S = 20
MAX_ANSWER_BYTES = 64 * 1024
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
KEY, CERTIFICATE, CA = "gateway.key", "gateway.pem", "ca.pem"
DEFAULT_DATA_DIR = "/var/lib/aislecue-gateway"
KEPT_KEYS = ("data_dir", "adapters", "allow_reboot", "metrics_port")
"""What an earlier settings file says of this machine, which no server knows better."""


class Broker(msgspec.Struct, frozen=True):
    """Where the broker is."""

    host: str
    port: int


class Answer(msgspec.Struct, frozen=True):
    """What the server gives for a code."""

    store: str
    gateway: str
    certificate: str
    ca: str
    broker: Broker
    config_key: str
    allowed_uuids: list[str]


def enrol(server: str, code: str, settings: Path, trusted: Path | None = None) -> Answer:
    """Enrol this machine and write its settings and keys beside each other; `trusted` is the CA of a private server. Raises EnrolmentFault."""
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, SHA256())
    body = {"code": code, "csr": request.public_bytes(Encoding.PEM).decode()}
    answer = _ask(server, body, trusted)
    _verify(answer, key)
    try:
        _write_all(settings, answer, key)
    except OSError as fault:
        raise EnrolmentFault(f"a writable folder {settings.parent} expected: {fault.strerror}") from fault
    return answer


def _ask(server: str, body: dict[str, str], trusted: Path | None) -> Answer:
    connection, path = _connection(server, trusted)
    try:
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        response = connection.getresponse()
        payload = response.read(MAX_ANSWER_BYTES)
    except (OSError, http.client.HTTPException) as fault:
        raise EnrolmentFault(f"{server} cannot be asked: {fault}") from fault
    finally:
        connection.close()
    if response.status != http.client.CREATED:
        raise EnrolmentFault(f"{server} refuses ({response.status}): {_detail(payload)}")
    try:
        return msgspec.json.decode(payload, type=Answer)
    except msgspec.DecodeError as fault:
        raise EnrolmentFault(f"{server} does not answer as an AisleCue server does: {fault}") from fault


def _connection(server: str, trusted: Path | None) -> tuple[http.client.HTTPConnection, str]:
    try:
        parts = urlsplit(server)
        host, port = parts.hostname, parts.port
    except ValueError as fault:
        raise EnrolmentFault(
            f"an address such as https://aislecue.example.com expected, got {server!r}"
        ) from fault
    path = parts.path.rstrip("/") + PATH
    if parts.scheme == "https" and host:
        try:
            context = ssl.create_default_context(cafile=str(trusted) if trusted else None)
        except OSError as fault:
            raise EnrolmentFault(f"a certificate as PEM in {trusted} expected: {fault}") from fault
        return http.client.HTTPSConnection(host, port, timeout=TIMEOUT_S, context=context), path
    if parts.scheme == "http" and host in LOOPBACK:
        return http.client.HTTPConnection(host, port, timeout=TIMEOUT_S), path
    # Whoever could answer in the server's place would be obeyed by this gateway ever after.
    raise EnrolmentFault(f"https:// expected (http:// for this machine itself only), got {server!r}")


def _detail(payload: bytes) -> str:
    try:
        detail = json.loads(payload)["detail"]
    except (ValueError, KeyError, TypeError):
        return "no reason given"
    return str(detail)[:500]


def _verify(answer: Answer, key: ec.EllipticCurvePrivateKey) -> None:
    try:
        certificate = x509.load_pem_x509_certificate(answer.certificate.encode())
        certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(answer.ca.encode()))
    except (ValueError, TypeError, InvalidSignature) as fault:
        raise EnrolmentFault(f"a certificate signed by the server's authority expected: {fault}") from fault
    if certificate.public_key() != key.public_key():
        raise EnrolmentFault("a certificate of this machine's key expected, got another's")


def _write_all(settings: Path, answer: Answer, key: ec.EllipticCurvePrivateKey) -> None:
    folder = settings.parent
    folder.mkdir(parents=True, exist_ok=True)
    text = _settings_text(answer, _kept(settings))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_whole(folder / KEY, private, PRIVATE)
    write_whole(folder / CERTIFICATE, answer.certificate.encode(), PUBLIC)
    write_whole(folder / CA, answer.ca.encode(), PUBLIC)
    write_whole(settings, text.encode(), PUBLIC)


def _kept(settings: Path) -> dict[str, Any]:
    try:
        before = tomllib.loads(settings.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise EnrolmentFault(f"TOML, or no file yet, expected in {settings}: {fault}") from fault
    return {name: before[name] for name in KEPT_KEYS if name in before}


def _settings_text(answer: Answer, kept: dict[str, Any]) -> str:
    top = {
        "store": answer.store,
        "gateway": answer.gateway,
        "allowed_uuids": answer.allowed_uuids,
        "config_key": answer.config_key,
        "data_dir": DEFAULT_DATA_DIR,
        **kept,
    }
    broker = {
        "host": answer.broker.host,
        "port": answer.broker.port,
        "ca_file": CA,
        "cert_file": CERTIFICATE,
        "key_file": KEY,
    }
    head = "# Written by `aislecue gateway enroll`; adapters, data_dir, allow_reboot, metrics_port survive the next.\n"
    # Texts, lists, whole numbers and booleans look the same in TOML 1.0 as in JSON.
    lines = [f"{name} = {json.dumps(value)}" for name, value in top.items()]
    return "\n".join(
        [head, *lines, "", "[broker]", *(f"{n} = {json.dumps(v)}" for n, v in broker.items()), ""]
    )
