"""From sightings and silence to triggers (SPEC 4)."""

from typing import Any

from tests.reference.wall import SECOND
from tests.reference.world import Sighting, Stay, Store, Trigger, Visit

# 4.3: "first seen at `immediate`, at `near` or closer, at `far` or closer"
REACHED = {"immediate": ["immediate", "near", "far"], "near": ["near", "far"], "far": ["far"], "unknown": []}


class Stays:
    """Every visit of every shopper, and what fires when."""

    def __init__(self, stores: dict[str, Store], campaigns: list[dict[str, Any]]) -> None:
        self.stores = stores
        self.campaigns = campaigns
        self.visits: list[Visit] = []

    def campaigns_on(self, on: str, store: str, zone: str | None) -> list[dict[str, Any]]:
        # SPEC 5: "A campaign of another store or zone is not triggered and leaves no line."
        found = []
        for campaign in self.campaigns:
            if campaign["trigger"]["on"] != on or campaign["trigger"].get("zone") != zone:
                continue
            if campaign["stores"] == "*" or store in campaign["stores"]:
                found.append(campaign)
        return found

    def running(self, shopper: str, store: str) -> Visit | None:
        for visit in self.visits:
            if (visit.shopper, visit.store) == (shopper, store) and not visit.over:
                return visit
        return None

    # When timers are due

    def end_at(self, visit: Visit, stay: Stay) -> int:
        # 4.4: ranged: "last sighting + exit_grace_s"; held: "last sighting + max_stay_s"
        return stay.last_at + self.stores[visit.store].ms("max_stay_s" if stay.held else "exit_grace_s")

    def open_stays(self) -> list[tuple[Visit, Stay]]:
        return [(visit, stay) for visit in self.visits for stay in visit.stays if stay.ended_at is None]

    def dwells(self) -> list[tuple[int, Visit, Stay, dict[str, Any]]]:
        # 4.6: "at the band's instant + `after_s`, by a timer, if the stay is open then"
        found = []
        for visit, stay in self.open_stays():
            for campaign in self.campaigns_on("dwell", visit.store, stay.zone):
                at = self.dwell_at(stay, campaign)
                if at is not None:
                    found.append((at, visit, stay, campaign))
        return found

    def dwell_at(self, stay: Stay, campaign: dict[str, Any]) -> int | None:
        band_at = stay.band_at.get(campaign["trigger"].get("within", "far"))
        # 4.6: "once per stay"
        if band_at is None or campaign["id"] in stay.dwells_fired:
            return None
        after_s: float = campaign["trigger"]["after_s"]
        return band_at + round(after_s * SECOND)

    def quiet_visits(self) -> list[Visit]:
        # 4.7: the last sign of life is "now while a held stay is open", so nothing is due then
        found = []
        for visit in self.visits:
            holding = [stay for stay in visit.stays if stay.held and stay.ended_at is None]
            if not visit.over and not holding:
                found.append(visit)
        return found

    def leave_at(self, visit: Visit) -> int:
        return visit.sign_at + self.stores[visit.store].ms("leave_after_s")

    def over_at(self, visit: Visit) -> int:
        return visit.sign_at + self.stores[visit.store].ms("visit_gap_s")

    def next_timer(self) -> int | None:
        due = [self.end_at(visit, stay) for visit, stay in self.open_stays()]
        due += [at for at, *_ in self.dwells()]
        for visit in self.quiet_visits():
            due.append(self.over_at(visit))
            if not visit.leave_fired:
                due.append(self.leave_at(visit))
        return min(due, default=None)

    # What timers do

    def run_timers(self, now: int) -> list[Trigger] | None:
        """Run the first kind of timer due now; None where nothing is due (4.8: stay end, dwell, leave, visit end)."""
        triggers: list[Trigger] = []
        ends = [(visit, stay) for visit, stay in self.open_stays() if self.end_at(visit, stay) == now]
        if ends:
            for visit, stay in ends:
                triggers += self.end(visit, stay, now)
            return by_shopper(triggers)
        dwells = [(visit, stay, campaign) for at, visit, stay, campaign in self.dwells() if at == now]
        if dwells:
            for visit, stay, campaign in dwells:
                triggers.append(self.fire_dwell(visit, stay, campaign, now))
            return by_shopper(triggers)
        leaves = [v for v in self.quiet_visits() if not v.leave_fired and self.leave_at(v) == now]
        if leaves:
            for visit in leaves:
                # 4.7: "`leave` fires once per visit"
                visit.leave_fired = True
                for campaign in self.campaigns_on("leave", visit.store, None):
                    triggers.append(Trigger("leave", now, campaign, visit, None))
            return by_shopper(triggers)
        overs = [visit for visit in self.quiet_visits() if self.over_at(visit) == now]
        if overs:
            for visit in overs:
                visit.over = True
                # 4.7: "the visit ends at last sign + `visit_gap_s`, and its stays with it"
                for stay in visit.stays:
                    if stay.ended_at is None:
                        triggers += self.end(visit, stay, now)
            return by_shopper(triggers)
        return None

    def end(self, visit: Visit, stay: Stay, now: int) -> list[Trigger]:
        stay.ended_at = now
        # 4.7: the end of a held stay is a sign of life
        if stay.held:
            visit.sign_at = max(visit.sign_at, now)
        # 4.4: "`exit` fires at that end, once per stay"
        if stay.exit_fired:
            return []
        stay.exit_fired = True
        exits = self.campaigns_on("exit", visit.store, stay.zone)
        return [Trigger("exit", now, campaign, visit, stay) for campaign in exits]

    def fire_dwell(self, visit: Visit, stay: Stay, campaign: dict[str, Any], now: int) -> Trigger:
        stay.dwells_fired.append(campaign["id"])
        return Trigger("dwell", now, campaign, visit, stay)

    # What a sighting does

    def sight(self, sighting: Sighting, store: Store) -> list[Trigger]:
        zone = store.beacons[sighting.identity]
        visit = self.running(sighting.shopper, store.id)
        stay = None
        if visit is not None:
            for known in visit.stays:
                if known.zone == zone:
                    stay = known  # the latest stay in this zone
        is_open = stay is not None and stay.ended_at is None
        triggers: list[Trigger] = []
        if sighting.kind == "exit":
            # 4.4: "ends either at once (it opens nothing and is no sign of life)"
            if visit is not None and stay is not None and is_open:
                triggers += self.end(visit, stay, sighting.at)
            return by_campaign(triggers)
        # 4.2: "`kind: enter` counts as `far`"
        band = "far" if sighting.kind == "enter" else sighting.proximity
        # 4.2: "`unknown` (or missing) counts only while its zone's stay is open"
        if band == "unknown" and not is_open:
            return []
        if visit is None:
            # 4.7: "opens with `arrive` at its first counting sighting"
            visit = Visit(sighting.shopper, store.id, sighting.at, sighting.at)
            self.visits.append(visit)
            for campaign in self.campaigns_on("arrive", store.id, None):
                triggers.append(Trigger("arrive", sighting.at, campaign, visit, None))
        visit.sign_at = sighting.at
        if sighting.kind == "enter":
            # 4.4: a held stay ends at "a `kind: enter` in another zone of the store"
            for other in visit.stays:
                if other.zone != zone and other.held and other.ended_at is None:
                    triggers += self.end(visit, other, sighting.at)
        if stay is None or (stay.ended_at is not None and not self.reopens(sighting, stay, store)):
            stay = Stay(zone)
            visit.stays.append(stay)
        elif stay.ended_at is not None:
            stay.ended_at = None
            stay.held = False  # 4.5: "as ranged or held by its own kind"
            triggers += self.late_dwells(visit, stay, sighting.at)
        if sighting.kind == "enter":
            stay.held = True  # 4.4: "held from its first `kind: enter` on"
        stay.last_at = sighting.at
        stay.sightings.append(sighting)
        for reached in REACHED[band]:
            if reached not in stay.band_at:
                stay.band_at[reached] = sighting.at
                # 4.3: "For a campaign `enter` fires ... at the instant of its `within`"
                for campaign in self.campaigns_on("enter", store.id, zone):
                    if campaign["trigger"].get("within", "far") == reached:
                        triggers.append(Trigger("enter", sighting.at, campaign, visit, stay))
        return by_campaign(triggers)

    def reopens(self, sighting: Sighting, stay: Stay, store: Store) -> bool:
        # 4.5: "less than `reentry_s` after the end"
        assert stay.ended_at is not None
        return sighting.at - stay.ended_at < store.ms("reentry_s")

    def late_dwells(self, visit: Visit, stay: Stay, now: int) -> list[Trigger]:
        # 4.6: "If it fell due while the stay was ended, it fires at the sighting that reopens it"
        triggers = []
        for campaign in self.campaigns_on("dwell", visit.store, stay.zone):
            at = self.dwell_at(stay, campaign)
            if at is not None and at <= now:
                triggers.append(self.fire_dwell(visit, stay, campaign, now))
        return triggers


def by_shopper(triggers: list[Trigger]) -> list[Trigger]:
    # Small print: "timers of one kind by shopper, campaign, store"
    return sorted(triggers, key=lambda t: (t.visit.shopper, t.campaign["id"], t.visit.store))


def by_campaign(triggers: list[Trigger]) -> list[Trigger]:
    # Small print: "triggers of one sighting by campaign"
    return sorted(triggers, key=lambda t: str(t.campaign["id"]))
