"""One decision explained: the checks it passed in their order, and the facts it rested on, in words. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from protocol.instants import parse_instant
from store_server.db.tables import DecisionRow
from store_server.web.console.times import StoreTime
from store_server.web.console.words import CHANNELS, REASONS, marked, named, reason_words


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the pipeline for one decision: passed, stopped here, or not reached."""

    words: str
    state: str


STEPS: Mapping[str, str] = {
    "not_live": marked("The campaign is live"),
    "outside_schedule": marked("It is within the campaign's days and hours"),
    "audience": marked("The shopper belongs to the audience"),
    "left": marked("The shopper is still there"),
    "campaign_cap": marked("The campaign has not said enough to this shopper yet"),
    "budget": marked("The campaign's budget is not used up"),
    "not_corroborated": marked("The beacon is confirmed where the campaign asks for it"),
    "outranked": marked("No more important message came up at the same moment"),
    "do_not_disturb": marked("The shopper may be disturbed here and now"),
    "quiet_hours": marked("It is not quiet hours"),
    "policy_cap": marked("The store's own limit of messages is not reached"),
    "global_holdout": marked("The shopper is not in the chain's comparison group"),
    "holdout": marked("The shopper is not in the campaign's comparison group"),
}
"""Each check passed, in the order of SPEC 5 for a message that interrupts."""

QUIET_STEPS = (
    "not_live",
    "outside_schedule",
    "audience",
    "campaign_cap",
    "budget",
    "not_corroborated",
    "no_channel",
    "global_holdout",
    "holdout",
)
"""The same for one that does not."""

NO_CHANNEL_PASSED = marked("The shopper allows one of its channels")


def passed_steps(row: DecisionRow, interrupts: bool, times: StoreTime) -> list[Step]:
    """Return the checks in their order: passed, the one that stopped it, and those not reached."""
    order: Sequence[str] = tuple(STEPS) if interrupts else QUIET_STEPS
    say = times.language.gettext
    if row.reason is not None and row.reason not in order:
        return [Step(reason_words(times.language, row.reason), "stopped")]
    steps, state = [], "passed"
    for name in order:
        if name == row.reason:
            steps.append(Step(_sentence_case(say(REASONS[name])), "stopped"))
            state = "later"
        else:
            steps.append(Step(say(STEPS.get(name, NO_CHANNEL_PASSED)), state))
    return steps


FACTS: Mapping[str, str] = {
    "trigger_at": marked("The moment"),
    "channel": marked("Channel"),
    "visit_no": marked("Visit of this shopper, number"),
    "campaign_in_visit": marked("Messages of this campaign on this visit"),
    "campaign_per_visit": marked("Allowed of this campaign on a visit"),
    "campaign_last_at": marked("This campaign's last message to this shopper"),
    "interruptions_24h": marked("Interrupting messages in the last 24 hours"),
    "interruptions_per_day": marked("Interrupting messages allowed a day"),
    "interruptions_per_visit": marked("Interrupting messages allowed a visit"),
    "quiet_hours": marked("Quiet hours"),
    "tier": marked("Tier"),
    "tags": marked("Tags"),
    "personalisation": marked("May be addressed personally"),
    "trust": marked("Trust asked for"),
}
"""What campaigns.evidence keeps, in the order shown; facts this page does not know are shown by their name."""

TOLD_ELSEWHERE = frozenset(("zone",))


def fact_rows(facts: Mapping[str, Any], times: StoreTime) -> list[tuple[str, str]]:
    """Return the facts a decision used as label and value; nothing that was not there."""
    say = times.language.gettext
    known = [(say(FACTS[key]), _plain(key, facts[key], times)) for key in FACTS if _told(facts.get(key))]
    others = [
        (key.replace("_", " "), _plain(key, value, times))
        for key, value in facts.items()
        if key not in FACTS and key not in TOLD_ELSEWHERE and _told(value)
    ]
    return known + others


def _told(value: Any) -> bool:
    return value is not None and value not in ([], "", {})


def _plain(key: str, value: Any, times: StoreTime) -> str:
    say = times.language.gettext
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, list):
        return ", ".join(_plain(key, one, times) for one in value)
    if key.endswith("_at") and isinstance(value, str):
        return times.brief(parse_instant(value)).text
    if key == "channel":
        return named(times.language, CHANNELS, str(value))
    if key == "trust":
        return say("a gateway must confirm") if value == "corroborated" else say("the phone's own word")
    return str(value)


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]
