"""From triggers to decisions, in the fixed order of SPEC 5; the first step that fails names the reason."""

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from campaigns.allocation import GLOBAL, held_out, pick
from campaigns.audience import Facts
from campaigns.decision import (
    EXPIRED,
    GHOST,
    INBOX,
    MAY_GO_TO_INBOX,
    SEND,
    SUPPRESSED,
    Decision,
)
from campaigns.document import ALWAYS_USABLE, INTERRUPTING, Campaign, Variant
from campaigns.evidence import evidence
from campaigns.limits import Ledger, budget_spent, campaign_capped, inbox_has_room, policy_capped
from campaigns.message import words
from campaigns.schedule import ALWAYS, wall_clock
from campaigns.shopper import Shopper
from campaigns.snapshot import Rule, Snapshot, StoreRules
from campaigns.state import Candidate, Sent, ShopperState, Stay, Visit, Window
from campaigns.stays import Fired, Sights, forget_past, is_open_at
from protocol.instants import Instant


class LiveFacts(Protocol):
    """What only the running server knows."""

    def may_not_disturb(self, shopper: str, store: str, now: Instant) -> bool:
        """Say whether staff is beside the shopper, a call for help is open, or the shopper said not today."""
        ...


class _Case(NamedTuple):
    """One candidate under judgement at an instant, with everything it is judged by."""

    rule: Rule
    campaign: Campaign
    store: StoreRules
    shopper: Shopper
    state: ShopperState
    one: Candidate
    visit: Visit
    stay: Stay | None
    now: Instant


