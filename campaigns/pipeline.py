"""From triggers to decisions, in the fixed order of SPEC 5; the first step that fails names the reason."""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from campaigns.allocation import GLOBAL, held_out, pick
from campaigns.audience import Facts
from campaigns.case import Case, case_of, cases_of
from campaigns.coupons import SLOT, Issuer, with_coupon
from campaigns.decision import (
    EXPIRED,
    GHOST,
    INBOX,
    MAY_GO_TO_INBOX,
    SEND,
    SUPPRESSED,
    Decision,
)
from campaigns.document import INTERRUPTING, Variant
from campaigns.evidence import evidence
from campaigns.index import Match, OneByOne, Together
from campaigns.limits import Ledger, inbox_has_room
from campaigns.message import Text, Words, words
from campaigns.rule import Rule
from campaigns.shopper import Shopper
from campaigns.snapshot import Snapshot
from campaigns.state import Sent, ShopperState, Window
from campaigns.stays import Fired, Sights
from campaigns.steps import NOT_INTERRUPTING_STEPS, OWN_STEPS, WINNER_STEPS, LiveFacts, Shared, Steps
from protocol.instants import Instant


class Pipeline:
    """Judges one shopper's triggers and windows; reserves in the state and the ledger as it decides."""

    def __init__(
        self,
        snapshot: Snapshot,
        ledger: Ledger,
        sights: Sights,
        live: LiveFacts | None = None,
        coupons: Issuer | None = None,
        *,
        explains: bool,
    ) -> None:
        self._snapshot, self._ledger, self._explains = snapshot, ledger, explains
        self._coupons = coupons
        self._steps = Steps(snapshot, ledger, sights, live)

    def judge(
        self, fired: Sequence[Fired], shopper: Shopper, state: ShopperState, wall: Instant
    ) -> list[Decision]:
        """Judge what fired together, each at its instant, by campaign and store; candidates wait for arbitration."""
        decisions: list[Decision] = []
        turns = [_Turn(one, shopper, state, self.match(one, shopper, state)) for one in fired]
        if len(turns) == 1:
            self._run(turns[0], len(fired[0].rules), wall, decisions)
            return decisions
        order = sorted((rule.id, one.store, k) for k, one in enumerate(fired) for rule in one.rules)
        for k, run in groupby(order, key=itemgetter(2)):
            self._run(turns[k], sum(1 for _ in run), wall, decisions)
        return decisions

    def match(self, one: Fired, shopper: Shopper, state: ShopperState) -> Match:
        """Return which of a trigger's rules are live, on, and meant for the shopper, and what stops the others."""
        rules, facts = one.rules, Facts(shopper, state, one.visit, one.at)
        if isinstance(rules, Together):
            return rules.matcher.match(facts)
        # What fired together by chance is not worth an index.
        return OneByOne(rules, self._snapshot.stores[one.store].plan.timezone).match(facts)

    def _run(self, turn: "_Turn", rules: int, wall: Instant, decisions: list[Decision]) -> None:
        """Judge so many next rules of a trigger in their order, each when what came before it is decided."""
        one, shopper, state = turn.one, turn.shopper, turn.state
        places, first, end = turn.places, turn.next, turn.next + rules
        while places and places[0] < end:
            place = places.pop(0)
            rule = one.rules[place]
            case = case_of(self._snapshot, one, rule, shopper, state)
            if rule.asks_sent and not rule.audience(case.facts()):
                continue
            decisions += self._refuse(turn, first, place)
            decision = self._judge(case, wall)
            if decision is not None:
                decisions.append(decision)
            first = place + 1
        decisions += self._refuse(turn, first, end)
        turn.next = end

    def _refuse(self, turn: "_Turn", first: int, end: int) -> list[Decision]:
        """Decide rules of a trigger that its first steps stopped."""
        if first == end:
            return []
        if not self._explains:
            return _refusals(turn, first, end)
        reasons, rules = turn.reasons, turn.one.rules
        return [
            self._decided(
                case_of(self._snapshot, turn.one, rules[k], turn.shopper, turn.state), SUPPRESSED, reasons[k]
            )
            for k in range(first, end)
        ]

    def _judge(self, case: Case, wall: Instant) -> Decision | None:
        """Judge a trigger that is live, on, and meant for the shopper; None where it waits for arbitration."""
        at, state = case.one.at, case.state
        if wall - at >= case.campaign.deadline_ms:
            return self._decided(case, EXPIRED, "deadline")
        if case.one.channel not in INTERRUPTING:
            return self._decide_quietly(case)
        if state.window is None:
            state.window = Window(at + case.store.plan.policy.arbitration_ms, [])
        state.window.candidates.append(case.one)
        return None

    def close_window(self, shopper: Shopper, state: ShopperState, now: Instant) -> list[Decision]:
        """Settle the shopper's window if it has ended by now: candidates in order, one winner, the rest outranked."""
        window = state.window
        if window is None or window.ends_at > now:
            return []
        decisions: list[Decision] = []
        winner_found = False
        for case in sorted(cases_of(self._snapshot, window, shopper, state), key=_rank):
            reason = self._steps.first(OWN_STEPS, case)
            if reason is None and winner_found:
                reason = "outranked"
            if reason is not None:
                decisions.append(self._stopped(case, reason))
                continue
            winner_found = True
            reason = self._steps.first(WINNER_STEPS, case)
            decisions.append(self._stopped(case, reason) if reason else self._sent(case))
        state.window = None
        return decisions

    def stops(
        self, fired: Fired, rule: Rule, shopper: Shopper, state: ShopperState, shared: Shared
    ) -> tuple[str | None, str | None]:
        """Return the first two steps that would stop a trigger's rule now; nothing is decided or reserved."""
        found = self._steps.stops(case_of(self._snapshot, fired, rule, shopper, state), 2, shared)
        return (found[0] if found else None, found[1] if len(found) > 1 else None)

    # What becomes of it.

    def _stopped(self, case: Case, reason: str) -> Decision:
        policy, campaign = case.store.plan.policy, case.campaign
        to_inbox = (
            reason in MAY_GO_TO_INBOX
            and campaign.blocked == "inbox"
            and inbox_has_room(policy, case.state, case.one)
            and not _holdout(case)
        )
        if not to_inbox:
            return self._decided(case, SUPPRESSED, reason)
        decision = self._decided(case, INBOX, reason, "inbox")
        self._reserve(case, INBOX)
        return decision

    def _sent(self, case: Case) -> Decision:
        """Hold out last, so that a ghost is exactly what would have been sent."""
        reason = _holdout(case)
        decision = self._decided(case, GHOST if reason else SEND, reason, case.one.channel)
        self._reserve(case, decision.outcome)
        self._ledger.reserve(case.campaign.id)
        return decision

    @staticmethod
    def _reserve(case: Case, outcome: str) -> None:
        interrupts = outcome != INBOX and case.one.channel in INTERRUPTING
        sent = Sent(case.now, case.campaign.id, case.one.store, case.one.visit_no, outcome, interrupts)
        case.state.sent.append(sent)

    def _decide_quietly(self, case: Case) -> Decision:
        """Judge a candidate that interrupts nobody, at its trigger's instant."""
        reason = self._steps.first(NOT_INTERRUPTING_STEPS, case)
        return self._stopped(case, reason) if reason else self._sent(case)

    def _decided(self, case: Case, outcome: str, reason: str | None, channel: str | None = None) -> Decision:
        campaign, one, stay = case.campaign, case.one, case.stay
        title = body = link = variant = None
        if channel is not None:
            chosen = _variant(case)
            message = chosen.message if chosen and chosen.message else campaign.message
            text = message.text(case.shopper.locale, case.store.plan.locale)
            title, body, link = self._words(case, text, channel, outcome)
            variant = chosen.id if chosen else None
        near_miss, facts = False, {}
        if self._explains:
            near_miss = outcome in (SUPPRESSED, INBOX) and self._only(case, reason)
            facts = evidence(case.rule, case.store.plan, case.shopper, case.state, one, case.now)
        # By place: a Struct takes four times as long to find its fields by name, and this is the hottest one.
        return Decision(
            case.now,
            case.shopper.id,
            campaign.id,
            case.rule.revision,
            one.on,
            one.at,
            one.store,
            one.zone,
            one.visit_no,
            case.visit.started_at,
            one.stay_no,
            stay.opened_at if stay else None,
            outcome,
            reason,
            one.at + campaign.deadline_ms,
            campaign.cancel_on_exit,
            variant,
            channel,
            title,
            body,
            link,
            near_miss,
            facts,
        )

    def _words(self, case: Case, text: Text, channel: str, outcome: str) -> Words:
        """Fill the words; a message that goes out with `{coupon|...}` in it is given the shopper's code."""
        attributes = case.shopper.attributes
        # A ghost goes to nobody, and a code given to nobody is lost to the others.
        if self._coupons is not None and outcome != GHOST and text.holds(SLOT):
            code = self._coupons.code(case.campaign.id, case.shopper.id)
            attributes = attributes if code is None else with_coupon(attributes, code)
        return words(text, channel, attributes)

    def _only(self, case: Case, reason: str | None) -> bool:
        """Say whether every other step would have let it pass."""
        return not any(stop != reason for stop in self._steps.stops(case, 2))


