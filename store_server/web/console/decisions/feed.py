"""Decisions as people read them: one line each, today's counts, the steps a decision passed. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from store_server.db.tables import DecisionRow, Outbox
from store_server.web.console.times import Moment, StoreTime
from store_server.web.console.words import (
    OUTCOMES,
    TRIGGERS,
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
    """How often a reason led to an outcome, and its share of the commonest, 0 to 100."""

    outcome: str
    reason: str
    words: str
    tone: str
    number: int
    share_pct: float


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
            outcome=outcome,
            reason=reason,
            words=f"{times.language.gettext(outcome_of(outcome).word)}: {reason_words(times.language, reason)}",
            tone=outcome_of(outcome).tone,
            number=number,
            share_pct=round(100 * number / most, 1),
        )
        for (outcome, reason), number in totals.most_common()
    ]


def pseudonym(shopper: str) -> str:
    """Return a shopper's pseudonym as pages show it: its beginning."""
    return shopper if len(shopper) <= PSEUDONYM_SHOWN + 2 else f"{shopper[:PSEUDONYM_SHOWN]}…"
