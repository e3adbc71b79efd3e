"""MQTT messages between gateway and server, JSON (SPEC 7): frozen, bounded, versioned.

Keys a reader does not know are passed over, so that a newer gateway may talk to an older server.
"""

from typing import Annotated, Any, Literal, TypeVar

import msgspec

from protocol.errors import BadMessage
from protocol.identity import BeaconIdentity
from protocol.instants import Instant, format_instant, parse_instant

MAX_MESSAGE_BYTES = 64 * 1024
MAX_BEACONS = 200
"""Beacons of one presence message: 200 of the longest entries are 57 KiB."""
MAX_RANGES = 1_000
"""Ranges of one ack: gaps are rare, and 1,000 of the longest are 33 KiB."""
MAX_BUNDLE_BYTES = 45 * 1024
"""Of a log bundle as packed: base64 makes 60 KiB of it, and a message is 64 KiB at most."""
MAX_SEQ = 2**53 - 1
"""What every JSON reader holds exactly; one message a second lasts 285 million years."""

_U16 = Annotated[int, msgspec.Meta(ge=0, le=0xFFFF)]
_DBM = Annotated[int, msgspec.Meta(ge=-128, le=20)]
_COUNT = Annotated[int, msgspec.Meta(ge=0, le=MAX_SEQ)]
_SEQ = Annotated[int, msgspec.Meta(ge=1, le=MAX_SEQ)]
_BOOT = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{8,32}\Z")]
ProximityUuid = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")]
_WORD = Annotated[str, msgspec.Meta(max_length=64)]
_TEXT = Annotated[str, msgspec.Meta(max_length=2_000)]


class WireInstant(int):
    """An `Instant` that travels as RFC 3339 text."""


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """What one gateway hears now; (gateway, boot, seq) names it once and for all."""

    v: Literal[1] = 1
    boot: _BOOT
    seq: _SEQ
    sent_at: WireInstant
    clock_synced: bool
    beacons: Annotated[tuple["BeaconPresence", ...], msgspec.Meta(max_length=MAX_BEACONS)]


class BeaconPresence(msgspec.Struct, frozen=True, kw_only=True):
    """One beacon or tag at this gateway; `rssi_dbm` is smoothed, `count` are frames since `first_at`."""

    uuid: ProximityUuid
    major: _U16
    minor: _U16
    state: Literal["present", "lost"]
    first_at: WireInstant
    last_at: WireInstant
    rssi_dbm: _DBM
    measured_power_dbm: _DBM
    count: _COUNT

    @property
    def identity(self) -> BeaconIdentity:
        return BeaconIdentity(self.uuid, self.major, self.minor)


class Ack(msgspec.Struct, frozen=True, kw_only=True):
    """The server has durably committed these presence messages; both ends of a range are included."""

    boot: _BOOT
    seqs: Annotated[tuple[tuple[_SEQ, _SEQ], ...], msgspec.Meta(max_length=MAX_RANGES)]


class AdapterHealth(msgspec.Struct, frozen=True, kw_only=True):
    """One Bluetooth adapter as its gateway sees it; `path_rates` are frames a minute by scan path, of the self-test."""

    name: _WORD
    state: _WORD
    scan_path: _WORD
    heard_per_min: _COUNT
    last_heard_at: WireInstant | None = None
    path_rates: dict[str, float] = {}


class HealingStep(msgspec.Struct, frozen=True, kw_only=True):
    """One rung of the ladder that was tried, and why."""

    at: WireInstant
    adapter: _WORD
    step: _WORD
    reason: _TEXT


class SpoolHealth(msgspec.Struct, frozen=True, kw_only=True):
    """Messages the server has not acknowledged; `dropped` were given up at the bounds."""

    depth: _COUNT
    age_s: float
    bytes: _COUNT
    dropped: _COUNT


class CertificateHealth(msgspec.Struct, frozen=True, kw_only=True):
    """How long the gateway's certificate lasts, and when it renews itself."""

    runs_out_at: WireInstant | None = None
    renews_at: WireInstant | None = None
    state: Literal["good", "asking", "on-trial"]


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """A gateway's heartbeat, every 30 s; `clock_skew_ms` is broker-independent and None while unknown."""

    v: Literal[1] = 1
    boot: _BOOT
    sent_at: WireInstant
    clock_synced: bool
    status: "Status"
    adapters: Annotated[tuple[AdapterHealth, ...], msgspec.Meta(max_length=16)]
    spool: SpoolHealth
    heard_per_min: _COUNT
    last_heard_age_s: float | None = None
    ignored: dict[str, int] = {}
    steps: Annotated[tuple[HealingStep, ...], msgspec.Meta(max_length=32)] = ()
    faults: dict[str, str] = {}
    cpu_pct: float | None = None
    temperature_c: float | None = None
    disk_free_mb: float | None = None
    clock_skew_ms: float | None = None
    versions: dict[str, str] = {}
    config_version: _COUNT = 0
    certificate: CertificateHealth | msgspec.UnsetType = msgspec.UNSET
    """Left out where the gateway goes by a password."""


Status = Literal["online", "offline", "radio-dead"]
"""Retained; `offline` is the last will. On the wire a JSON text."""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """Something an operator asks of a gateway."""

    id: _WORD
    name: Literal["rescan", "restart-radio", "log-bundle", "identify"]


class Result(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a command; `bundle` is the gzip of a log bundle, base64."""

    id: _WORD
    ok: bool
    detail: _TEXT = ""
    bundle: Annotated[str, msgspec.Meta(max_length=MAX_BUNDLE_BYTES // 3 * 4)] = ""


M = TypeVar("M")


def encode(message: object) -> bytes:
    """Write a message. Raises BadMessage with reason `too_large` over 64 KiB."""
    payload = _ENCODER.encode(message)
    _bound(payload)
    return payload


def decode(kind: type[M], payload: bytes) -> M:
    """Read a message. Raises BadMessage with reason `too_large`, `not_json` or `wrong_shape`."""
    _bound(payload)
    try:
        return msgspec.json.decode(payload, type=kind, dec_hook=_from_wire)
    except msgspec.ValidationError as fault:
        raise BadMessage("wrong_shape", str(fault)) from fault
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise BadMessage("not_json", str(fault)) from fault


def encode_status(status: Status) -> bytes:
    return encode(status)


def decode_status(payload: bytes) -> Status:
    """Read a status. Raises BadMessage as `decode` does."""
    status: Status = decode(Status, payload)  # type: ignore[arg-type]  # a Literal is a type to msgspec
    return status


def _bound(payload: bytes) -> None:
    if len(payload) > MAX_MESSAGE_BYTES:
        raise BadMessage("too_large", f"at most {MAX_MESSAGE_BYTES} bytes expected, got {len(payload)}")


def _from_wire(kind: type, value: Any) -> Instant:
    if kind is not WireInstant or not isinstance(value, str):
        raise ValueError("an instant such as 2026-11-01T10:00:00Z expected")
    return WireInstant(parse_instant(value))


def _to_wire(value: Any) -> str:
    if not isinstance(value, WireInstant):
        raise TypeError(f"no wire form for {type(value).__name__}")
    return format_instant(value)


_ENCODER = msgspec.json.Encoder(enc_hook=_to_wire)
