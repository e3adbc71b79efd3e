"""Measured power: a good sample gives its median, each kind of bad one is refused with its reason."""

from random import Random

import pytest

from firmware_configs.planning.calibration import FEWEST, Sample, Verdict, judge
from protocol.identity import BeaconIdentity

UUID = "8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10"
OURS, OTHER = BeaconIdentity(UUID, 1, 11), BeaconIdentity(UUID, 1, 12)


def around(
    middle_dbm: int, count: int = FEWEST, sigma: float = 2.5, who: BeaconIdentity = OURS
) -> list[Sample]:
    random = Random(middle_dbm)
    return [Sample(who, round(random.gauss(middle_dbm, sigma))) for _ in range(count)]


def test_a_good_sample_gives_its_median() -> None:
    levels = [-63] * 7 + [-64] * 6 + [-66] * 7
    assert judge(OURS, [Sample(OURS, level) for level in levels]) == Verdict(20, -64, 3, ())


def test_others_farther_off_do_no_harm() -> None:
    assert judge(OURS, around(-62) + around(-80, 60, who=OTHER)).reasons == ()


@pytest.mark.parametrize(
    ("heard", "reason"),
    [
        (around(-62, FEWEST - 1), "too few: 20 samples expected, got 19"),
        ([], "too few: 20 samples expected, got 0"),
        ([Sample(OURS, -50 - k) for k in range(30)], "too spread: at most 12 dB expected, got 24 dB"),
        (
            around(-58, 20, 1) + around(-70, 20, 1),
            "bimodal: one heap expected, got two, around -70 and -58 dBm",
        ),
        (around(-80) + around(-60, who=OTHER), "wrong beacon: 1/11 as the loudest expected, got 1/12 at -"),
        (around(-60, who=OTHER), "wrong beacon: 1/11 as the loudest expected, got 1/12"),
        (around(-20), "unlikely: -100 to -30 dBm at 1 m expected"),
    ],
)
def test_a_bad_sample_is_refused_with_its_reason(heard: list[Sample], reason: str) -> None:
    assert any(told.startswith(reason) for told in judge(OURS, heard).reasons), judge(OURS, heard)


def test_one_straggler_is_no_second_heap() -> None:
    assert judge(OURS, [*around(-62, 30), Sample(OURS, -80), Sample(OURS, -79)]).reasons == ()