class Pipeline:
    """Judges one shopper's triggers and windows; reserves in the state and the ledger as it decides."""

    def __init__(
        self,
        snapshot: Snapshot,
        ledger: Ledger,
        sights: Sights,
        live: LiveFacts | None = None,
        *,
        explains: bool,
    ) -> None:
        self._snapshot, self._ledger, self._sights, self._live = snapshot, ledger, sights, live
        self._explains = explains

    def judge(self, fired: Fired, shopper: Shopper, state: ShopperState, wall: Instant) -> Decision | None:
        """Judge a trigger at its instant; None where it became a candidate that waits for arbitration."""
        case = self._case(fired, shopper, state)
        reason = self._first(TRIGGER_STEPS, case)
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
        for case in sorted(self._cases(window, shopper, state), key=_rank):
            reason = self._first(OWN_STEPS, case)
            if reason is None and winner_found:
                reason = "outranked"
            if reason is not None:
                decisions.append(self._stopped(case, reason))
                continue
            winner_found = True
            reason = self._first(WINNER_STEPS, case)
            decisions.append(self._stopped(case, reason) if reason else self._sent(case))
        state.window = None
        forget_past(state.presence)
        return decisions

    def stops(self, fired: Fired, shopper: Shopper, state: ShopperState) -> Iterator[str]:
        """Yield each step that would stop a trigger now, in order; nothing is decided or reserved."""
        case = self._case(fired, shopper, state)
        steps = INTERRUPTING_STEPS if case.one.channel in INTERRUPTING else QUIET_STEPS
        return (reason for reason, stops in steps if stops(self, case))

    def _case(self, fired: Fired, shopper: Shopper, state: ShopperState) -> _Case:
        visit, stay, campaign = fired.visit, fired.stay, fired.rule.campaign
        one = Candidate(
            campaign=campaign.id,
            on=campaign.trigger.on,
            at=fired.at,
            store=fired.store,
            zone=fired.zone,
            visit_no=visit.no,
            stay_no=stay.no if stay else None,
            channel=_usable(campaign, shopper),
        )
        store = self._snapshot.stores[fired.store]
        return _Case(fired.rule, campaign, store, shopper, state, one, visit, stay, fired.at)

    def _cases(self, window: Window, shopper: Shopper, state: ShopperState) -> Iterator[_Case]:
        for one in window.candidates:
            rule, store = self._snapshot.rules.get(one.campaign), self._snapshot.stores.get(one.store)
            visit = _visit(state, one)
            if rule is None or store is None or visit is None:
                continue  # the campaign or store was deleted while its candidate waited
            yield _Case(
                rule, rule.campaign, store, shopper, state, one, visit, _stay(visit, one), window.ends_at
            )

    # What becomes of it.

    def _stopped(self, case: _Case, reason: str) -> Decision:
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

    def _sent(self, case: _Case) -> Decision:
        """Hold out last, so that a ghost is exactly what would have been sent."""
        reason = _holdout(case)
        decision = self._decided(case, GHOST if reason else SEND, reason, case.one.channel)
        self._reserve(case, decision.outcome)
        self._ledger.reserve(case.campaign.id)
        return decision

    @staticmethod
    def _reserve(case: _Case, outcome: str) -> None:
        interrupts = outcome != INBOX and case.one.channel in INTERRUPTING
        sent = Sent(case.now, case.campaign.id, case.one.store, case.one.visit_no, outcome, interrupts)
        case.state.sent.append(sent)

    def _decide_quietly(self, case: _Case) -> Decision:
        """Judge a candidate that interrupts nobody, at its trigger's instant."""
        reason = self._first(NOT_INTERRUPTING_STEPS, case)
        return self._stopped(case, reason) if reason else self._sent(case)

    def _decided(self, case: _Case, outcome: str, reason: str | None, channel: str | None = None) -> Decision:
        campaign, one, stay = case.campaign, case.one, case.stay
        title = body = link = variant = None
        if channel is not None:
            chosen = _variant(case)
            message = chosen.message if chosen and chosen.message else campaign.message
            text = message.text(case.shopper.locale, case.store.plan.locale)
            title, body, link = words(text, channel, case.shopper.attributes)
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

    def _first(self, steps: "_Steps", case: _Case) -> str | None:
        for reason, stops in steps:
            if stops(self, case):
                return reason
        return None

    def _only(self, case: _Case, reason: str | None) -> bool:
        """Say whether every other step would have let it pass."""
        interrupts = case.one.channel in INTERRUPTING
        steps = INTERRUPTING_STEPS if interrupts else QUIET_STEPS
        return not any(name != reason and stops(self, case) for name, stops in steps)

    # The steps; each says whether it stops the case.

    def _not_live(self, case: _Case) -> bool:
        return not case.rule.live

    def _outside_schedule(self, case: _Case) -> bool:
        schedule = case.campaign.schedule
        return schedule is not ALWAYS and not schedule.is_on(
            wall_clock(case.one.at, case.store.plan.timezone)
        )

    def _not_in_audience(self, case: _Case) -> bool:
        return not case.rule.audience(_facts(case))

    def _left(self, case: _Case) -> bool:
        """Say whether the trigger's stay has ended by now, where that cancels."""
        if not case.campaign.cancel_on_exit:
            return False
        current = case.visit.stays.get(case.one.zone or "")
        if case.stay is None or current is not case.stay:
            return True
        return not is_open_at(case.stay, case.store.plan.policy, case.now)

    def _campaign_capped(self, case: _Case) -> bool:
        return campaign_capped(case.campaign, case.state, case.one, case.now)

    def _budget_spent(self, case: _Case) -> bool:
        return budget_spent(case.campaign, self._ledger, case.now)

    def _not_corroborated(self, case: _Case) -> bool:
        if case.campaign.trust != "corroborated":
            return False
        seen: Stay | Visit = case.visit if case.stay is None else case.stay
        return not self._sights.corroborated(seen.heard, seen.unheard, case.one.store, case.now)

    def _no_channel(self, case: _Case) -> bool:
        return not case.one.channel

    def _must_not_disturb(self, case: _Case) -> bool:
        """Say whether an open stay, in any store, forbids to interrupt, or the running server does."""
        for visit in case.state.presence.visits.values():
            rules = self._snapshot.stores.get(visit.store)
            if rules is None:
                continue
            for zone, stay in visit.stays.items():
                if zone in rules.plan.silent_zones and is_open_at(stay, rules.plan.policy, case.now):
                    return True
        return self._live is not None and self._live.may_not_disturb(
            case.shopper.id, case.one.store, case.now
        )

    def _in_quiet_hours(self, case: _Case) -> bool:
        """Say whether the store's or the shopper's quiet hours hold, both by the store's clock."""
        plan, own = case.store.plan, case.shopper.quiet_hours
        if plan.policy.quiet_hours is None and own is None:
            return False
        minute = wall_clock(case.now, plan.timezone).minute
        return any(span is not None and span.contains(minute) for span in (plan.policy.quiet_hours, own))

    def _policy_capped(self, case: _Case) -> bool:
        return policy_capped(case.store.plan.policy, case.state, case.one, case.now)


