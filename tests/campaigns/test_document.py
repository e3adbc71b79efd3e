"""The campaign document's defaults and small rules (SPEC 3)."""

from typing import Any

import pytest

from campaigns.document import Campaign, Goal, Limits, line, place, read_campaign, unique_ids
from protocol.errors import BadInput
from protocol.instants import DAY, SECOND
from tests.campaigns.worlds import campaign


def refused(**more: Any) -> list[str]:
    with pytest.raises(BadInput) as fault:
        campaign(**more)
    return [f"{problem.expected} | {problem.got}" for problem in fault.value.problems]


def test_defaults() -> None:
    one = campaign(trigger={"on": "arrive"})
    assert (one.priority, one.holdout_pct, one.deadline_ms, one.blocked) == (50, 0, 120 * SECOND, "inbox")
    assert (one.trust, one.channels, one.variants, one.goal) == ("app", ("push",), (), None)
    assert one.limits == Limits(1, None, None, None, None)
    assert not one.cancel_on_exit
    assert campaign().cancel_on_exit
    assert campaign(trigger={"on": "exit", "zone": "shoes"}).cancel_on_exit is False


def test_all_of_it() -> None:
    one = campaign(
        stores=["milan"],
        limits={"per_visit": 2, "per_shopper": {"max": 3, "within_days": 1.5}, "cooldown_s": 0.5, "total": 9},
        goal={"kind": "purchase", "tag": "shoes"},
        variants=[{"id": "a", "weight": 1, "message": {"en": {"title": "A", "body": "A"}}}],
        cancel_on_exit=False,
    )
    assert one.runs_in("milan")
    assert not one.runs_in("roma")
    assert one.limits == Limits(2, 3, DAY + DAY // 2, 500, 9)
    assert one.goal == Goal("purchase", "shoes", 7200 * SECOND)
    assert one.variants[0].message is not None
    assert campaign(limits={"per_shopper": {"max": 1}}).limits.per_shopper_ms is None


def test_a_message_needs_a_locale() -> None:
    assert refused(message={}) == ["a message in at least one locale | none"]


def test_json_is_read_like_yaml() -> None:
    text = (
        '{"version": 1, "id": "c", "name": "c", "status": "live", "stores": "*",\n"trigger": {"on": "leave"},'
    )
    text += ' "message": {"en": {"title": "T", "body": "B", "webhook": "W"}}}'
    one = read_campaign(text, "c.json")
    assert one.trigger.on == "leave"
    assert (place(one), line(one, "trigger"), line(one, "message", "en", "body")) == ("c.json", 2, 2)


def test_a_campaign_without_a_document_is_named_by_its_id() -> None:
    one = campaign()
    bare = Campaign("c", "c", "live", None, one.trigger, one.message)
    assert (place(bare), line(bare, "id")) == ("c", None)


def test_two_of_one_id_are_refused() -> None:
    one, other = campaign("a"), campaign("a")
    unique_ids([one, campaign("b"), one])
    with pytest.raises(BadInput, match="each campaign id once, got 'a'"):
        unique_ids([one, other])


def test_a_campaign_of_all_stores_runs_within_no_few_of_them() -> None:
    one = campaign(stores=["milan", "rome"])
    assert one.runs_within(["milan", "rome", "turin"])
    assert not one.runs_within(["milan"])
    assert not campaign(stores="*").runs_within(["milan"])
