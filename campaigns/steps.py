"""The pipeline's steps in their fixed order; each says whether it stops a case (SPEC 5)."""

from collections.abc import Callable
from typing import Protocol

from campaigns.case import Case
from campaigns.document import INTERRUPTING
from campaigns.limits import Ledger, budget_spent, campaign_capped, policy_capped
from campaigns.schedule import ALWAYS, wall_clock
from campaigns.snapshot import Snapshot
from campaigns.state import Stay, Visit
from campaigns.stays import Sights, is_open_at
from protocol.instants import Instant


class LiveFacts(Protocol):
    """What only the running server knows."""

    def may_not_disturb(self, shopper: str, store: str, now: Instant) -> bool:
        """Say whether staff is beside the shopper, a call for help is open, or the shopper said not today."""
        ...


class Steps:
    """The steps, and what they look at beyond the case."""

    def __init__(self, snapshot: Snapshot, ledger: Ledger, sights: Sights, live: LiveFacts | None) -> None:
        self._snapshot, self._ledger, self._sights, self._live = snapshot, ledger, sights, live

    def first(self, table: "Table", case: Case) -> str | None:
        """Return the first step of a table that stops the case."""
        for reason, stops in table:
            if stops(self, case):
                return reason
        return None

    def stops(self, case: Case, most: int, shared: "Shared | None" = None) -> list[str]:
        """Return the first `most` steps that would stop the case now, in order.

        `shared` keeps, for the next case of the same visit and instant, what does not depend on the campaign.
        """
        interrupts = case.one.channel in INTERRUPTING
        table = None if shared is None else shared.get(interrupts)
        if table is None:
            table = INTERRUPTING_STEPS if interrupts else QUIET_STEPS
            if shared is not None:
                table = shared[interrupts] = self._without_what_passes(table, case)
        found: list[str] = []
        for reason, stops in table:
            if stops(self, case):
                found.append(reason)
                if len(found) == most:
                    break
        return found

    def _without_what_passes(self, table: "Table", case: Case) -> "Table":
        """Judge the steps that depend on no campaign: those that stop always do, the others are left out."""
        kept = []
        for reason, stops in table:
            if reason not in OF_NO_CAMPAIGN:
                kept.append((reason, stops))
            elif stops(self, case):
                kept.append((reason, _always))
        return tuple(kept)

    def _not_live(self, case: Case) -> bool:
        return not case.rule.live

    def _outside_schedule(self, case: Case) -> bool:
        schedule = case.campaign.schedule
        return schedule is not ALWAYS and not schedule.is_on(
            wall_clock(case.one.at, case.store.plan.timezone)
        )

    def _not_in_audience(self, case: Case) -> bool:
        return not case.rule.audience(case.facts())

    def _left(self, case: Case) -> bool:
        """Say whether the trigger's stay has ended by now, where that cancels."""
        if not case.campaign.cancel_on_exit:
            return False
        current = case.visit.stays.get(case.one.zone or "")
        if case.stay is None or current is not case.stay:
            return True
        return not is_open_at(case.stay, case.store.plan.policy, case.now)

    def _campaign_capped(self, case: Case) -> bool:
        return campaign_capped(case.campaign, case.state, case.one, case.now)

    def _budget_spent(self, case: Case) -> bool:
        return budget_spent(case.campaign, self._ledger, case.now)

    def _not_corroborated(self, case: Case) -> bool:
        if case.campaign.trust != "corroborated":
            return False
        seen: Stay | Visit = case.visit if case.stay is None else case.stay
        return not self._sights.corroborated(seen.heard, seen.unheard, case.one.store, case.now)

    def _no_channel(self, case: Case) -> bool:
        return not case.one.channel

    def _must_not_disturb(self, case: Case) -> bool:
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

    def _in_quiet_hours(self, case: Case) -> bool:
        """Say whether the store's or the shopper's quiet hours hold, both by the store's clock."""
        plan, own = case.store.plan, case.shopper.quiet_hours
        if plan.policy.quiet_hours is None and own is None:
            return False
        minute = wall_clock(case.now, plan.timezone).minute
        return any(span is not None and span.contains(minute) for span in (plan.policy.quiet_hours, own))

    def _policy_capped(self, case: Case) -> bool:
        return policy_capped(case.store.plan.policy, case.state, case.one, case.now)


def _always(_steps: Steps, _case: Case) -> bool:
    return True


Table = tuple[tuple[str, Callable[[Steps, Case], bool]], ...]

TRIGGER_STEPS: Table = (
    ("not_live", Steps._not_live),
    ("outside_schedule", Steps._outside_schedule),
    ("audience", Steps._not_in_audience),
)
CAP_STEPS: Table = (
    ("campaign_cap", Steps._campaign_capped),
    ("budget", Steps._budget_spent),
    ("not_corroborated", Steps._not_corroborated),
)
OWN_STEPS: Table = (("left", Steps._left), *CAP_STEPS)
WINNER_STEPS: Table = (
    ("do_not_disturb", Steps._must_not_disturb),
    ("quiet_hours", Steps._in_quiet_hours),
    ("policy_cap", Steps._policy_capped),
)
Shared = dict[bool, Table]
"""Whether a campaign interrupts -> the steps that are left to judge."""
OF_NO_CAMPAIGN = frozenset(reason for reason, _ in WINNER_STEPS)
"""Steps that stop every campaign or none."""
NOT_INTERRUPTING_STEPS: Table = (*CAP_STEPS, ("no_channel", Steps._no_channel))
INTERRUPTING_STEPS: Table = (*TRIGGER_STEPS, *OWN_STEPS, *WINNER_STEPS)
QUIET_STEPS: Table = (*TRIGGER_STEPS, *NOT_INTERRUPTING_STEPS)
