"""Many campaigns on one trigger judged at once: bitmaps over what audiences and schedules ask most (SPEC 3, 5).

Bit k stands for rule k. A leaf that no bitmap covers is judged by its compiled test, for the rules still standing.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple, Protocol

from campaigns.audience import Facts, Test, compile_condition, visit_count
from campaigns.conditions import AllOf, Condition, Field, Visits
from campaigns.rule import Rule, Rules
from campaigns.schedule import ALWAYS, WallClock

_EQUALITY = frozenset(("eq", "in"))


class _Leaves(NamedTuple):
    """One audience taken apart: at most one leaf a bitmap, the rest as one test."""

    tier: frozenset[str] | None
    locale: frozenset[str] | None
    tag: str | None
    visits: int
    rest: Test | None


def _leaves(condition: Condition | None) -> _Leaves:
    parts = condition.parts if isinstance(condition, AllOf) else (condition,) if condition is not None else ()
    texts: dict[str, frozenset[str]] = {}
    tag: str | None = None
    visits = 0
    rest: list[Condition] = []
    for part in parts:
        values = _texts(part)
        if values is not None and isinstance(part, Field) and part.name not in texts:
            texts[part.name] = values
        elif tag is None and isinstance(part, Field) and part.op == "contains" and part.name == "tags":
            tag = str(part.value)
        elif visits == 0 and isinstance(part, Visits) and part.within_ms is None:
            visits = part.at_least
        else:
            rest.append(part)
    test = compile_condition(AllOf(tuple(rest))) if rest else None
    return _Leaves(texts.get("tier"), texts.get("locale"), tag, visits, test)


def _texts(part: Condition) -> frozenset[str] | None:
    """Return the texts that a tier or locale leaf lets pass, where it is that simple."""
    if not isinstance(part, Field) or part.name not in ("tier", "locale") or part.op not in _EQUALITY:
        return None
    values = part.value if isinstance(part.value, tuple) else (part.value,)
    return frozenset(value for value in values if isinstance(value, str))


def _masks(wanted: Sequence[frozenset[str] | None]) -> dict[str | None, int]:
    """Return text -> the rules that let it pass; under None those that pass whatever the text is."""
    anything = sum(1 << k for k, values in enumerate(wanted) if values is None)
    masks: dict[str | None, int] = {None: anything}
    for k, values in enumerate(wanted):
        for value in values or ():
            masks[value] = masks.get(value, anything) | 1 << k
    return masks


MINUTES_KEPT = 1_440
"""A day of wall-clock minutes: what one index remembers of which rules were on."""


class Matcher(Protocol):
    """Says which of some rules that fired together a shopper may see, and what stops the others."""

    def matching(self, facts: Facts, clock: WallClock) -> Iterator[int]:
        """Yield the places of the rules that are live, on, and meant for this shopper; each judged at its turn."""
        ...

    def refusal(self, clock: WallClock) -> Callable[[int], str]:
        """Return what tells the step that stopped rule k, which does not match."""
        ...


class OneByOne:
    """Judges each rule by its own tests."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def matching(self, facts: Facts, clock: WallClock) -> Iterator[int]:
        for k, rule in enumerate(self._rules):
            if rule.live and _is_on(rule, clock) and rule.audience(facts):
                yield k

    def refusal(self, clock: WallClock) -> Callable[[int], str]:
        def step(k: int) -> str:
            rule = self._rules[k]
            if not rule.live:
                return "not_live"
            return "audience" if _is_on(rule, clock) else "outside_schedule"

        return step


def _is_on(rule: Rule, clock: WallClock) -> bool:
    schedule = rule.campaign.schedule
    return schedule is ALWAYS or schedule.is_on(clock)


