"""A gateway's settings: one TOML file, each key overridden by AISLECUE_GATEWAY_... in the environment (docs/operations.md)."""

import ipaddress
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from protocol.document import Document
from protocol.document import Path as KeyPath
from protocol.errors import BadInput, Problem
from protocol.identity import parse_uuid
from protocol.reading import Reader, settle
from protocol.topics import GatewayAddress

ENVIRONMENT_PREFIX = "AISLECUE_GATEWAY_"
PLAIN_PORT, TLS_PORT = 1883, 8883
MAX_SECRET_BYTES = 4_096
CONFIG_KEY = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class BrokerSettings:
    """Where the broker is and how we show who we are; files are PEM."""

    host: str
    port: int
    user: str
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None

    @property
    def tls(self) -> bool:
        return self.ca_file is not None

    @property
    def loopback(self) -> bool:
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


@dataclass(frozen=True, slots=True)
class Settings:
    """All a gateway is told from outside."""

    address: GatewayAddress
    allowed_uuids: frozenset[str]
    data_dir: Path
    broker: BrokerSettings
    adapters: tuple[str, ...] = ("hci0",)
    allow_reboot: bool = False
    """The last rung of the healing ladder; off unless asked for."""
    metrics_port: int | None = None
    """Prometheus on loopback; off where None."""
    config_key: str | None = None
    """The server's Ed25519 key, pinned at enrolment; without it no configuration is taken from the broker."""


def read_settings(path: Path, environment: Mapping[str, str]) -> Settings:
    """Read the file, then the environment. Raises BadInput with every problem: file, line, expected, got."""
    source = str(path)
    try:
        text = path.read_text(encoding="utf-8")
        value = tomllib.loads(text)
    except OSError as fault:
        raise BadInput(Problem(source, None, "a settings file", str(fault.strerror))) from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise BadInput(Problem(source, _line_in(str(fault)), "TOML", str(fault))) from fault
    _override(value, environment)
    return _settings(Document(value, source, _lines(text)), path.parent)


def _settings(document: Document, folder: Path) -> Settings:
    problems: list[Problem] = []
    root = Reader(document, (), problems, what="the settings")
    address = GatewayAddress(root.slug("store"), root.slug("gateway"))
    settings = Settings(
        address=address,
        allowed_uuids=_uuids(root),
        data_dir=folder / root.text("data_dir"),
        broker=_broker(root, address, folder),
        adapters=root.texts("adapters") if root.has("adapters") else ("hci0",),
        allow_reboot=root.boolean("allow_reboot", False),
        metrics_port=root.integer("metrics_port", 1, 65_535, None),
        config_key=_config_key(root),
    )
    root.done()
    settle(problems)
    return settings


def _uuids(root: Reader) -> frozenset[str]:
    uuids = set()
    for text in root.texts("allowed_uuids"):
        try:
            uuids.add(parse_uuid(text))
        except ValueError as fault:
            root.fault("allowed_uuids", "UUIDs", str(fault))
    if not uuids:
        root.fault("allowed_uuids", "the proximity UUIDs to hear", "none")
    return frozenset(uuids)


def _config_key(root: Reader) -> str | None:
    key: str | None = root.text("config_key", None)
    if key is not None and not CONFIG_KEY.fullmatch(key):
        root.fault("config_key", "an Ed25519 key, 43 letters of base64url", repr(key))
    return key


def _broker(root: Reader, address: GatewayAddress, folder: Path) -> BrokerSettings:
    reader = root.child("broker")
    if reader is None:
        root.fault(None, "a section [broker]", "none")
        return BrokerSettings("", 0, "")

    def file(key: str) -> Path | None:
        name = reader.text(key, None)
        return folder / name if name else None

    ca_file = file("ca_file")
    broker = BrokerSettings(
        host=reader.text("host"),
        port=reader.integer("port", 1, 65_535, TLS_PORT if ca_file else PLAIN_PORT),
        user=reader.text("user", f"{address.store}/{address.gateway}"),
        password=_password(reader, file("password_file")),
        ca_file=ca_file,
        cert_file=file("cert_file"),
        key_file=file("key_file"),
    )
    if not broker.tls and not broker.loopback:
        reader.fault("host", "TLS (ca_file) to a broker on another machine", f"{broker.host!r} without")
    if (broker.cert_file is None) != (broker.key_file is None):
        reader.fault(None, "cert_file and key_file together", "one of them")
    if broker.key_file is not None and broker.key_file.is_file():  # where it is missing, doctor says so
        _private(reader, "key_file", broker.key_file)
    reader.done()
    return broker


def _password(reader: Reader, path: Path | None) -> str | None:
    inline: str | None = reader.text("password", None)
    if path is None:
        return inline
    return _private(reader, "password_file", path)[:MAX_SECRET_BYTES].strip()


def _private(reader: Reader, key: str, path: Path) -> str:
    """Read a secret, which nobody else may."""
    try:
        if path.stat().st_mode & 0o077:
            reader.fault(key, f"{path} readable by its owner only (chmod 600)", "open to others")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        reader.fault(key, f"a readable file {path}", str(fault))
        return ""


def _override(value: dict[str, Any], environment: Mapping[str, str]) -> None:
    for name, text in environment.items():
        if not name.startswith(ENVIRONMENT_PREFIX):
            continue
        key = name.removeprefix(ENVIRONMENT_PREFIX).lower()
        section, _, rest = key.partition("_")
        if section == "broker" and rest:
            value.setdefault("broker", {})[rest] = _scalar(rest, text)
        else:
            value[key] = _scalar(key, text)


def _scalar(key: str, text: str) -> Any:
    if key in ("allowed_uuids", "adapters"):
        return [part.strip() for part in text.split(",") if part.strip()]
    if key in ("port", "metrics_port") and text.isascii() and text.isdigit():
        return int(text)
    return {"true": True, "false": False}.get(text, text) if key == "allow_reboot" else text


def _lines(text: str) -> dict[KeyPath, int]:
    """Find the line of each key; tomllib does not keep them."""
    lines: dict[KeyPath, int] = {}
    section: KeyPath = ()
    for number, line in enumerate(text.splitlines(), 1):
        if heading := re.match(r"\s*\[([\w.-]+)\]", line):
            section = tuple(heading[1].split("."))
            lines[section] = number
        elif key := re.match(r"\s*([\w-]+)\s*=", line):
            lines[(*section, key[1])] = number
    return lines


def _line_in(message: str) -> int | None:
    found = re.search(r"line (\d+)", message)
    return int(found[1]) if found else None
