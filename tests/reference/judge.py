"""From triggers to decisions: fixed order, the first failure names the reason (SPEC 5)."""

from dataclasses import dataclass, field
from typing import Any

from tests.reference.audience import Audience
from tests.reference.presence import Presences
from tests.reference.stays import Stays
from tests.reference.wall import DAY, SECOND, in_quiet_hours, in_schedule, instant
from tests.reference.words import held_out, words
from tests.reference.world import Decision, Store, Trigger

INTERRUPTING = ("push", "sms", "webhook")
ALWAYS_USABLE = ("inbox", "staff")
SILENT: dict[str, Any] = {"variant": None, "channel": None, "title": None, "body": None, "link": None}


@dataclass
class Window:
    shopper: str
    ends_at: int
    candidates: list[Trigger] = field(default_factory=list)


@dataclass
class Judge:
    stores: dict[str, Store]
    shoppers: dict[str, dict[str, Any]]
    history: list[dict[str, Any]]
    presences: Presences
    stays: Stays
    assume_live: set[str]
    decisions: list[Decision] = field(default_factory=list)
    windows: list[Window] = field(default_factory=list)

    def hear(self, trigger: Trigger) -> None:
        """Judge a trigger at its instant."""
        campaign = trigger.campaign
        shopper = self.shoppers[trigger.visit.shopper]
        store = self.stores[trigger.visit.store]
        audience = Audience(self.stays.visits, self.decisions, self.history)
        # SPEC 5: "not_live -> outside_schedule -> audience"
        if campaign["status"] != "live" and campaign["id"] not in self.assume_live:
            self.suppress(trigger, trigger.at, "not_live")
        elif not in_schedule(campaign.get("schedule"), trigger.at, store.timezone):
            self.suppress(trigger, trigger.at, "outside_schedule")
        elif not audience.admits(campaign.get("audience"), shopper, trigger):
            self.suppress(trigger, trigger.at, "audience")
        else:
            trigger.channel = usable_channel(campaign, shopper)
            if trigger.channel in INTERRUPTING:
                self.compete(trigger)
            else:
                self.decide_quiet(trigger)

    def compete(self, trigger: Trigger) -> None:
        # SPEC 5: "a shopper's first one opens a window of the opener's store's `arbitration_s`, over all stores"
        for window in self.windows:
            if window.shopper == trigger.visit.shopper:
                window.candidates.append(trigger)
                return
        ends_at = trigger.at + self.stores[trigger.visit.store].ms("arbitration_s")
        self.windows.append(Window(trigger.visit.shopper, ends_at, [trigger]))

    def decide_quiet(self, trigger: Trigger) -> None:
        # SPEC 5: "A candidate that does not interrupt is decided at the trigger's instant"
        now = trigger.at
        reason = self.limit(trigger, now)
        if reason is None and trigger.channel is None:
            reason = "no_channel"
        self.settle(trigger, now, reason or self.holdout(trigger))

    def close(self, window: Window) -> None:
        """Decide a window at its end."""
        self.windows.remove(window)
        now = window.ends_at
        # SPEC 5: "priority (high first), campaign id, trigger instant, store, each settled before the next"
        order = sorted(
            window.candidates,
            key=lambda t: (-t.campaign.get("priority", 50), t.campaign["id"], t.at, t.visit.store),
        )
        won = False
        for trigger in order:
            reason = "left" if self.has_left(trigger) else self.limit(trigger, now)
            if reason is not None:
                self.settle(trigger, now, reason)
            elif won:
                self.settle(trigger, now, "outranked")
            else:
                won = True
                self.settle(trigger, now, self.blocked(trigger, now) or self.holdout(trigger))

    def has_left(self, trigger: Trigger) -> bool:
        # SPEC 3: "enter and dwell only, default true"; Small print: "a stay reopened by then has not ended"
        if trigger.on not in ("enter", "dwell") or not trigger.campaign.get("cancel_on_exit", True):
            return False
        return trigger.stay is not None and trigger.stay.ended_at is not None

    def limit(self, trigger: Trigger, now: int) -> str | None:
        # SPEC 5: "campaign_cap -> budget -> not_corroborated"
        if self.capped(trigger, now):
            return "campaign_cap"
        total = (trigger.campaign.get("limits") or {}).get("total")
        if total is not None and self.spent(trigger.campaign["id"], now) >= total:
            return "budget"
        if trigger.campaign.get("trust", "app") == "corroborated":
            store = self.stores[trigger.visit.store]
            stays = trigger.visit.stays if trigger.stay is None else [trigger.stay]
            sightings = [sighting for stay in stays for sighting in stay.sightings]
            if not self.presences.corroborate(store, sightings, now):
                return "not_corroborated"
        return None

    def capped(self, trigger: Trigger, now: int) -> bool:
        limits = trigger.campaign.get("limits") or {}
        shopper = trigger.visit.shopper
        # SPEC 5: "send, ghost and inbox count for the campaign's own caps and cooldown"
        kept = [
            decision
            for decision in self.decisions
            if decision.trigger.campaign["id"] == trigger.campaign["id"]
            and decision.trigger.visit.shopper == shopper
            and decision.outcome in ("send", "ghost", "inbox")
        ]
        in_visit = [decision for decision in kept if decision.trigger.visit is trigger.visit]
        if len(in_visit) >= limits.get("per_visit", 1):
            return True
        # SPEC 5: "`received` in history counts as an earlier push for per_shopper, cooldown"
        times = [decision.at for decision in kept]
        times += [
            instant(line["at"])
            for line in self.pushes_before(now)
            if line["shopper"] == shopper and line.get("campaign") == trigger.campaign["id"]
        ]
        per_shopper = limits.get("per_shopper")
        if per_shopper is not None:
            days = per_shopper.get("within_days")
            within = [at for at in times if days is None or now - at < days * DAY]
            if len(within) >= per_shopper["max"]:
                return True
        cooldown = limits.get("cooldown_s")
        return cooldown is not None and any(now - at < cooldown * SECOND for at in times)

    def spent(self, campaign: str, now: int) -> int:
        # SPEC 5: "send and ghost for its budget"; received in history too
        count = 0
        for decision in self.decisions:
            if decision.trigger.campaign["id"] == campaign and decision.outcome in ("send", "ghost"):
                count += 1
        for line in self.pushes_before(now):
            if line.get("campaign") == campaign:
                count += 1
        return count

    def pushes_before(self, now: int) -> list[dict[str, Any]]:
        # SPEC 5: "history counts from its `at` on"
        return [line for line in self.history if line["kind"] == "received" and instant(line["at"]) <= now]

    def blocked(self, trigger: Trigger, now: int) -> str | None:
        """Name what keeps a winner from interrupting."""
        shopper = self.shoppers[trigger.visit.shopper]
        store = self.stores[trigger.visit.store]
        # SPEC 5: "an open stay in a zone with `interrupt: never`"; Small print: "in any store"
        for visit, stay in self.stays.open_stays():
            if visit.shopper == shopper["id"] and stay.zone in self.stores[visit.store].never:
                return "do_not_disturb"
        # SPEC 5: "the store's, or the shopper's, both in store time"
        for quiet in (store.policy["quiet_hours"], shopper.get("quiet_hours")):
            if in_quiet_hours(quiet, now, store.timezone):
                return "quiet_hours"
        # SPEC 5: "sends and ghosts that interrupt for the policy caps"
        interrupted = [
            decision
            for decision in self.decisions
            if decision.trigger.visit.shopper == shopper["id"]
            and decision.outcome in ("send", "ghost")
            and decision.words["channel"] in INTERRUPTING
        ]
        in_visit = [decision for decision in interrupted if decision.trigger.visit is trigger.visit]
        # SPEC 2: "the same, rolling 24 h"; received in history counts for it
        in_day = [decision for decision in interrupted if now - decision.at < DAY]
        received = [
            line
            for line in self.pushes_before(now)
            if line["shopper"] == shopper["id"] and now - instant(line["at"]) < DAY
        ]
        if len(in_visit) >= store.policy["max_per_visit"]:
            return "policy_cap"
        return "policy_cap" if len(in_day) + len(received) >= store.policy["max_per_day"] else None

    def holdout(self, trigger: Trigger) -> str | None:
        store = self.stores[trigger.visit.store]
        if held_out("*", store.policy["global_holdout_pct"], trigger.visit.shopper):
            return "global_holdout"
        pct = trigger.campaign.get("holdout_pct", 0)
        return "holdout" if held_out(trigger.campaign["id"], pct, trigger.visit.shopper) else None

    def settle(self, trigger: Trigger, now: int, reason: str | None) -> None:
        """Write the decision that a reason, or none, comes to."""
        shopper = self.shoppers[trigger.visit.shopper]
        locale = self.stores[trigger.visit.store].locale
        if reason in (None, "global_holdout", "holdout"):
            assert trigger.channel is not None
            text = words(trigger.campaign, shopper, locale, trigger.channel)
            outcome = "send" if reason is None else "ghost"
            self.decisions.append(Decision(now, trigger, outcome, reason, text))
        elif self.keeps_copy(trigger, reason):
            text = words(trigger.campaign, shopper, locale, "inbox")
            self.decisions.append(Decision(now, trigger, "inbox", reason, text))
        else:
            self.suppress(trigger, now, reason)

    def keeps_copy(self, trigger: Trigger, reason: str | None) -> bool:
        # SPEC 5: "inbox (reason outranked, do_not_disturb, quiet_hours, policy_cap or no_channel, where ...)"
        if reason not in ("outranked", "do_not_disturb", "quiet_hours", "policy_cap", "no_channel"):
            return False
        if trigger.campaign.get("blocked", "inbox") != "inbox" or self.holdout(trigger) is not None:
            return False
        copies = [d for d in self.decisions if d.outcome == "inbox" and d.trigger.visit is trigger.visit]
        return len(copies) < int(self.stores[trigger.visit.store].policy["max_inbox_per_visit"])

    def suppress(self, trigger: Trigger, now: int, reason: str | None) -> None:
        self.decisions.append(Decision(now, trigger, "suppressed", reason, SILENT))


def usable_channel(campaign: dict[str, Any], shopper: dict[str, Any]) -> str | None:
    # SPEC 6: "`channels` missing or null means push; an absent consent is a no"
    listed = shopper.get("channels")
    listed = ["push"] if listed is None else listed
    consent = shopper.get("consent") or {}
    for channel in campaign.get("channels", ["push"]):
        # SPEC 5: "listed in the shopper's `channels` with consent under its name exactly true"
        if channel in ALWAYS_USABLE or (channel in listed and consent.get(channel) is True):
            return str(channel)
    return None
