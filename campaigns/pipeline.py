"""From triggers to decisions, in the fixed order of SPEC 5; the first step that fails names the reason."""

from campaigns.allocation import GLOBAL, held_out, pick
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
from campaigns.limits import Ledger, inbox_has_room
from campaigns.message import Text, Words, words
from campaigns.shopper import Shopper
from campaigns.snapshot import Snapshot
from campaigns.state import Sent, ShopperState, Window
from campaigns.stays import Fired, Sights, forget_past
from campaigns.steps import NOT_INTERRUPTING_STEPS, OWN_STEPS, TRIGGER_STEPS, WINNER_STEPS, LiveFacts, Steps
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

    def judge(self, fired: Fired, shopper: Shopper, state: ShopperState, wall: Instant) -> Decision | None:
        """Judge a trigger at its instant; None where it became a candidate that waits for arbitration."""
        case = case_of(self._snapshot, fired, shopper, state)
        reason = self._steps.first(TRIGGER_STEPS, case)
        if reason is not None:
            return self._decided(case, SUPPRESSED, reason)
        if wall - fired.at >= case.campaign.deadline_ms:
            return self._decided(case, EXPIRED, "deadline")
        if case.one.channel not in INTERRUPTING:
            return self._decide_quietly(case)
        if state.window is None:
            state.window = Window(fired.at + case.store.plan.policy.arbitration_ms, [])
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
        forget_past(state.presence)
        return decisions

    def stops(self, fired: Fired, shopper: Shopper, state: ShopperState) -> tuple[str | None, str | None]:
        """Return the first two steps that would stop a trigger now; nothing is decided or reserved."""
        found = self._steps.stops(case_of(self._snapshot, fired, shopper, state), 2)
        return (found[0] if found else None, found[1] if len(found) > 1 else None)

    # What becomes of it.

    def _stopped(self, case: Case, reason: str) -> Decision:
        policy, campaign = case.store.plan.policy, case.campaign
        to_inbox = (
            reason in MAY_GO_TO_INBOX
            and campaign.blocked == "inbox"
            and not _holdout(case)
            and inbox_has_room(policy, case.state, case.one)
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
        return Decision(
            at=case.now,
            shopper=case.shopper.id,
            campaign=campaign.id,
            revision=case.rule.revision,
            trigger=one.on,
            trigger_at=one.at,
            store=one.store,
            zone=one.zone,
            visit_no=one.visit_no,
            visit_at=case.visit.started_at,
            stay_no=one.stay_no,
            stay_at=stay.opened_at if stay else None,
            outcome=outcome,
            reason=reason,
            variant=variant,
            channel=channel,
            title=title,
            body=body,
            link=link,
            deadline_at=one.at + campaign.deadline_ms,
            cancel_on_exit=campaign.cancel_on_exit,
            near_miss=self._explains and outcome in (SUPPRESSED, INBOX) and self._only(case, reason),
            facts=evidence(case.rule, case.store.plan, case.shopper, case.state, one, case.now)
            if self._explains
            else {},
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
