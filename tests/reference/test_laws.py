"""Laws of `aislecue simulate` that hold whatever the rules decide (SPEC 4 and 5)."""

import json
import tempfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reference.judge import INTERRUPTING
from tests.reference.product import simulated
from tests.reference.scenarios import Scenario, scenarios
from tests.reference.wall import DAY, SECOND, in_quiet_hours, instant, written

Lines = list[dict[str, Any]]
law = settings(max_examples=25, deadline=None, derandomize=True)
KEPT = ("send", "ghost", "inbox")


def simulate(scenario: Scenario) -> Lines:
    with tempfile.TemporaryDirectory() as folder:
        text = simulated(scenario, Path(folder)).decode()
    return [json.loads(line) for line in text.splitlines()]


def one_store(scenario: Scenario) -> Scenario:
    """Keep the first store, and make every campaign its own."""
    campaigns = [campaign | {"stores": "*"} for campaign in scenario.campaigns]
    return replace(scenario, plans=scenario.plans[:1], campaigns=campaigns)


def without_shares(scenario: Scenario) -> Scenario:
    """Hold nobody out and draw no variant."""
    dropped = ("holdout_pct", "variants")
    campaigns = [
        {key: campaign[key] for key in campaign if key not in dropped} for campaign in scenario.campaigns
    ]
    plans = [plan | {"policy": plan.get("policy", {}) | {"global_holdout_pct": 0}} for plan in scenario.plans]
    return replace(scenario, plans=plans, campaigns=campaigns)


@law
@given(scenarios(), st.sampled_from([-52, -1, 1, 3]))
def test_whole_weeks_change_nothing_where_clocks_do_not(scenario: Scenario, weeks: int) -> None:
    plans = [plan | {"store": plan["store"] | {"timezone": "Asia/Kathmandu"}} for plan in scenario.plans]
    here = replace(scenario, plans=plans)

    def moved(lines: Lines) -> Lines:
        return [line | {"at": written(instant(line["at"]) + weeks * 7 * DAY)} for line in lines]

    def moved_dates(campaign: dict[str, Any]) -> dict[str, Any]:
        schedule = dict(campaign.get("schedule") or {})
        for key in schedule.keys() & {"starts", "ends"}:
            schedule[key] = str(date.fromisoformat(schedule[key]) + timedelta(weeks=weeks))
        return campaign | {"schedule": schedule}

    there = replace(
        here,
        campaigns=[moved_dates(campaign) for campaign in here.campaigns],
        sightings=moved(here.sightings),
        history=moved(here.history),
        presence=[*moved([line for line in here.presence if "at" in line])],
    )
    assert simulate(there) == moved(simulate(here))


@law
@given(scenarios())
def test_names_of_shoppers_and_sightings_do_not_matter_but_for_their_order_and_the_shares(
    scenario: Scenario,
) -> None:
    plain = without_shares(scenario)
    text = json.dumps([plain.shoppers, plain.sightings, plain.history], ensure_ascii=False)
    for shopper in plain.shoppers:
        text = text.replace(f'"{shopper["id"]}"', f'"new-{shopper["id"]}"')
    text = text.replace('"id": "s', '"id": "sighting-s').replace('"nobody"', '"new-nobody"')
    shoppers, sightings, history = json.loads(text)
    renamed = replace(plain, shoppers=shoppers, sightings=sightings, history=history)
    assert simulate(renamed) == [line | {"shopper": f"new-{line['shopper']}"} for line in simulate(plain)]


@law
@given(scenarios())
def test_names_of_places_and_campaigns_do_not_matter_but_for_their_order(scenario: Scenario) -> None:
    plain = without_shares(scenario)
    plans = [
        plan
        | {
            "zones": renamed(plan["zones"], "id"),
            "beacons": renamed(plan["beacons"], "id", "zone"),
            "gateways": renamed(plan.get("gateways", []), "zone"),
        }
        for plan in plain.plans
    ]
    campaigns = [
        renamed(campaign, "zone", "campaign") | {"id": f"new-{campaign['id']}"}
        for campaign in plain.campaigns
    ]
    there = replace(
        plain,
        plans=plans,
        campaigns=campaigns,
        history=renamed(plain.history, "campaign"),
        assume_live=[f"new-{name}" for name in plain.assume_live],
    )
    assert simulate(there) == renamed(simulate(plain), "campaign")


def renamed(value: Any, *keys: str) -> Any:
    """Return a document with a new name wherever one of these keys, at any depth, names something."""
    if isinstance(value, list):
        return [renamed(one, *keys) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: f"new-{one}" if key in keys and isinstance(one, str) else renamed(one, *keys)
        for key, one in value.items()
    }


