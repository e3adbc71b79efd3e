"""Whether a shopper is in a campaign's audience at a trigger (SPEC 3, leaves)."""

from typing import Any

from tests.reference.wall import DAY, instant
from tests.reference.world import Decision, Trigger, Visit


def kind_of(value: Any) -> str:
    """Name a value's type as comparisons see it: "a boolean is no number"."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "text"
    return "other"


def same(left: Any, right: Any) -> bool:
    return kind_of(left) == kind_of(right) and kind_of(left) != "other" and bool(left == right)


def field_leaf(shopper: dict[str, Any], leaf: dict[str, Any]) -> bool:
    name: str = leaf["field"]
    if name.startswith("attributes."):
        value = (shopper.get("attributes") or {}).get(name.removeprefix("attributes."))
    else:
        value = shopper.get(name)
    # SPEC 3: "A missing field, null ... makes a leaf false"
    if value is None:
        return False
    if leaf["op"] == "exists":
        return True
    # SPEC 3: "`contains` ops are for lists"
    if leaf["op"] == "contains":
        return isinstance(value, list) and any(same(item, leaf["value"]) for item in value)
    if leaf["op"] == "contains_any":
        return isinstance(value, list) and any(same(item, one) for item in value for one in leaf["value"])
    return scalar_leaf(value, leaf["op"], leaf["value"])


def scalar_leaf(value: Any, op: str, wanted: Any) -> bool:
    compared = wanted if op in ("in", "not_in") else [wanted]
    # SPEC 3: "a value of another type than compared makes a leaf false, `ne` and `not_in` too"
    if kind_of(value) == "other" or kind_of(value) not in [kind_of(one) for one in compared]:
        return False
    if op in ("eq", "in"):
        return any(same(value, one) for one in compared)
    if op in ("ne", "not_in"):
        return not any(same(value, one) for one in compared)
    # SPEC 3: order is for numbers and for text, "by code point"
    if kind_of(value) == "boolean":
        return False
    return bool(
        {"ge": value >= wanted, "le": value <= wanted, "gt": value > wanted, "lt": value < wanted}[op]
    )


class Audience:
    """The trees, and the lists that the history leaves scan."""

    def __init__(self, visits: list[Visit], decisions: list[Decision], history: list[dict[str, Any]]) -> None:
        self.visits = visits
        self.decisions = decisions
        self.history = history

    def admits(self, tree: dict[str, Any] | None, shopper: dict[str, Any], trigger: Trigger) -> bool:
        if tree is None:
            return True
        if "all" in tree:
            return all(self.admits(child, shopper, trigger) for child in tree["all"])
        if "any" in tree:
            return any(self.admits(child, shopper, trigger) for child in tree["any"])
        if "not" in tree:
            return not self.admits(tree["not"], shopper, trigger)
        if "field" in tree:
            return field_leaf(shopper, tree)
        # SPEC 3: history leaves are "false without the shopper's consent `personalisation`"
        if (shopper.get("consent") or {}).get("personalisation") is not True:
            return False
        ((leaf, keys),) = tree.items()
        return self.history_leaf(leaf, keys or {}, trigger)

    def history_leaf(self, leaf: str, keys: dict[str, Any], trigger: Trigger) -> bool:
        if leaf == "visits":
            return self.visit_count(keys.get("within_days"), trigger) >= int(keys.get("at_least", 1))
        if leaf == "visited_zone":
            # SPEC 3: "a stay there in this visit, open or not"
            return any(keys.get("zone") in (None, stay.zone) for stay in trigger.visit.stays)
        if leaf == "received":
            return self.was_sent(keys, trigger) or self.in_history("received", keys, trigger)
        return self.in_history({"purchased": "purchase", "opened": "opened"}[leaf], keys, trigger)

    def visit_count(self, within_days: float | None, trigger: Trigger) -> int:
        count = 0
        for visit in self.visits:
            if (visit.shopper, visit.store) != (trigger.visit.shopper, trigger.visit.store):
                continue
            # Small print: "The running visit counts for `visits` however long ago it began"
            if visit is trigger.visit or recent(visit.began_at, trigger.at, within_days):
                count += 1
        for line in self.history:
            if line["kind"] != "visit" or line["shopper"] != trigger.visit.shopper:
                continue
            if line.get("store") == trigger.visit.store and recent(
                instant(line["at"]), trigger.at, within_days
            ):
                count += 1
        return count

    def was_sent(self, keys: dict[str, Any], trigger: Trigger) -> bool:
        # SPEC 5: "true from the `at` of a send by any channel, not of ghost or inbox"
        for decision in self.decisions:
            if decision.outcome != "send" or decision.trigger.visit.shopper != trigger.visit.shopper:
                continue
            if keys.get("campaign") not in (None, decision.trigger.campaign["id"]):
                continue
            if recent(decision.at, trigger.at, keys.get("within_days")):
                return True
        return False

    def in_history(self, kind: str, keys: dict[str, Any], trigger: Trigger) -> bool:
        for line in self.history:
            if line["kind"] != kind or line["shopper"] != trigger.visit.shopper:
                continue
            # SPEC 3: "a key left out means any, or ever"
            if keys.get("campaign") not in (None, line.get("campaign")):
                continue
            if keys.get("tag") not in (None, line.get("tag")):
                continue
            if recent(instant(line["at"]), trigger.at, keys.get("within_days")):
                return True
        return False


def recent(at: int, now: int, within_days: float | None) -> bool:
    # SPEC 5: "history counts from its `at` on"; 4: "exactly N s later is outside"
    return at <= now and (within_days is None or now - at < within_days * DAY)
