"""Every campaign for one shopper at one instant, and the step that stops it (SPEC 5, 6)."""

from typing import Any

from campaigns.document import Campaign
from campaigns.explain import Here, Line, explain
from campaigns.pipeline import Pipeline
from campaigns.simulate import Simulation, Spending
from campaigns.snapshot import Snapshot
from campaigns.state import ShopperState
from campaigns.stays import Sights
from campaigns.timers import TimerKind, fire
from protocol.instants import SECOND
from protocol.sighting import Sighting
from tests.campaigns import worlds
from tests.campaigns.worlds import TEN, TILL, campaign, hearing, plan, shopper, sighting


def explained(campaigns: list[Campaign], *seen: Sighting, now_s: float = 0, **of: Any) -> dict[str, Line]:
    """Explain a shopper `now_s` after ten, who was seen so."""
    store = plan()
    snapshot = Snapshot.build([store], campaigns)
    sights, state = Sights(snapshot, hearing(store)), ShopperState()
    for one in seen:
        place = snapshot.zone_of(one.identity)
        assert place is not None
        sights.sight(state.presence, place, one, one.at)
    now = TEN + round(now_s * SECOND)
    for kind in TimerKind:
        fire(state.presence, snapshot, kind, now)
    pipeline = Pipeline(snapshot, Spending({}), sights, explains=True)
    lines = explain(snapshot, pipeline, Here(shopper(**of), state, "milan", now))
    return {line.campaign: line for line in lines}


def step(
    on: dict[str, Any], *seen: Sighting, now_s: float = 0, **more: Any
) -> tuple[str | None, dict[str, object]]:
    line = explained([campaign(trigger=on, **more)], *seen, now_s=now_s)["c"]
    return line.step, dict(line.compared)


SHOES = {"zone": "shoes"}
DWELL = {"on": "dwell", "after_s": 20, "within": "near", **SHOES}


def test_where_the_shopper_is_not() -> None:
    assert step({"on": "arrive"}) == ("no_visit", {})
    assert step({"on": "enter", "zone": "till"}, sighting("a", 0)) == ("no_stay", {"zone": "till"})
    assert step({"on": "arrive"}, sighting("a", 0), stores=["roma"]) == ("other_store", {})


def test_a_trigger_that_does_not_stand_yet_names_what_it_waits_for() -> None:
    seen = sighting("a", 0)
    assert step({"on": "leave"}, seen, now_s=12) == ("not_yet", {"silent_s": 12, "leave_after_s": 180})
    assert step({"on": "exit", **SHOES}, seen) == ("not_yet", {"zone": "shoes", "stay_open": True})
    far = sighting("a", 0, band="far")
    assert step({"on": "enter", "within": "near", **SHOES}, far) == (
        "not_yet",
        {"zone": "shoes", "within": "near", "seen": False},
    )
    assert step(DWELL, seen, now_s=12) == ("not_yet", {"dwell_s": 12, "after_s": 20})


def test_a_dwell_whose_stay_has_ended_is_not_now() -> None:
    seen = sighting("a", 0)
    long = DWELL | {"after_s": 60}
    assert step(long, seen, now_s=31) == ("not_now", {"dwell_s": 31, "after_s": 60})


def test_a_trigger_that_stands_goes_through_the_pipeline() -> None:
    seen = sighting("a", 0)
    assert step({"on": "arrive"}, seen) == (None, {})
    assert step({"on": "enter", **SHOES}, seen) == (None, {})
    assert step(DWELL, seen, now_s=20) == (None, {})
    assert step({"on": "exit", **SHOES}, seen, now_s=31) == (None, {})
    assert step({"on": "leave"}, seen, now_s=180) == (None, {})
    assert step({"on": "arrive"}, seen, status="draft") == ("not_live", {})


def test_a_near_miss_is_stopped_by_one_step_alone() -> None:
    gold = {"audience": {"field": "tier", "op": "eq", "value": "gold"}, "trigger": {"on": "arrive"}}
    lines = explained(
        [
            campaign("near", **gold),
            campaign("far", status="draft", **gold),
            campaign("waits", trigger={"on": "leave"}),
        ],
        sighting("a", 0),
    )
    assert [(id_, line.step, line.next_step, line.near_miss) for id_, line in lines.items()] == [
        ("far", "not_live", "audience", False),
        ("near", "audience", None, True),
        ("waits", "not_yet", None, False),
    ]
    quiet = explained([campaign(channels=["email"])], sighting("a", 0))
    assert quiet["c"].step == "no_channel"


def test_what_stops_every_campaign_is_said_of_each() -> None:
    arrive = {"on": "arrive"}
    lines = explained([campaign("a", trigger=arrive), campaign("b", trigger=arrive)], sighting("a", 0, TILL))
    assert {id_: (line.step, line.near_miss) for id_, line in lines.items()} == {
        "a": ("do_not_disturb", True),
        "b": ("do_not_disturb", True),
    }


def test_a_simulation_stops_at_an_instant_and_explains_who_stands_where() -> None:
    store = plan()
    campaigns = [campaign(), campaign("far", trigger={"on": "enter", "zone": "till"})]
    snapshot = Snapshot.build([store], campaigns)
    sightings = worlds.seen(snapshot, [sighting("a", 0), sighting("b", 5)])

    def run(until_s: float) -> Simulation:
        simulation = Simulation(snapshot, [store], {"s": shopper()}, {}, Spending({}), ())
        decided = list(simulation.run(sightings, until=TEN + round(until_s * SECOND)))
        assert len(decided) == (until_s >= 2)
        return simulation

    assert run(-1).explain("s", TEN) is None
    found = run(1).explain("s", TEN + SECOND)
    assert found is not None
    assert found[0] == "milan"
    lines = {line.campaign: line for line in found[1]}
    assert lines["far"].step == "no_stay"
    assert dict(lines["c"].compared)["zone"] == "shoes"
    later = run(6).explain("s", TEN + 6 * SECOND)
    assert later is not None
    assert later[1][0].step == "campaign_cap"
    assert run(7200).explain("s", TEN + 7200 * SECOND) is None