@law
@given(scenarios())
def test_another_shopper_changes_nothing_for_the_others(scenario: Scenario) -> None:
    campaigns = []
    for campaign in scenario.campaigns:
        limits = {key: value for key, value in campaign.get("limits", {}).items() if key != "total"}
        campaigns.append(campaign | {"limits": limits})
    alone = replace(scenario, campaigns=campaigns)
    stranger = scenario.shoppers[0] | {"id": "stranger"}
    walk = [line | {"shopper": "stranger", "id": f"x{line['id']}"} for line in scenario.sightings]
    together = replace(alone, shoppers=[*alone.shoppers, stranger], sightings=[*alone.sightings, *walk])
    others = [line for line in simulate(together) if line["shopper"] != "stranger"]
    assert others == simulate(alone)


@law
@given(scenarios())
def test_no_cap_is_ever_passed(scenario: Scenario) -> None:
    alone = one_store(scenario)
    lines = simulate(alone)
    policy = alone.plans[0].get("policy", {})
    received = [line for line in alone.history if line["kind"] == "received"]
    for now in lines:
        at = instant(now["at"])
        before = [line for line in [*lines, *received] if instant(line["at"]) <= at]
        mine = [line for line in before if line["shopper"] == now["shopper"]]
        if now["outcome"] in ("send", "ghost") and now["channel"] in INTERRUPTING:
            day = [line for line in mine if at - instant(line["at"]) < DAY and is_push(line)]
            assert len(day) <= policy.get("max_per_day", 2)
        if now["outcome"] not in KEPT:
            continue
        limits = next(one for one in alone.campaigns if one["id"] == now["campaign"]).get("limits", {})
        same = [line for line in before if line.get("campaign") == now["campaign"]]
        if now["outcome"] != "inbox" and "total" in limits:
            assert (
                len([line for line in same if line.get("outcome", "send") in ("send", "ghost")])
                <= limits["total"]
            )
        kept = [line for line in same if line in mine and line.get("outcome", "send") in KEPT]
        if "per_shopper" in limits:
            span = limits["per_shopper"].get("within_days", 36500) * DAY
            within = [line for line in kept if at - instant(line["at"]) < span]
            assert len(within) <= limits["per_shopper"]["max"]
        if limits.get("cooldown_s"):
            near = [line for line in kept if at - instant(line["at"]) < limits["cooldown_s"] * SECOND]
            assert len(near) == 1


def is_push(line: dict[str, Any]) -> bool:
    """Say whether a decision or history line counts for max_per_day."""
    if "outcome" not in line:
        return True
    return line["outcome"] in ("send", "ghost") and line["channel"] in INTERRUPTING


@law
@given(
    scenarios(), st.sampled_from(["01:00-02:00", "02:00-03:00", "23:00-02:30", "01:30-03:30", "12:00-01:15"])
)
def test_nothing_interrupts_in_quiet_hours(scenario: Scenario, quiet_hours: str) -> None:
    """The walks are around the changes of the clocks; the campaigns do what they can to interrupt."""
    alone = one_store(scenario)
    policy = {"max_per_visit": 1000, "max_per_day": 1000, "quiet_hours": quiet_hours}
    plan = alone.plans[0] | {"policy": alone.plans[0].get("policy", {}) | policy}
    eager = {"status": "live", "channels": ["push", "sms"], "limits": {"per_visit": 1000}, "schedule": {}}
    alone = replace(alone, plans=[plan], campaigns=[campaign | eager for campaign in alone.campaigns])
    own_hours = {shopper["id"]: shopper.get("quiet_hours") for shopper in alone.shoppers}
    for line in simulate(alone):
        if is_push(line):
            for hours in (quiet_hours, own_hours[line["shopper"]]):
                assert not in_quiet_hours(hours, instant(line["at"]), plan["store"]["timezone"])


@law
@given(scenarios(), st.sampled_from(["entrance", "shoes", "till"]))
def test_enter_and_exit_alternate(scenario: Scenario, zone: str) -> None:
    watching = [
        {
            "version": 1,
            "id": on,
            "name": on,
            "status": "live",
            "stores": "*",
            "trigger": {"on": on, "zone": zone},
            "channels": ["staff"],
            "deadline_s": 86_400,
            "message": {"en": {"title": on, "body": on}},
        }
        for on in ("enter", "exit")
    ]
    lines = simulate(one_store(replace(scenario, campaigns=watching, assume_live=[])))
    for shopper in {line["shopper"] for line in lines}:
        inside = 0
        mine = [line for line in lines if line["shopper"] == shopper]
        for at in sorted({line["at"] for line in mine}, key=instant):
            now = [line["trigger"] for line in mine if line["at"] == at]
            inside += now.count("enter") - now.count("exit")
            assert inside in (0, 1)
        assert inside == 0
