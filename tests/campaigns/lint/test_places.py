from tests.campaigns.lint.found import fine, found, kinds, plan_file
from tests.campaigns.worlds import PLAN, UUID

UNLIT = PLAN.replace(f"  - {{id: TILL-1, zone: till, uuid: {UUID}, major: 1, minor: 2}}\n", "")
ROMA = PLAN.replace("milan", "roma").replace("major: 1", "major: 2").replace("id: shoes", "id: bags")
ROMA = ROMA.replace("zone: shoes", "zone: bags")


def test_without_plans_nothing_is_said_about_places() -> None:
    assert found(fine(stores=["nowhere"], trust="corroborated"), plans=[]) == []


def test_an_unknown_store_is_told_with_the_nearest() -> None:
    assert found(fine(stores=["milan", "milano"])) == [
        ("error", "unknown-store", "c.yaml", "'milano' (did you mean 'milan'?)")
    ]
    assert kinds(fine(stores=["roma"]), all_plans=False) == []


def test_a_zone_without_a_beacon_is_told_in_plan_and_campaign() -> None:
    plans = [plan_file(text=UNLIT)]
    assert kinds(fine(), plans=plans) == [("warning", "zone-without-beacon")]
    seen_there = {"not": {"visited_zone": {"zone": "till"}}}
    assert kinds(fine(audience=seen_there), plans=plans) == [
        ("error", "zone-without-beacon"),
        ("warning", "zone-without-beacon"),
    ]


def test_an_unknown_zone_is_told_for_every_store_that_is_named() -> None:
    plans = [plan_file(), plan_file(text=ROMA, source="roma.yaml")]
    assert kinds(fine(stores=["milan", "roma"]), plans=plans) == [("error", "unknown-zone")]
    assert kinds(fine(), plans=plans) == []
    assert found(fine(trigger={"on": "enter", "zone": "shoe"}), plans=plans[:1]) == [
        ("error", "unknown-zone", "c.yaml", "'shoe' (did you mean 'shoes'?)")
    ]
    assert kinds(fine(audience={"any": [{"visited_zone": {}}, {"visited_zone": {"zone": "attic"}}]})) == [
        ("error", "unknown-zone")
    ]


def test_corroboration_needs_a_gateway() -> None:
    assert kinds(fine(trust="corroborated")) == []
    till = {"on": "exit", "zone": "till"}
    assert kinds(fine(trust="corroborated", trigger=till)) == [("error", "gateway-missing")]
    deaf = [plan_file(text=PLAN[: PLAN.index("gateways:")])]
    arrive = fine(trust="corroborated", trigger={"on": "arrive"})
    assert kinds(arrive) == []
    assert kinds(arrive, plans=deaf) == [("error", "gateway-missing")]