class _Turn:
    """A trigger on the way through its rules."""

    __slots__ = ("next", "one", "places", "reasons", "shopper", "state")

    def __init__(self, one: Fired, shopper: Shopper, state: ShopperState, match: Match) -> None:
        self.one, self.shopper, self.state = one, shopper, state
        self.places, self.reasons = match
        self.next = 0
        """Place of the rule whose turn it is."""


def _refusals(turn: _Turn, first: int, end: int) -> list[Decision]:
    """Return the decisions of rules that a trigger's first steps stopped, where nobody asks for facts: most of them."""
    one, shopper = turn.one, turn.shopper.id
    rules, visit, stay, at, store, zone = one.rules, one.visit, one.stay, one.at, one.store, one.zone
    on, visit_no, visit_at = rules[0].campaign.trigger.on, visit.no, visit.started_at
    stay_no, stay_at = (stay.no, stay.opened_at) if stay else (None, None)
    return [
        Decision(
            at,
            shopper,
            rule.id,
            rule.revision,
            on,
            at,
            store,
            zone,
            visit_no,
            visit_at,
            stay_no,
            stay_at,
            SUPPRESSED,
            reason,
            at + rule.campaign.deadline_ms,
            rule.campaign.cancel_on_exit,
        )
        for rule, reason in zip(rules[first:end], turn.reasons[first:end], strict=True)
    ]


def _rank(case: Case) -> tuple[int, str, Instant, str]:
    return (-case.campaign.priority, case.campaign.id, case.one.at, case.one.store)


def _holdout(case: Case) -> str | None:
    shopper = case.shopper.id
    if held_out(GLOBAL, case.store.plan.policy.global_holdout_pct, shopper):
        return "global_holdout"
    return "holdout" if held_out(case.campaign.id, case.campaign.holdout_pct, shopper) else None


def _variant(case: Case) -> Variant | None:
    variants = case.campaign.variants
    if not variants:
        return None
    return variants[pick(case.campaign.id, [variant.weight for variant in variants], case.shopper.id)]
