"""The product's `simulate`, run through its files and its command on a scenario (SPEC 6)."""

import json
from pathlib import Path
from typing import Any

import yaml

from aislecue.cli import main
from tests.reference.evaluate import evaluate
from tests.reference.scenarios import Scenario

DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def write_scenario(scenario: Scenario, folder: Path) -> list[str]:
    """Write every document of a scenario and return the command line that simulates it."""
    arguments = ["simulate"]
    for number, plan in enumerate(scenario.plans):
        path = folder / f"plan-{number}.yaml"
        path.write_text(yaml.dump(plan, Dumper=DUMPER, allow_unicode=True), encoding="utf-8")
        arguments += ["--plan", str(path)]
    campaigns = folder / "campaigns"
    campaigns.mkdir()
    for number, campaign in enumerate(scenario.campaigns):
        if number % 2:
            text = yaml.dump(campaign, Dumper=DUMPER, allow_unicode=True, sort_keys=False)
            (campaigns / f"{campaign['id']}.yaml").write_text(text, encoding="utf-8")
        else:
            (campaigns / f"{campaign['id']}.json").write_text(
                json.dumps(campaign, ensure_ascii=False), encoding="utf-8"
            )
    arguments += ["--campaigns", str(campaigns)]
    for name in ("shoppers", "sightings", "history", "presence"):
        path = folder / f"{name}.jsonl"
        path.write_bytes(as_lines(getattr(scenario, name)))
        arguments += [f"--{name}", str(path)]
    for name in scenario.assume_live:
        arguments += ["--assume-live", name]
    return [*arguments, "--out", str(folder / "decisions.jsonl")]


def as_lines(documents: list[dict[str, Any]]) -> bytes:
    # SPEC 5, output: "no spaces, UTF-8 unescaped"
    lines = [json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n" for document in documents]
    return "".join(lines).encode()


def simulated(scenario: Scenario, folder: Path) -> bytes:
    """Return what the product writes, byte for byte; a refusal is an answer too."""
    folder.mkdir(parents=True, exist_ok=True)
    code = main(write_scenario(scenario, folder))
    if code != 0:
        return f"exit {code}".encode()
    return (folder / "decisions.jsonl").read_bytes()


def expected(scenario: Scenario) -> bytes:
    """Return what the naive evaluator says `simulate` must write."""
    decisions = evaluate(
        scenario.plans,
        scenario.campaigns,
        scenario.shoppers,
        scenario.sightings,
        scenario.history,
        scenario.presence,
        set(scenario.assume_live),
    )
    return as_lines(decisions)
