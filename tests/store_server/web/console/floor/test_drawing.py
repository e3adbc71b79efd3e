from protocol.plan import read_plan
from store_server.web.console.floor.drawing import DOTS_A_ZONE, FloorView, Someone, draw_floor
from tests.store_server.web.console.sample import PLAN

WELL = ("online", "good", "well")


def draw(*people: Someone) -> FloorView:
    plan = read_plan(PLAN, "plan.yaml")
    beacons = {beacon.id: ("heard", "good", beacon.id) for beacon in plan.beacons}
    return draw_floor(plan, people, {place.id: WELL for place in plan.gateways}, beacons)


def crowd(number: int, zone: str = "shoes") -> list[Someone]:
    return [Someone(f"s-{index}", zone, "shopper") for index in range(number)]


def test_the_street_is_below_and_everything_stays_on_the_floor() -> None:
    view = draw(*crowd(5))
    entrance = next(zone for zone in view.zones if zone.id == "entrance")
    assert entrance.points == "15,25 25,25 25,19 15,19"
    places = [(mark.x, mark.y) for mark in (*view.gateways, *view.beacons)] + [
        (dot.x, dot.y) for dot in view.dots
    ]
    assert all(0 <= x <= view.width_m and 0 <= y <= view.depth_m for x, y in places)


def test_a_dot_keeps_its_key_and_never_shows_who_it_is() -> None:
    (alone,) = draw(Someone("s-7", "shoes", "shopper")).dots
    (moved,) = draw(Someone("s-7", "jackets", "shopper")).dots
    assert alone.key == moved.key
    assert "s-7" not in alone.key
    assert (alone.x, alone.y) != (moved.x, moved.y)


def test_dots_lie_apart_inside_their_zone() -> None:
    dots = draw(*crowd(20)).dots
    assert len({(dot.x, dot.y) for dot in dots}) == 20
    assert all(27 < dot.x < 40 and 0 < dot.y < 15 for dot in dots)


def test_a_crowd_is_told_by_its_number() -> None:
    view = draw(*crowd(500))
    shoes = next(zone for zone in view.zones if zone.id == "shoes")
    assert shoes.count == 500
    assert len(view.dots) == DOTS_A_ZONE


def test_a_zone_whose_every_beacon_is_silent_is_troubled() -> None:
    plan = read_plan(PLAN, "plan.yaml")
    beacons = {
        beacon.id: ("silent" if beacon.zone == "shoes" or beacon.id == "RUN-1" else "heard", "bad", "")
        for beacon in plan.beacons
    }
    view = draw_floor(plan, [], {}, beacons)
    assert [zone.id for zone in view.zones if zone.troubled] == ["shoes"]


def test_what_has_no_position_hangs_in_its_zone() -> None:
    plan = read_plan(PLAN.replace(", position: [33, 17, 3]", ""), "plan.yaml")
    view = draw_floor(plan, [], {"gw-shoes": WELL}, {})
    (gateway,) = view.gateways
    assert 27 <= gateway.x <= 40
    assert 0 <= gateway.y <= 15
