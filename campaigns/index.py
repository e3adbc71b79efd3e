"""Many campaigns on one trigger judged at once: bitmaps over what audiences ask most (SPEC 3, 5).

Bit k stands for rule k. A leaf that no bitmap covers is judged by its compiled test, for the rules still left.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from functools import cache, cached_property
from typing import NamedTuple, Protocol, Self, TypeAlias

from campaigns.audience import Facts, Test, compile_condition, visit_count
from campaigns.conditions import AllOf, Condition, Field, Visits
from campaigns.rule import Rule, Rules
from campaigns.schedule import ALWAYS, wall_clock
from campaigns.timetable import Timetable, bitmap
from protocol.instants import MINUTE

_ONE_OF = frozenset(
    (
        ("tier", "eq"),
        ("tier", "in"),
        ("locale", "eq"),
        ("locale", "in"),
        ("tags", "contains"),
        ("tags", "contains_any"),
    )
)
"""Leaves on a field that want one of some texts."""


Match: TypeAlias = tuple[list[int], Sequence[str]]
"""The places of the rules that match, in order; and by place what stops each rule that does not match.

A rule that asks what was sent is among the first, as its audience is judged at its turn.
"""


class Matcher(Protocol):
    """Says which of some rules that fired together a shopper may see, and what stops the others."""

    def match(self, facts: Facts) -> Match:
        """Return the rules that are live, on, and meant for this shopper."""
        ...


class OneByOne:
    """Judges each rule by its own tests."""

    def __init__(self, rules: Rules, timezone: str) -> None:
        self._rules, self._timezone = rules, timezone

    def match(self, facts: Facts) -> Match:
        places, reasons = [], []
        for k, rule in enumerate(self._rules):
            schedule = rule.campaign.schedule
            if not rule.live:
                reasons.append("not_live")
            elif schedule is not ALWAYS and not schedule.is_on(wall_clock(facts.at, self._timezone)):
                reasons.append("outside_schedule")
            else:
                reasons.append("audience")
                if rule.asks_sent or rule.audience(facts):
                    places.append(k)
        return places, reasons


class RuleIndex:
    """Judges all rules together."""

    def __init__(self, rules: Rules, timezone: str) -> None:
        leaves = [_leaves(None if rule.asks_sent else rule.campaign.audience) for rule in rules]
        self._standing = Timetable(rules, timezone)
        self._any_tier, self._tiers = _masks([one.tier for one in leaves])
        self._any_locale, self._locales = _masks([one.locale for one in leaves])
        self._no_tag, self._tags = _masks([one.tag for one in leaves])
        self._asks_tag = bitmap(k for k, one in enumerate(leaves) if one.tag is not None)
        self._counts = sorted({0, *(one.visits for one in leaves)})
        self._by_count = [
            bitmap(k for k, one in enumerate(leaves) if one.visits <= count) for count in self._counts
        ]
        self._asks_visits = bitmap(k for k, one in enumerate(leaves) if one.visits)
        self._rest = {k: one.rest for k, one in enumerate(leaves) if one.rest is not None}
        self._bits = _bits(1 << len(rules).bit_length())

    def match(self, facts: Facts) -> Match:
        # One function on purpose: every trigger goes through it, and a call costs as much as a bitmap or two.
        left, reasons = self._standing[facts.at // MINUTE]
        shopper = facts.shopper
        tier = shopper.tier
        left &= self._tiers.get(tier if isinstance(tier, str) else None, self._any_tier)
        left &= self._locales.get(shopper.locale, self._any_locale)
        if left & self._asks_tag:
            passing, tags = self._no_tag, self._tags
            for tag in shopper.tags:
                if isinstance(tag, str):  # a list in a list is no text, and cannot be looked up
                    passing |= tags.get(tag, 0)
            left &= passing
        if left & self._asks_visits:
            if shopper.consents("personalisation"):
                left &= self._by_count[bisect_right(self._counts, visit_count(facts, None)) - 1]
            else:
                left &= ~self._asks_visits
        bits, places = self._bits, []
        while left:
            place = left.bit_length() - 1
            left ^= bits[place]
            places.append(place)
        if self._rest:
            rest = self._rest
            places = [place for place in places if place not in rest or rest[place](facts)]
        places.reverse()
        return places, reasons


@cache
def _bits(size: int) -> tuple[int, ...]:
    """Return single bits. Indexes of like sizes share them: a table each would not stay in the processor's cache."""
    return tuple(1 << k for k in range(size))


class _Leaves(NamedTuple):
    """One audience taken apart: at most one leaf a bitmap, the rest as one test."""

    tier: Collection[str] | None
    locale: Collection[str] | None
    tag: Collection[str] | None
    visits: int
    rest: Test | None


def _leaves(condition: Condition | None) -> _Leaves:
    parts = condition.parts if isinstance(condition, AllOf) else (condition,) if condition is not None else ()
    texts: dict[str, Collection[str]] = {}
    visits = 0
    rest: list[Condition] = []
    for part in parts:
        values = _texts(part)
        if values is not None and isinstance(part, Field) and part.name not in texts:
            texts[part.name] = values
        elif visits == 0 and isinstance(part, Visits) and part.within_ms is None:
            visits = part.at_least
        else:
            rest.append(part)
    test = compile_condition(AllOf(tuple(rest))) if rest else None
    return _Leaves(texts.get("tier"), texts.get("locale"), texts.get("tags"), visits, test)


def _texts(part: Condition) -> Collection[str] | None:
    """Return the texts of which a leaf wants one in the shopper's tier, locale or tags, where it is that simple."""
    if not isinstance(part, Field) or (part.name, part.op) not in _ONE_OF:
        return None
    values = part.value if isinstance(part.value, tuple) else (part.value,)
    texts = [value for value in values if isinstance(value, str)]
    return texts if len(texts) == len(values) else None


def _masks(wanted: Sequence[Collection[str] | None]) -> tuple[int, dict[str | None, int]]:
    """Return the rules that pass whatever the text is; and text -> the rules that let it pass."""
    anything = bitmap(k for k, values in enumerate(wanted) if values is None)
    masks: dict[str | None, int] = {}
    for k, values in enumerate(wanted):
        for value in values or ():
            masks[value] = masks.get(value, anything) | 1 << k
    return anything, masks


WORTH_BITMAPS = 8
"""Fewer rules are judged sooner one by one."""


class Together(tuple[Rule, ...]):  # noqa: SLOT001 (the matcher is made when it is first asked for)
    """Rules of one store that fire together again and again."""

    timezone: str

    def __new__(cls, rules: Iterable[Rule], timezone: str) -> Self:
        together = super().__new__(cls, rules)
        together.timezone = timezone
        return together

    @cached_property
    def matcher(self) -> Matcher:
        return (RuleIndex if len(self) >= WORTH_BITMAPS else OneByOne)(self, self.timezone)