_Steps = tuple[tuple[str, Callable[[Pipeline, _Case], bool]], ...]

TRIGGER_STEPS: _Steps = (
    ("not_live", Pipeline._not_live),
    ("outside_schedule", Pipeline._outside_schedule),
    ("audience", Pipeline._not_in_audience),
)
CAP_STEPS: _Steps = (
    ("campaign_cap", Pipeline._campaign_capped),
    ("budget", Pipeline._budget_spent),
    ("not_corroborated", Pipeline._not_corroborated),
)
OWN_STEPS: _Steps = (("left", Pipeline._left), *CAP_STEPS)
WINNER_STEPS: _Steps = (
    ("do_not_disturb", Pipeline._must_not_disturb),
    ("quiet_hours", Pipeline._in_quiet_hours),
    ("policy_cap", Pipeline._policy_capped),
)
NOT_INTERRUPTING_STEPS: _Steps = (*CAP_STEPS, ("no_channel", Pipeline._no_channel))
INTERRUPTING_STEPS: _Steps = (*TRIGGER_STEPS, *OWN_STEPS, *WINNER_STEPS)
QUIET_STEPS: _Steps = (*TRIGGER_STEPS, *NOT_INTERRUPTING_STEPS)


def _rank(case: _Case) -> tuple[int, str, Instant, str]:
    return (-case.campaign.priority, case.campaign.id, case.one.at, case.one.store)


def _usable(campaign: Campaign, shopper: Shopper) -> str:
    """Return the first channel that may carry this campaign to this shopper, or nothing."""
    for channel in campaign.channels:
        if channel in ALWAYS_USABLE or (channel in shopper.channels and shopper.consents(channel)):
            return channel
    return ""


def _facts(case: _Case) -> Facts:
    state = case.state
    starts = state.presence.started.get(case.one.store, [])[: case.one.visit_no]
    return Facts(case.shopper, case.visit, starts, state.history, state.sent, case.one.at)


def _holdout(case: _Case) -> str | None:
    shopper = case.shopper.id
    if held_out(GLOBAL, case.store.plan.policy.global_holdout_pct, shopper):
        return "global_holdout"
    return "holdout" if held_out(case.campaign.id, case.campaign.holdout_pct, shopper) else None


def _variant(case: _Case) -> Variant | None:
    variants = case.campaign.variants
    if not variants:
        return None
    return variants[pick(case.campaign.id, [variant.weight for variant in variants], case.shopper.id)]


def _visit(state: ShopperState, one: Candidate) -> Visit | None:
    running = state.presence.visits.get(one.store)
    if running is not None and running.no == one.visit_no:
        return running
    return next((v for v in state.presence.past if v.no == one.visit_no and v.store == one.store), None)


def _stay(visit: Visit, one: Candidate) -> Stay | None:
    if one.stay_no is None or one.zone is None:
        return None
    current = visit.stays.get(one.zone)
    if current is not None and current.no == one.stay_no:
        return current
    return next((stay for stay in visit.past if stay.no == one.stay_no and stay.zone == one.zone), None)
