"""The reference phone's parts: ranging, backlog, regions, opening a push."""

import json
from base64 import urlsafe_b64decode
from pathlib import Path
from random import Random

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec

from aislecue.demo.phone import Heard, Region
from aislecue.demo.phone.backlog import Backlog, Noted
from aislecue.demo.phone.push import CURVE, PushKeys
from aislecue.demo.phone.ranging import Ranging
from aislecue.demo.pocket import EXIT_CUSHION, RegionWatch
from protocol.identity import BeaconIdentity
from protocol.instants import SECOND

UUID = "8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10"
SHOES = BeaconIdentity(UUID, 5, 51)
TILL = BeaconIdentity(UUID, 6, 61)
SHOE_REGION = Region(UUID, 5)
VECTOR = Path(__file__).parents[2] / "vectors" / "rfc8291.json"


def heard(identity: BeaconIdentity, rssi_dbm: int) -> Heard:
    return Heard(identity, rssi_dbm, -59)


def test_the_closest_beacon_is_the_one_with_the_least_loss() -> None:
    ranging = Ranging()
    closest = ranging.closest(0, [heard(SHOES, -66), heard(TILL, -80)])
    assert closest is not None
    assert (closest.identity, closest.proximity) == (SHOES, "near")


def test_one_loud_frame_among_many_does_not_move_the_band() -> None:
    ranging = Ranging()
    levels = [-85, -85, -58, -85]
    bands = [ranging.closest(k * SECOND, [heard(SHOES, rssi)]) for k, rssi in enumerate(levels)]
    assert [band.proximity for band in bands if band] == ["far"] * 4


def test_near_is_held_a_little_beyond_its_line() -> None:
    ranging = Ranging()
    bands = []
    for k, rssi in enumerate([-69] * 5 + [-73] * 6 + [-80] * 6):
        closest = ranging.closest(k * SECOND, [heard(SHOES, rssi)])
        bands.append(closest.proximity if closest else None)
    assert bands[10] == "near"  # 4.3 m: a newcomer would be far
    assert bands[-1] == "far"


def test_after_silence_there_is_no_closest() -> None:
    ranging = Ranging()
    ranging.closest(0, [heard(SHOES, -60)])
    assert ranging.closest(10 * SECOND, []) is None


def note(k: int, at: int) -> Noted:
    return Noted(f"a-{k}", at, SHOES, "ranged", "near", -60)


def test_the_backlog_keeps_order_and_lets_go_only_what_was_answered() -> None:
    backlog = Backlog()
    for k in range(5):
        backlog.note(note(k, k * SECOND))
    first = backlog.batch(5 * SECOND, 3, 600 * SECOND)
    assert [one.id for one in first] == ["a-0", "a-1", "a-2"]
    assert backlog.batch(5 * SECOND, 3, 600 * SECOND) == first
    backlog.answered(first)
    assert [one.id for one in backlog.batch(5 * SECOND, 3, 600 * SECOND)] == ["a-3", "a-4"]


def test_what_the_server_would_refuse_as_late_is_not_kept() -> None:
    backlog = Backlog()
    backlog.note(note(0, 0))
    assert backlog.batch(600 * SECOND, 10, 600 * SECOND) == []
    assert (len(backlog), backlog.let_go) == (0, 1)


def test_a_push_opens_as_in_the_standards_example() -> None:
    vector = json.loads(VECTOR.read_text(encoding="utf-8"))
    private = ec.derive_private_key(int.from_bytes(raw(vector["ua_private"])), CURVE)
    keys = PushKeys(private, raw(vector["auth_secret"]))
    assert keys.decrypt(raw(vector["body"])) == vector["plaintext"].encode()


def test_a_push_for_somebody_else_does_not_open() -> None:
    vector = json.loads(VECTOR.read_text(encoding="utf-8"))
    keys = PushKeys(ec.generate_private_key(CURVE), raw(vector["auth_secret"]))
    with pytest.raises(InvalidTag):
        keys.decrypt(raw(vector["body"]))


def raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_a_pocket_gets_one_enter_and_after_the_cushion_one_exit() -> None:
    watch = RegionWatch(Random(1))
    seen = []
    for second in range(60):
        frames = [heard(SHOES, -70)] if second < 20 else []
        seen += [(event.region, event.entered) for event in watch.events(second * SECOND, frames)]
    assert seen == [(SHOE_REGION, True), (SHOE_REGION, False)]


def test_a_pocket_does_not_leave_within_the_cushion() -> None:
    watch = RegionWatch(Random(1))
    seen = []
    for second in range(0, 300, 20):
        assert second * SECOND < 300 * SECOND
        assert EXIT_CUSHION > 20 * SECOND
        seen += watch.events(second * SECOND, [heard(SHOES, -70)])
    assert [event.entered for event in seen] == [True]
