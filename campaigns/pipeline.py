"""From triggers to decisions, in the fixed order of SPEC 5; the first step that fails names the reason."""

from collections.abc import Iterator, Sequence

from campaigns.allocation import GLOBAL, held_out, pick
from campaigns.case import Case, case_of, cases_of, facts_of
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
from campaigns.index import matcher_of
from campaigns.limits import Ledger, inbox_has_room
from campaigns.message import Text, Words, words
from campaigns.rule import Rule
from campaigns.schedule import WallClock, wall_clock
from campaigns.shopper import Shopper
from campaigns.snapshot import Snapshot
from campaigns.state import Sent, ShopperState, Window
from campaigns.stays import Fired, Sights, forget_past
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
        decisions = []
        for one, rule, reason in self._in_turn(fired, shopper, state):
            if reason is not None and not self._explains:
                decisions.append(_refused(one, rule, shopper, reason))
                continue
            case = case_of(self._snapshot, one, rule, shopper, state)
            decision = self._decided(case, SUPPRESSED, reason) if reason else self._judge(case, wall)
            if decision is not None:
                decisions.append(decision)
        return decisions

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

    def _in_turn(
        self, fired: Sequence[Fired], shopper: Shopper, state: ShopperState
    ) -> Iterator[tuple[Fired, Rule, str | None]]:
        """Yield each rule with the first step that stops it; each is judged when what came before is decided."""
        turns = [self._turns(one, shopper, state) for one in fired]
        if len(turns) == 1:
            yield from turns[0]
            return
        order = sorted((rule.id, one.store, k) for k, one in enumerate(fired) for rule in one.rules)
        for _, _, k in order:
            yield next(turns[k])

    def _turns(
        self, one: Fired, shopper: Shopper, state: ShopperState
    ) -> Iterator[tuple[Fired, Rule, str | None]]:
        rules, coming = one.rules, 0
        refusal = matcher_of(rules).refusal(self._clock(one))
        for match in self.matching(one, shopper, state):
            for k in range(coming, match):
                yield one, rules[k], refusal(k)
            yield one, rules[match], None
            coming = match + 1
        for k in range(coming, len(rules)):
            yield one, rules[k], refusal(k)

    def matching(self, one: Fired, shopper: Shopper, state: ShopperState) -> Iterator[int]:
        """Yield the places of a trigger's rules that are live, on, and meant for the shopper, each judged at its turn."""
        return matcher_of(one.rules).matching(facts_of(shopper, state, one.visit, one.at), self._clock(one))

    def _clock(self, one: Fired) -> WallClock:
        return wall_clock(one.at, self._snapshot.stores[one.store].plan.timezone)

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
        forget_past(state.presence)
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


def _refused(one: Fired, rule: Rule, shopper: Shopper, reason: str) -> Decision:
    """Return the decision of a trigger that its first steps stopped, where nobody asks for facts: most of them."""
    campaign, visit, stay, at = rule.campaign, one.visit, one.stay, one.at
    return Decision(
        at,
        shopper.id,
        rule.id,
        rule.revision,
        campaign.trigger.on,
        at,
        one.store,
        one.zone,
        visit.no,
        visit.started_at,
        stay.no if stay else None,
        stay.opened_at if stay else None,
        SUPPRESSED,
        reason,
        at + campaign.deadline_ms,
        campaign.cancel_on_exit,
    )


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
