"""The simulated store: the same seed gives the same hour, and what is close is heard."""

from collections import Counter
from pathlib import Path
from random import Random

from aislecue.demo.crowd import Colleague, Visitor, colleagues, visitors
from aislecue.demo.floor import AISLE_Y_M, DOOR, Stop, Walk
from aislecue.demo.push_service import authorized
from aislecue.demo.world import World, place_of
from campaigns.document import read_campaign
from protocol.instants import HOUR, MINUTE, SECOND
from protocol.plan import StorePlan, read_plan

STORE = Path(__file__).parents[3] / "aislecue" / "demo" / "store"


def plan() -> StorePlan:
    path = STORE / "plan.yaml"
    return read_plan(path.read_text(encoding="utf-8"), str(path))


def world(seed: int, people: list[Visitor], staff: list[Colleague]) -> World:
    return World(plan(), people, staff, Random(seed))


def test_the_sample_store_reads_and_has_a_campaign_for_every_moment() -> None:
    campaigns = [
        read_campaign(path.read_text(encoding="utf-8"), str(path)) for path in STORE.glob("*/*.yaml")
    ]
    assert Counter(campaign.trigger.on for campaign in campaigns) == {
        "arrive": 1,
        "dwell": 2,
        "enter": 1,
        "leave": 1,
    }
    assert all(campaign.stores == frozenset({plan().id}) for campaign in campaigns)


def test_the_same_seed_gives_the_same_hour() -> None:
    def hour(seed: int) -> list[object]:
        people = visitors(0, 1, 8, Random(seed))
        air = world(seed, people, colleagues(0, 1, Random(seed)))
        return [list(air.gateways_hear(second * SECOND)) for second in range(60, 90)]

    assert hour(3) == hour(3)
    assert hour(3) != hour(4)


def test_everybody_is_in_and_out_within_the_hour_and_always_on_the_floor() -> None:
    floor = plan().floor_m
    for visitor in visitors(0, 1, 30, Random(5)):
        assert visitor.walks[-1].leaves_at < HOUR
        for second in range(0, HOUR // SECOND, 7):
            place = place_of(visitor, second * SECOND)
            assert place is None or (0 <= place.x_m <= floor[0] and 0 <= place.y_m <= floor[1])


def test_a_walk_goes_along_the_aisle() -> None:
    walk = Walk(0, [Stop(30, 15, 10)])
    start = walk.at(0)
    assert start is not None
    assert (start.x_m, start.y_m) == DOOR
    ys = {round(place.y_m, 1) for second in range(8, 18) if (place := walk.at(second * SECOND))}
    assert AISLE_Y_M in ys
    assert walk.at(walk.leaves_at) is None


def test_a_phone_at_the_shoes_hears_the_shoes_loudest() -> None:
    visitor = Visitor("v", (Walk(0, [Stop(28.8, 13.9, 600)]),))
    air = world(1, [visitor], [])
    loudest: Counter[int] = Counter()
    for second in range(60, 180):
        heard = air.phone_hears(visitor, second * SECOND)
        if heard:
            loudest[max(heard, key=lambda one: one.rssi_dbm).identity.major] += 1
    assert loudest.most_common(1)[0][0] == 5


def test_a_cart_is_on_the_air_only_while_it_is_pushed() -> None:
    visitor = Visitor("v", (Walk(MINUTE, [Stop(28.8, 13.9, 60)]),), cart=7)
    air = world(1, [visitor], [])
    cart = next(tag.uuid for tag in plan().tags if tag.kind == "cart")

    def on_air(second: int) -> bool:
        return any(frame.identity.uuid == cart for frame in air.gateways_hear(second * SECOND))

    assert not any(on_air(second) for second in range(60))
    assert any(on_air(second) for second in range(75, 135))


def test_the_push_service_refuses_what_is_not_signed() -> None:
    assert not authorized("", "http://127.0.0.1", 0)
    assert not authorized("vapid t=a.b.c, k=AAAA", "http://127.0.0.1", 0)
