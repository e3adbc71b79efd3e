"""How many manufacturer payloads a second does one core decode? Side by side with the peers and with bare struct.

Random: every frame another beacon of a chain's four UUIDs, one in six no iBeacon. Repeat: 500 beacons and 300 payloads
of phones, again and again, as in a shop. `struct` is the least a decoder can do: check, unpack, keep the UUID as bytes,
and the distance estimate that every peer delivers along (../shared/lab/frames/b_struct.py); `ours` is the gateway's
Decoder: allow-list, RSSI and power judged, every refusal counted by its reason, an identity that can be compared.
"""

import argparse
import gc
import json
import random
import struct
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.peers import ROOT, answer, machine, node_with, python_with
from gateway.decode import Decoder
from protocol.frame import build_ibeacon
from protocol.identity import BeaconIdentity

SEED = 20261122
FRAMES, GARBAGE = 100_000, 20_000
BEACONS, PHONES = 500, 300
PEER_FRAMES = {"ibeacon-ble": 20_000, "beacontools": 4_000, "TheengsDecoder": 2_000, "advlib-ble": 120_000}
"""Fewer for the slow ones: their rate does not depend on it."""
ROUNDS = 5

Heard = tuple[int, bytes, int]
"""Company id, the bytes after it, RSSI."""
_FIELDS = struct.Struct(">16sHHb").unpack_from


def frames() -> tuple[list[str], dict[str, list[Heard]]]:
    """Draw the chain's UUIDs and both mixes, the same in every run."""
    chance = random.Random(SEED)
    uuids = [str(uuid.UUID(bytes=chance.randbytes(16))) for _ in range(4)]

    def beacon() -> Heard:
        identity = BeaconIdentity(chance.choice(uuids), chance.getrandbits(16), chance.getrandbits(16))
        return 0x4C, build_ibeacon(identity, chance.randint(-75, -45)), _rssi(chance)

    mixes = {
        "random": [beacon() for _ in range(FRAMES)] + [_garbage(chance) for _ in range(GARBAGE)],
        "repeat": chance.choices([beacon() for _ in range(BEACONS)], k=FRAMES)
        + chance.choices([_garbage(chance) for _ in range(PHONES)], k=GARBAGE),
    }
    for mix in mixes.values():
        chance.shuffle(mix)
    # Off the air every payload is a new object, whose hash nobody has computed yet.
    return uuids, {name: [(c, bytes(bytearray(p)), r) for c, p, r in mix] for name, mix in mixes.items()}


def _rssi(chance: random.Random) -> int:
    return chance.randint(-100, -35)


def _garbage(chance: random.Random) -> Heard:
    match chance.randrange(4):
        case 0:
            return chance.choice([0x59, 0x06, 0xE0]), b"\x02\x15" + chance.randbytes(21), _rssi(chance)
        case 1:
            return 0x4C, b"\x02\x15" + chance.randbytes(chance.randint(0, 20)), _rssi(chance)
        case 2:
            return (
                0x4C,
                bytes([chance.choice(b"\x05\x07\x09\x0c\x10\x12")]) + chance.randbytes(12),
                _rssi(chance),
            )
        case _:
            return 0xFFFF, chance.randbytes(chance.randint(2, 20)), _rssi(chance)


def bare(mix: Sequence[Heard]) -> int:
    out = []
    for company, payload, rssi in mix:
        if company == 0x4C and len(payload) >= 23 and payload[:2] == b"\x02\x15":
            raw, major, minor, power = _FIELDS(payload, 2)
            out.append((raw, major, minor, power, _metres(power, rssi)))
    return len(out)


def fields(mix: Sequence[Heard]) -> int:
    out = []
    for company, payload, rssi in mix:
        if company == 0x4C and len(payload) >= 23 and payload[:2] == b"\x02\x15":
            raw, major, minor, power = _FIELDS(payload, 2)
            out.append((raw, major, minor, power, rssi))
    return len(out)


def _metres(power: int, rssi: int) -> float | None:
    """Estimate as the peers do: the curve fitted by AltBeacon, cut at 400 m."""
    if not rssi or not power:
        return None
    ratio = rssi / power
    return min(400.0, ratio**10 if ratio < 1.0 else 0.89976 * ratio**7.7095 + 0.111)


def ours(uuids: Sequence[str]) -> Callable[[Sequence[Heard]], int]:
    def decode(mix: Sequence[Heard]) -> int:
        read, out = Decoder(uuids).read, []
        for company, payload, rssi in mix:
            frame = read(payload if company == 0x4C else b"", rssi)
            if frame is not None:
                out.append((frame, rssi))
        return len(out)

    return decode


def side_by_side(
    mix: Sequence[Heard], decoders: dict[str, Callable[[Sequence[Heard]], int]]
) -> dict[str, int]:
    """Return frames per CPU-second; rounds interleaved, so that a busy machine is busy for all."""
    best = dict.fromkeys(decoders, float("inf"))
    found = set()
    gc.collect()
    gc.disable()
    for _ in range(ROUNDS):
        for name, decode in decoders.items():
            begun = time.process_time()
            found.add(decode(mix))
            best[name] = min(best[name], time.process_time() - begun)
    gc.enable()
    if len(found) != 1:
        raise AssertionError(f"the same number of iBeacons expected of all, got {found}")
    return {name: round(len(mix) / seconds) for name, seconds in best.items()}


def peers(mix: Sequence[Heard]) -> dict[str, Any]:
    """Return each peer's frames per CPU-second, or why it has none."""
    python = str(python_with("ibeacon-ble", "beacontools", "TheengsDecoder"))
    node = node_with("advlib-ble", "advlib-ble-manufacturers")
    out: dict[str, Any] = {}
    for name, count in PEER_FRAMES.items():
        question = {"peer": name, "frames": [(c, p.hex(), r) for c, p, r in mix[:count]]}
        if name == "advlib-ble":
            command, cwd = ["node", str(ROOT / "benchmarks" / "frames_peer.cjs")], node
        else:
            command, cwd = [python, str(ROOT / "benchmarks" / "frames_peers.py")], ROOT
        reply = answer(command, question, cwd=cwd)
        out[name] = reply if isinstance(reply, dict) else round(reply)
    return out


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--no-peers", action="store_true", help="ours and bare struct only: installs nothing")
    args = parser.parse_args()
    uuids, mixes = frames()
    own = {"ours": ours(uuids), "struct": bare, "struct_without_distance": fields}
    report: dict[str, Any] = {}
    for name, mix in mixes.items():
        report[name] = side_by_side(mix, own)
        if not args.no_peers:
            report[name] |= peers(mix)
    if args.json:
        print(json.dumps(report | {"machine": machine()}))
    else:
        _print(report)
    return 0


def _print(report: dict[str, Any]) -> None:
    print(f"frames per CPU-second ({machine()})\n{'':<24}" + "".join(f"{name:>14}" for name in report))
    for decoder in report["random"]:
        cells = [report[name][decoder] for name in report]
        shown = [f"{cell:>14,}" if isinstance(cell, int) else f"{'failed':>14}" for cell in cells]
        print(f"{decoder:<24}" + "".join(shown))


if __name__ == "__main__":
    sys.exit(main())
