"""Compare product and evaluator over many seeds: `python -m tests.reference.soak --seeds 0-20000 [--keep DIR]`.

The first difference is printed as small as dropping campaigns, shoppers and lines makes it.
"""

import argparse
import contextlib
import io
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.reference.product import expected, simulated, write_scenario
from tests.reference.scenarios import Scenario, from_seed

PARTS = ("campaigns", "shoppers", "presence", "history", "sightings", "plans", "assume_live")


def answer(scenario: Scenario) -> bytes:
    """Return what the product writes, without its words on stderr."""
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()):
        return simulated(scenario, Path(folder))


def differs(scenario: Scenario) -> bool:
    return answer(scenario) != expected(scenario)


def still_differs(scenario: Scenario) -> bool:
    """Say whether a smaller scenario is worth keeping: one that is still valid and still differs."""
    if not scenario.plans:
        return False
    written = answer(scenario)
    return not written.startswith(b"exit ") and written != expected(scenario)


def minimised(scenario: Scenario, worse: Callable[[Scenario], bool]) -> Scenario:
    """Drop parts, halves first, as long as the scenario stays bad."""
    shrunk = True
    while shrunk:
        shrunk = False
        for part in PARTS:
            size = max(1, len(getattr(scenario, part)) // 2)
            while size:
                position = 0
                while position < len(getattr(scenario, part)):
                    documents = getattr(scenario, part)
                    smaller = replace(scenario, **{part: documents[:position] + documents[position + size :]})
                    if worse(smaller):
                        scenario, shrunk = smaller, True
                    else:
                        position += size
                size //= 2
    return scenario


def report(scenario: Scenario, keep: Path | None) -> None:
    for part in PARTS:
        for document in getattr(scenario, part):
            print(part, json.dumps(document, ensure_ascii=False))
    with tempfile.TemporaryDirectory() as folder:
        product = simulated(scenario, Path(folder)).decode()
    print(f"--- evaluator\n{expected(scenario).decode()}--- product\n{product}")
    if keep is not None:
        keep.mkdir(parents=True)
        write_scenario(scenario, keep)
        (keep / "evaluator.jsonl").write_bytes(expected(scenario))
        (keep / "product.jsonl").write_text(product, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.reference.soak", description=__doc__)
    parser.add_argument("--seeds", required=True, help="first and one past the last, such as 0-20000")
    parser.add_argument("--keep", type=Path, help="a new folder for the files of the difference")
    options = parser.parse_args()
    first, end = (int(text) for text in options.seeds.split("-"))
    for seed in range(first, end):
        scenario = from_seed(seed)
        if differs(scenario):
            print(f"seed {seed} differs")
            refused = answer(scenario).startswith(b"exit ")
            report(scenario if refused else minimised(scenario, still_differs), options.keep)
            return 1
    print(f"{end - first} seeds agree")
    return 0


if __name__ == "__main__":
    sys.exit(main())
