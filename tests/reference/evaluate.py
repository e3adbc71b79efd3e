"""A naive `aislecue simulate`, read from SPEC 2 to 6 sentence by sentence; slow and plain on purpose."""

from typing import Any

from tests.reference.judge import Judge
from tests.reference.presence import Presences
from tests.reference.stays import Stays
from tests.reference.wall import written
from tests.reference.world import Decision, Sighting, Store, read_sightings


def evaluate(
    plans: list[dict[str, Any]],
    campaigns: list[dict[str, Any]],
    shoppers: list[dict[str, Any]],
    sightings: list[dict[str, Any]],
    history: list[dict[str, Any]],
    presence: list[dict[str, Any]],
    assume_live: set[str],
) -> list[dict[str, Any]]:
    """Return the decision lines as `simulate` writes them, in its order."""
    stores = {plan["store"]["id"]: Store(plan) for plan in plans}
    known = {shopper["id"]: shopper for shopper in shoppers}
    stays = Stays(stores, campaigns)
    judge = Judge(stores, known, history, Presences(presence), stays, assume_live)
    remembered: set[tuple[str, str]] = set()
    waiting = read_sightings(sightings)
    # 4.8: "it runs until no timer or window is left"
    while (now := next_instant(waiting, stays, judge)) is not None:
        # 4.8: "At one instant: timers ..., then sightings by id, then window ends by shopper"
        triggers = stays.run_timers(now)
        if triggers is not None:
            for trigger in triggers:
                judge.hear(trigger)
        elif waiting and waiting[0].at == now:
            sighting = waiting.pop(0)
            store = accepted(sighting, stores, known, remembered)
            if store is not None:
                for trigger in stays.sight(sighting, store):
                    judge.hear(trigger)
        else:
            due = [window for window in judge.windows if window.ends_at == now]
            judge.close(min(due, key=lambda window: window.shopper))
    return [line(decision) for decision in sorted(judge.decisions, key=output_order)]


def next_instant(waiting: list[Sighting], stays: Stays, judge: Judge) -> int | None:
    instants = [window.ends_at for window in judge.windows]
    if waiting:
        instants.append(waiting[0].at)
    timer = stays.next_timer()
    if timer is not None:
        instants.append(timer)
    return min(instants, default=None)


def accepted(
    sighting: Sighting,
    stores: dict[str, Store],
    shoppers: dict[str, dict[str, Any]],
    remembered: set[tuple[str, str]],
) -> Store | None:
    """Return the store of a sighting that is not ignored (4.1)."""
    # 4.1: "unknown beacon"; SPEC 6: "A beacon identity belongs to one store"
    found = [store for store in stores.values() if sighting.identity in store.beacons]
    if not found:
        return None
    # 4.1: "no consent `proximity` (... a shopper unknown to us has none)"
    shopper = shoppers.get(sighting.shopper) or {}
    if (shopper.get("consent") or {}).get("proximity") is not True:
        return None
    # 4.1: "an id this shopper sent before"; Small print: "Ignored sightings' ids are not remembered"
    if (sighting.shopper, sighting.id) in remembered:
        return None
    remembered.add((sighting.shopper, sighting.id))
    return found[0]


def output_order(decision: Decision) -> tuple[int, str, str, int, str]:
    # SPEC 5: "Lines by at, shopper, campaign, trigger instant, store."
    trigger = decision.trigger
    return decision.at, trigger.visit.shopper, trigger.campaign["id"], trigger.at, trigger.visit.store


def line(decision: Decision) -> dict[str, Any]:
    # SPEC 6: {"at","shopper","campaign","trigger","outcome","reason","variant","channel","title","body","link"}
    return {
        "at": written(decision.at),
        "shopper": decision.trigger.visit.shopper,
        "campaign": decision.trigger.campaign["id"],
        "trigger": decision.trigger.on,
        "outcome": decision.outcome,
        "reason": decision.reason,
        "variant": decision.words["variant"],
        "channel": decision.words["channel"],
        "title": decision.words["title"],
        "body": decision.words["body"],
        "link": decision.words["link"],
    }
