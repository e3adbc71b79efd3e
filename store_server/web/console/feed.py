"""Decisions as people read them: one line each, today's counts, the steps a decision passed. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from store_server.db.tables import DecisionRow, Outbox
from store_server.web.console.times import Moment, StoreTime
from store_server.web.console.words import (
    OUTCOMES,
    REASONS,
    TRIGGERS,
    marked,
    named,
    outcome_of,
    reason_words,
    verdict,
)

PSEUDONYM_SHOWN = 8
"""Characters of a shopper's pseudonym on a page; enough to tell a day's shoppers apart, and no noise."""

NEVER_LEFT = frozenset(("cancelled", "expired"))
"""States of a message that never went out: the decision's outcome, as seen after delivery (SPEC 5)."""


@dataclass(frozen=True, slots=True)
class Line:
    """One decision in the live feed; no word about who."""

    seq: int
    at: Moment
    tone: str
    icon: str
    word: str
    campaign: str
    moment: str
    verdict: str
    title: str | None


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """How often an outcome came up today."""

    outcome: str
    word: str
    tone: str
    number: int


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How often a reason came up, and its share of the commonest, 0 to 100."""

    reason: str
    words: str
    tone: str
    number: int
    share_pct: float


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


def final_outcome(row: DecisionRow, message: Outbox | None) -> str:
    """Return the outcome as it stands after delivery had its say."""
    return message.state if message is not None and message.state in NEVER_LEFT else row.outcome


def feed_line(
    row: DecisionRow, message: Outbox | None, names: Mapping[str, str], zone: str, times: StoreTime
) -> Line:
    """Return one decision as a line; `names` are campaign names by id."""
    outcome = final_outcome(row, message)
    look, language = outcome_of(outcome), times.language
    reason = row.reason if outcome == row.outcome else (message.reason if message else None)
    return Line(
        seq=row.seq or 0,
        at=times.clock(row.at),
        tone=look.tone,
        icon=look.icon,
        word=language.gettext(look.word),
        campaign=names.get(row.campaign, row.campaign),
        moment=language.say("Someone %(moment)s", moment=moment_words(row.trigger, zone, times)),
        verdict=verdict(language, outcome, reason, row.channel),
        title=row.title if outcome in ("send", "ghost", "inbox") else None,
    )


def moment_words(trigger: str, zone: str, times: StoreTime) -> str:
    """Return "came to Shoes" for a trigger."""
    return named(times.language, TRIGGERS, trigger) % {"zone": zone}


def outcome_counts(
    found: Iterable[tuple[str, str | None, int]], withdrawn: Mapping[str, int], times: StoreTime
) -> list[OutcomeCount]:
    """Sum up outcomes, every known one listed; what never went out counts as that and not as sent."""
    totals: Counter[str] = Counter()
    for outcome, _, number in found:
        totals[outcome] += number
    for state, number in withdrawn.items():
        totals[state] += number
        totals["send"] -= number
    order = [*OUTCOMES, *sorted(set(totals) - set(OUTCOMES))]
    return [
        OutcomeCount(
            name, times.language.gettext(outcome_of(name).word), outcome_of(name).tone, max(totals[name], 0)
        )
        for name in order
    ]


def reason_counts(found: Iterable[tuple[str, str | None, int]], times: StoreTime) -> list[ReasonCount]:
    """Return the reasons that came up, commonest first."""
    totals: Counter[tuple[str, str]] = Counter()
    for outcome, reason, number in found:
        if reason is not None:
            totals[outcome, reason] += number
    most = max(totals.values(), default=1)
    return [
        ReasonCount(
            reason=reason,
            words=f"{times.language.gettext(outcome_of(outcome).word)}: {reason_words(times.language, reason)}",
            tone=outcome_of(outcome).tone,
            number=number,
            share_pct=round(100 * number / most, 1),
        )
        for (outcome, reason), number in totals.most_common()
    ]


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


def pseudonym(shopper: str) -> str:
    """Return a shopper's pseudonym as pages show it: its beginning."""
    return shopper if len(shopper) <= PSEUDONYM_SHOWN + 2 else f"{shopper[:PSEUDONYM_SHOWN]}…"


def fact_rows(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the facts a decision used as label and value; nested ones by their path, in words."""
    rows: list[tuple[str, str]] = []
    for key, value in facts.items():
        label = key.replace("_", " ").replace(".", " ")
        if isinstance(value, Mapping):
            rows += [(f"{label}, {inner}", text) for inner, text in fact_rows(value)]
        else:
            rows.append((label, _plain(value)))
    return rows


def _plain(value: Any) -> str:
    if value is True or value is False:
        return "✓" if value else "✗"
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value)) or "–"
    return "–" if value is None else str(value)


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]
