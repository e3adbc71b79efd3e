"""The managers' and operators' pages in docs/ explain every word that the console can show them."""

from pathlib import Path

from campaigns.decision import OUTCOMES, STEPS
from store_server.delivery import recheck, verdict
from store_server.doubt import NO_ANSWER
from store_server.fleet.condition import BEACON_STATES, GATEWAY_STATES
from store_server.promises import RESTORED
from store_server.web.console import words

DOCS = Path(__file__).parents[4] / "docs"


def test_every_outcome_and_reason_of_the_rules_has_words_and_is_explained() -> None:
    text = (DOCS / "store-managers.md").read_text(encoding="utf-8")
    assert set(OUTCOMES) == words.OUTCOMES.keys()
    assert {*STEPS, "deadline"} == words.REASONS.keys() == words.ADVICE.keys()
    for name, look in words.OUTCOMES.items():
        assert f"**{look.word}** (`{name}`)" in text
    for reason, meaning in (*words.REASONS.items(), *words.DELIVERY_REASONS.items()):
        assert f"| `{reason}` | {meaning}" in text, reason


def test_every_state_of_a_gateway_and_a_beacon_is_explained() -> None:
    gateways, _, beacons = (DOCS / "operations.md").read_text(encoding="utf-8").partition("### A beacon is")
    assert all(f"| `{state}` |" in gateways for state in GATEWAY_STATES)
    assert all(f"| `{state}` |" in beacons for state in BEACON_STATES)


def test_every_reason_of_delivery_has_words() -> None:
    names = {recheck.NOT_LIVE, recheck.NO_CONSENT, recheck.NOT_TODAY, recheck.LEFT}
    names |= {NO_ANSWER, verdict.DEADLINE, verdict.NO_ADDRESS, verdict.GAVE_UP, RESTORED}
    assert names == words.DELIVERY_REASONS.keys()
