"""A log bundle: what one looks at before driving to the shop, packed, bounded, without secrets or anybody's ids (SPEC 7)."""

import gzip
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from gateway.doctor import Finding
from gateway.settings import Settings
from protocol.messages import MAX_BUNDLE_BYTES

T = TypeVar("T")

_WITHHELD = "(not told)"
_ADDRESS = re.compile(r"(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{2}[:_-]){5}[0-9A-Fa-f]{2}(?![0-9A-Fa-f])")
"""A radio's address, as BlueZ writes it in messages and in D-Bus paths: a stranger's phone has one too."""
_PEM = re.compile(r"-----BEGIN [^-]+-----.*?(?:-----END [^-]+-----|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Contents:
    """What goes in; log lines and heartbeats are the latest, oldest first."""

    settings: Settings
    config_version: int
    findings: Sequence[Finding]
    heartbeats: Sequence[bytes]
    lines: Sequence[str]


def pack(contents: Contents) -> bytes:
    """Return the bundle as gzip of JSON; where it would be too large, the oldest lines and heartbeats stay out."""
    lines, heartbeats = list(contents.lines), list(contents.heartbeats)
    while True:
        packed = gzip.compress(_written(contents, heartbeats, lines), mtime=0)
        if len(packed) <= MAX_BUNDLE_BYTES or not (lines or heartbeats):
            return packed
        lines, heartbeats = _younger_half(lines), _younger_half(heartbeats)


def told_settings(settings: Settings) -> dict[str, Any]:
    """Return the settings that are no secret, by name: one that is added later is not told until it stands here."""
    broker = settings.broker
    return {
        "store": settings.address.store,
        "gateway": settings.address.gateway,
        "allowed_uuids": sorted(settings.allowed_uuids),
        "adapters": list(settings.adapters),
        "allow_reboot": settings.allow_reboot,
        "metrics_port": settings.metrics_port,
        "takes_configurations": settings.config_key is not None,
        "broker": {
            "host": broker.host,
            "port": broker.port,
            "user": broker.user,
            "tls": broker.tls,
            "certificate": broker.cert_file is not None,
            "password": broker.password is not None,
        },
    }


def _younger_half(kept: list[T]) -> list[T]:
    return kept[(len(kept) + 1) // 2 :]


def _written(contents: Contents, heartbeats: Sequence[bytes], lines: Sequence[str]) -> bytes:
    bundle = {
        "v": 1,
        "settings": told_settings(contents.settings),
        "config_version": contents.config_version,
        "findings": [finding.as_json() for finding in contents.findings],
        "health": [json.loads(one) for one in heartbeats],
        "log": list(lines),
    }
    cleaned = _cleaned(bundle, contents.settings.broker.password)
    return json.dumps(cleaned, ensure_ascii=False, indent=1).encode()


def _cleaned(value: Any, secret: str | None) -> Any:
    """Return a JSON value with every text rid of what is nobody else's business."""
    match value:
        case str():
            text = _PEM.sub(_WITHHELD, _ADDRESS.sub(_WITHHELD, value))
            return text.replace(secret, _WITHHELD) if secret else text
        case list():
            return [_cleaned(one, secret) for one in value]
        case dict():
            return {_cleaned(key, secret): _cleaned(one, secret) for key, one in value.items()}
    return value
