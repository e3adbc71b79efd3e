"""Measured power from a calibration walk: 20 samples at 1 m, their median; a bad sample is refused with its reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from protocol.identity import BeaconIdentity

FEWEST: Final = 20
MOST_SPREAD_DB: Final = 12
"""Between the tenth and the ninetieth percentile: three channels and a steady hand give 4 to 8."""
EMPTY_DB: Final = 6
"""Nothing in so wide a step between two heaps: somebody stood between, or the distance changed."""
HEAP: Final = 0.25
"""A heap holds at least this share of the samples; less are stragglers."""
LIKELY_DBM: Final = (-100, -30)
"""What a beacon can read at 1 m: weaker lies under the phone's own noise, louder is a hand's breadth away."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One frame heard."""

    identity: BeaconIdentity
    rssi_dbm: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to write into the plan, or why not; `spread_db` lies between the tenth and the ninetieth percentile."""

    samples: int
    median_dbm: int | None
    spread_db: int | None
    reasons: tuple[str, ...]
    """Empty: the sample is good."""


def judge(beacon: BeaconIdentity, heard: Sequence[Sample]) -> Verdict:
    """Judge all frames heard while somebody held the receiver 1 m from a beacon."""
    own = sorted(sample.rssi_dbm for sample in heard if sample.identity == beacon)
    reasons = [*_too_few(own), *_wrong_beacon(beacon, own, heard)]
    if not own:
        return Verdict(0, None, None, tuple(reasons))
    middle, spread = round(median(own)), own[len(own) * 9 // 10] - own[len(own) // 10]
    if spread > MOST_SPREAD_DB:
        reasons.append(
            f"too spread: at most {MOST_SPREAD_DB} dB expected, got {spread} dB: hold still, in the open"
        )
    reasons += _bimodal(own)
    if not LIKELY_DBM[0] <= middle <= LIKELY_DBM[1]:
        reasons.append(f"unlikely: {LIKELY_DBM[0]} to {LIKELY_DBM[1]} dBm at 1 m expected, got {middle} dBm")
    return Verdict(len(own), middle, spread, tuple(reasons))


def _too_few(own: Sequence[int]) -> list[str]:
    return [f"too few: {FEWEST} samples expected, got {len(own)}: stay longer"] if len(own) < FEWEST else []


def _wrong_beacon(beacon: BeaconIdentity, own: Sequence[int], heard: Sequence[Sample]) -> list[str]:
    """At 1 m nothing else is louder; what is, is the beacon somebody stood at."""
    others: dict[BeaconIdentity, list[int]] = {}
    for sample in heard:
        if sample.identity != beacon:
            others.setdefault(sample.identity, []).append(sample.rssi_dbm)
    mine = median(own) if own else None
    louder = [
        (median(levels), identity)
        for identity, levels in others.items()
        if mine is None or (len(levels) >= FEWEST // 2 and median(levels) > mine)
    ]
    if not louder:
        return []
    level, identity = max(louder)
    got = f"{identity.major}/{identity.minor} at {level:g} dBm"
    return [f"wrong beacon: {beacon.major}/{beacon.minor} as the loudest expected, got {got}"]


def _bimodal(own: Sequence[int]) -> list[str]:
    fewest = max(1, int(len(own) * HEAP))
    steps = ((own[k] - own[k - 1], k) for k in range(fewest, len(own) - fewest + 1))
    widest, at = max(steps, default=(0, 0))
    if widest < EMPTY_DB:
        return []
    got = f"around {round(median(own[:at]))} and {round(median(own[at:]))} dBm"
    return [f"bimodal: one heap expected, got two, {got}: somebody stood between, or the distance changed"]
