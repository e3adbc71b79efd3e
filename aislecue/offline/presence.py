"""presence.jsonl: what gateways heard (SPEC 6, 9), in order of its instants."""

from pathlib import Path
from typing import Literal

import msgspec

from aislecue.offline.lines import read_lines
from campaigns.simulate import PresenceLine
from protocol.identity import BeaconIdentity, parse_uuid
from protocol.instants import parse_instant


class _Kind(msgspec.Struct, frozen=True):
    kind: str = "presence"


class _Line(msgspec.Struct, frozen=True):
    at: str
    gateway: str
    uuid: str
    major: int
    minor: int
    state: Literal["present", "lost"]

    def presence(self) -> PresenceLine:
        identity = BeaconIdentity(parse_uuid(self.uuid), self.major, self.minor)
        return PresenceLine(parse_instant(self.at), self.gateway, identity, self.state == "present")


def load_presence(paths: list[Path]) -> list[PresenceLine]:
    """Read presence lines; lines of other kinds are passed over. Raises BadInput."""
    kind_of, decode = msgspec.json.Decoder(_Kind).decode, msgspec.json.Decoder(_Line).decode

    def read(line: bytes) -> PresenceLine | None:
        return decode(line).presence() if kind_of(line).kind == "presence" else None

    found = [one for path in paths for _, one in read_lines(path, read, "a presence line") if one is not None]
    found.sort(key=lambda line: line.at)
    return found
