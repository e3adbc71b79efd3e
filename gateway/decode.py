"""A raw advertisement -> an allow-listed iBeacon frame, or a counted reason (SPEC 7, 9). Pure.

Most frames of a shop are repeats, so whole payloads are remembered; a foreign UUID leaves nothing but its count.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from protocol.errors import BadFrame
from protocol.frame import ABSURD_POWER, Frame, read_raw, uuid_bytes
from protocol.identity import BeaconIdentity

NOT_APPLE: Final = "not_apple"
FOREIGN_UUID: Final = "foreign_uuid"
NO_RSSI: Final = "no_rssi"

MAX_KNOWN: Final = 8_192
"""Payloads remembered, about 3 MB: a store's beacons and tags with the phones that pass by in between."""
MAX_KNOWN_BYTES: Final = 64
"""Longer payloads (extended advertising) are read each time: remembering them would unbound the memory."""
WEAKEST_DBM: Final = -127
"""0 and positive RSSI, 127 among them, mean "not measured" (Bluetooth Core, HCI LE Advertising Report)."""


class Decoder:
    """Judge each advertisement; `heard` and `ignored` count every one exactly once."""

    def __init__(self, allowed_uuids: Iterable[str]) -> None:
        self._allowed: Final = {uuid_bytes(uuid): uuid for uuid in allowed_uuids}
        self._known: dict[bytes, Frame | str] = {}
        self.heard = 0
        self.ignored: Counter[str] = Counter()

    @property
    def frames(self) -> int:
        """All advertisements judged."""
        return self.heard + self.ignored.total()

    @property
    def ibeacons(self) -> int:
        """Well-formed iBeacon frames, those ignored for their UUID, power or RSSI included."""
        return self.heard + sum(self.ignored[reason] for reason in (FOREIGN_UUID, ABSURD_POWER, NO_RSSI))

    def read(self, apple_payload: bytes | None, rssi_dbm: int) -> Frame | None:
        """Return the frame in the bytes after Apple's company id, or None with its reason counted."""
        if apple_payload is None:
            self.ignored[NOT_APPLE] += 1
            return None
        found = self._known.get(apple_payload)
        if found is None:
            found = self._learn(apple_payload)
        if found.__class__ is str:
            self.ignored[found] += 1
            return None
        if not WEAKEST_DBM <= rssi_dbm < 0:
            self.ignored[NO_RSSI] += 1
            return None
        self.heard += 1
        return found  # type: ignore[return-value]  # a class test costs half of isinstance, and mypy sees only the latter

    def _learn(self, payload: bytes) -> Frame | str:
        found = self._judge(payload)
        if len(payload) <= MAX_KNOWN_BYTES:
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            self._known[bytes(payload)] = found
        return found

    def _judge(self, payload: bytes) -> Frame | str:
        try:
            raw = read_raw(payload)
        except BadFrame as refused:
            return refused.reason
        if raw.measured_power_dbm > 0:
            return ABSURD_POWER
        uuid = self._allowed.get(raw.uuid)
        if uuid is None:
            return FOREIGN_UUID
        return Frame(BeaconIdentity(uuid, raw.major, raw.minor), raw.measured_power_dbm)
