"""What gateways heard: within 30 s of a sighting, from `present` until `lost` (SPEC 5, 6)."""

from campaigns.hearing import GatewayHearing
from protocol.instants import SECOND
from tests.campaigns.worlds import SHOES, TEN, TILL, plan


def heard(*lines: tuple[float, bool], at: float, gateway: str = "gw-shoes") -> bool:
    known = GatewayHearing([plan()])
    for seconds, present in lines:
        known.learn(TEN + round(seconds * SECOND), gateway, SHOES, present=present)
    return known.heard_near(SHOES, TEN + round(at * SECOND), TEN)


def test_presence_reaches_thirty_seconds_either_way_and_not_quite() -> None:
    spell = ((100, True), (200, False))
    assert heard(*spell, at=70.001)
    assert not heard(*spell, at=70)
    assert heard(*spell, at=150)
    assert heard(*spell, at=229.999)
    assert not heard(*spell, at=230)


def test_what_is_still_present_stays_heard() -> None:
    assert heard((100, True), at=10_000)
    assert not heard((100, True), at=0)


def test_doubled_lines_and_no_time_at_all_change_nothing() -> None:
    assert not heard((100, False), at=100)
    assert not heard((100, True), (100, False), at=100)
    assert heard((100, True), (110, True), (200, False), (210, False), at=229)
    assert not heard((100, True), (200, False), (210, False), at=235)


def test_only_gateways_of_the_beacons_zone_count() -> None:
    assert not heard((100, True), at=100, gateway="gw-elsewhere")
    known = GatewayHearing([plan()])
    known.learn(TEN, "gw-shoes", TILL, present=True)
    assert not known.heard_near(TILL, TEN, TEN)
