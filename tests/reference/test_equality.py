"""`aislecue simulate` and the naive evaluator write the same bytes (SPEC 2 to 6)."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from campaigns.index import WORTH_BITMAPS
from tests.reference.product import expected, simulated
from tests.reference.scenarios import Scenario, from_seed, scenarios

SEEDS_A_TEST = 30


@pytest.mark.parametrize("first", range(0, 600, SEEDS_A_TEST))
def test_seeds(first: int, tmp_path: Path) -> None:
    for seed in range(first, first + SEEDS_A_TEST):
        scenario = from_seed(seed)
        assert simulated(scenario, tmp_path / str(seed)) == expected(scenario), f"seed {seed}"


@pytest.mark.parametrize("seed", range(1_000, 1_020))
def test_many_campaigns_on_one_trigger(seed: int, tmp_path: Path) -> None:
    scenario = crowded(from_seed(seed))
    assert simulated(scenario, tmp_path) == expected(scenario)


def crowded(scenario: Scenario) -> Scenario:
    """Bring every campaign so often, for the audiences and hours of all, that its trigger is worth an index."""
    campaigns = []
    for campaign in scenario.campaigns:
        for k in range(WORTH_BITMAPS):
            other = scenario.campaigns[k % len(scenario.campaigns)]
            asked = {key: other[key] for key in ("audience", "schedule") if key in other}
            rest = {key: campaign[key] for key in campaign if key not in ("audience", "schedule")}
            campaigns.append(rest | asked | {"id": f"{campaign['id']}-{k}"})
    return replace(scenario, campaigns=campaigns, assume_live=[])


@settings(max_examples=40, deadline=None, derandomize=True)
@given(scenarios())
def test_found_by_search(scenario: Scenario) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert simulated(scenario, Path(folder)) == expected(scenario)


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    scenario = from_seed(7)
    assert simulated(scenario, tmp_path / "once") == simulated(scenario, tmp_path / "again")


def test_every_outcome_and_reason_occurs() -> None:
    written = b"".join(expected(from_seed(seed)) for seed in range(400))
    reasons = "not_live outside_schedule audience left campaign_cap budget not_corroborated outranked"
    reasons += " do_not_disturb quiet_hours policy_cap global_holdout holdout no_channel"
    for reason in reasons.split():
        assert written.count(f'"reason":"{reason}"'.encode()) >= 10, reason
    for outcome in ("send", "ghost", "inbox", "suppressed"):
        assert written.count(f'"outcome":"{outcome}"'.encode()) >= 50, outcome
    for trigger in ("arrive", "enter", "dwell", "exit", "leave"):
        assert written.count(f'"trigger":"{trigger}"'.encode()) >= 50, trigger
