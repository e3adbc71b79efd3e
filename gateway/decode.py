"""A raw advertisement -> an allow-listed iBeacon frame, or a counted reason (SPEC 7, 9). Pure.

Most payloads of a shop are repeats, so they are remembered whole; a foreign UUID is counted and goes no further.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from protocol.frame import (
    ABSURD_POWER,
    FRAME_BYTES,
    IBEACON_TYPE,
    UUID_END,
    Frame,
    refusal,
    unpack_tail,
    uuid_bytes,
)
from protocol.identity import BeaconIdentity

NOT_APPLE: Final = "not_apple"
FOREIGN_UUID: Final = "foreign_uuid"
NO_RSSI: Final = "no_rssi"

MAX_KNOWN: Final = 2_048
"""Frames remembered, and as many refusals, under 1 MB each: more than one gateway hears at a time."""
REMEMBER_EVERY: Final = 4
"""Of new frames every fourth is remembered: what repeats soon is, and a flood of forgeries costs little."""
MAX_KNOWN_BYTES: Final = 64
"""Longer payloads (extended advertising) are read each time: remembering them would unbound the memory."""
WEAKEST_DBM: Final = -127
"""0 and positive RSSI, 127 among them, mean "not measured" (Bluetooth Core, HCI LE Advertising Report)."""


class Decoder:
    """Judge each advertisement; `heard` and `ignored` count every one exactly once."""

    __slots__ = ("_allowed", "_known", "_refused", "heard", "ignored")

    def __init__(self, allowed_uuids: Iterable[str]) -> None:
        self._known: Final[dict[bytes, Frame]] = {}
        self._refused: Final[dict[bytes, str]] = {}
        self.heard = 0
        self.ignored: Final[Counter[str]] = Counter()
        self.allow(allowed_uuids)

    def allow(self, allowed_uuids: Iterable[str]) -> None:
        """Hear these UUIDs from now on; what was counted stays counted."""
        self._allowed = {IBEACON_TYPE + uuid_bytes(uuid): uuid for uuid in allowed_uuids}
        self._known.clear()
        self._refused.clear()

    @property
    def frames(self) -> int:
        """All advertisements judged."""
        return self.heard + self.ignored.total()

    @property
    def ibeacons(self) -> int:
        """Well-formed iBeacon frames, those ignored for their UUID, power or RSSI included."""
        return self.heard + sum(self.ignored[reason] for reason in (FOREIGN_UUID, ABSURD_POWER, NO_RSSI))

    def read(self, payload: bytes, rssi_dbm: int) -> Frame | None:
        """Return the frame in the bytes after Apple's company id (empty in packets of others), or None, counted."""
        frame = self._known.get(payload) or self._learn(payload)
        if frame is None:
            return None
        if not WEAKEST_DBM <= rssi_dbm < 0:
            self.ignored[NO_RSSI] += 1
            return None
        self.heard += 1
        return frame

    def _learn(self, payload: bytes) -> Frame | None:
        uuid = self._allowed.get(payload[:UUID_END])
        if uuid is None or len(payload) < FRAME_BYTES:
            return self._refuse(payload)
        major, minor, power_dbm = unpack_tail(payload, UUID_END)
        if power_dbm > 0:
            return self._refuse(payload)
        # The constructors of NamedTuples cost twice what they call.
        frame = tuple.__new__(Frame, (tuple.__new__(BeaconIdentity, (uuid, major, minor)), power_dbm))
        if self.heard % REMEMBER_EVERY == 0 and len(payload) <= MAX_KNOWN_BYTES:
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            self._known[payload] = frame
        return frame

    def _refuse(self, payload: bytes) -> Frame | None:
        reason = self._refused.get(payload)
        if reason is None:
            reason = _reason(payload)
            if len(self._refused) >= MAX_KNOWN:
                self._refused.clear()
            if len(payload) <= MAX_KNOWN_BYTES:
                self._refused[payload] = reason
        self.ignored[reason] += 1
        return None


def _reason(payload: bytes) -> str:
    """Name what is wrong with a payload that does not begin as a frame of the store does, or is too short."""
    if not payload:
        return NOT_APPLE
    reason = refusal(payload)
    if reason is not None:
        return reason
    return ABSURD_POWER if unpack_tail(payload, UUID_END)[2] > 0 else FOREIGN_UUID