class RuleIndex:
    """Judges all rules together."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        leaves = [_leaves(rule.campaign.audience) for rule in rules]
        self._tiers = _masks([one.tier for one in leaves])
        self._locales = _masks([one.locale for one in leaves])
        self._any_tier, self._any_locale = self._tiers[None], self._locales[None]
        self._no_tag = sum(1 << k for k, one in enumerate(leaves) if one.tag is None)
        self._tags: dict[str, int] = {}
        for k, one in enumerate(leaves):
            if one.tag is not None:
                self._tags[one.tag] = self._tags.get(one.tag, 0) | 1 << k
        self._counts = sorted({one.visits for one in leaves})
        self._by_count = [
            sum(1 << k for k, one in enumerate(leaves) if one.visits <= n) for n in self._counts
        ]
        self._uncounted = sum(1 << k for k, one in enumerate(leaves) if one.visits == 0)
        self._rest = {k: one.rest for k, one in enumerate(leaves) if one.rest is not None}
        self._has_rest = sum(1 << k for k in self._rest)
        self._live = sum(1 << k for k, rule in enumerate(rules) if rule.live)
        self._timed = [
            (k, rule.campaign.schedule)
            for k, rule in enumerate(rules)
            if rule.campaign.schedule is not ALWAYS
        ]
        self._always = sum(1 << k for k, rule in enumerate(rules) if rule.campaign.schedule is ALWAYS)
        self._on: dict[WallClock, int] = {}

    def matching(self, facts: Facts, clock: WallClock) -> Iterator[int]:
        left, rest, has_rest = self._standing(facts, clock), self._rest, self._has_rest
        while left:
            lowest = left & -left
            left ^= lowest
            k = lowest.bit_length() - 1
            if not has_rest & lowest or rest[k](facts):
                yield k

    def refusal(self, clock: WallClock) -> Callable[[int], str]:
        live, live_and_on = self._live, self._scheduled(clock)

        def step(k: int) -> str:
            if live_and_on >> k & 1:
                return "audience"
            return "outside_schedule" if live >> k & 1 else "not_live"

        return step

    def _standing(self, facts: Facts, clock: WallClock) -> int:
        """Return the rules that every bitmap lets pass."""
        shopper = facts.shopper
        tier, locale = shopper.tier, shopper.locale
        left = self._scheduled(clock)
        left &= self._tiers.get(tier if isinstance(tier, str) else None, self._any_tier)
        left &= self._locales.get(locale, self._any_locale)
        if not left:
            return 0
        tagged, tags = self._no_tag, self._tags
        for tag in shopper.tags:
            if isinstance(tag, str) and tag in tags:  # a list in a list is no text, and cannot be looked up
                tagged |= tags[tag]
        left &= tagged
        if left and self._counts[-1] > 0:
            left &= self._visited(facts)
        return left

    def _visited(self, facts: Facts) -> int:
        if not facts.shopper.consents("personalisation"):
            return self._uncounted
        known = bisect_right(self._counts, visit_count(facts, None))
        return self._by_count[known - 1] if known else 0

    def _scheduled(self, clock: WallClock) -> int:
        """Return the rules that are live and on at a minute of the store's clock."""
        known = self._on.get(clock)
        if known is not None:
            return known
        if len(self._on) >= MINUTES_KEPT:
            self._on.clear()
        mask = self._always | sum(1 << k for k, schedule in self._timed if schedule.is_on(clock))
        self._on[clock] = mask & self._live
        return mask & self._live


WORTH_BITMAPS = 8
"""Fewer rules are judged sooner one by one."""


class Together(tuple[Rule, ...]):  # noqa: SLOT001 (the matcher is made when it is first asked for)
    """Rules that fire together again and again."""

    @cached_property
    def matcher(self) -> Matcher:
        return RuleIndex(self) if len(self) >= WORTH_BITMAPS else OneByOne(self)


def matcher_of(rules: Rules) -> Matcher:
    """Return how to match rules; those that fired together by chance are not worth an index."""
    return rules.matcher if isinstance(rules, Together) else OneByOne(rules)
