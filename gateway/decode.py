"""A raw advertisement -> an allow-listed iBeacon frame, or a counted reason (SPEC 7, 9). Pure.

Most frames of a shop are repeats of the store's own, so those are remembered whole; a foreign UUID leaves nothing
but its count.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from protocol.frame import ABSURD_POWER, Frame, refusal, unpack_frame, uuid_bytes
from protocol.identity import BeaconIdentity

NOT_APPLE: Final = "not_apple"
FOREIGN_UUID: Final = "foreign_uuid"
NO_RSSI: Final = "no_rssi"

MAX_KNOWN: Final = 2_048
"""Frames remembered, under 1 MB: more beacons and tags than one gateway hears at a time."""
MAX_KNOWN_BYTES: Final = 64
"""Longer payloads (extended advertising) are read each time: remembering them would unbound the memory."""
WEAKEST_DBM: Final = -127
"""0 and positive RSSI, 127 among them, mean "not measured" (Bluetooth Core, HCI LE Advertising Report)."""


class Decoder:
    """Judge each advertisement; `heard` and `ignored` count every one exactly once."""

    def __init__(self, allowed_uuids: Iterable[str]) -> None:
        self._allowed: Final = {uuid_bytes(uuid): uuid for uuid in allowed_uuids}
        self._known: Final[dict[bytes, Frame]] = {}
        self.heard = 0
        self.ignored: Final[Counter[str]] = Counter()

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
        reason = refusal(payload) if payload else NOT_APPLE
        if reason is not None:
            self.ignored[reason] += 1
            return None
        raw_uuid, major, minor, power_dbm = unpack_frame(payload)
        uuid = self._allowed.get(raw_uuid)
        if uuid is None or power_dbm > 0:
            self.ignored[ABSURD_POWER if power_dbm > 0 else FOREIGN_UUID] += 1
            return None
        frame = Frame(BeaconIdentity(uuid, major, minor), power_dbm)
        if len(payload) <= MAX_KNOWN_BYTES:
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            self._known[payload] = frame
        return frame
