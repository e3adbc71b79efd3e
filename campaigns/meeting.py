"""Which campaigns may meet in arbitration, and who goes first (SPEC 5): same store and zone, and somebody in both audiences. Pure."""

from collections.abc import Iterable

from campaigns.conditions import AllOf
from campaigns.document import INTERRUPTING, Campaign
from campaigns.lint.logic import nobody


def meets(one: Campaign, other: Campaign) -> bool:
    """Say whether two campaigns may compete for one shopper's moment; schedules are not looked at."""
    return (
        one.id != other.id
        and _share_a_store(one, other)
        and one.trigger.zone == other.trigger.zone
        and (one.trigger.zone is not None or one.trigger.on == other.trigger.on)
        and _interrupts(one)
        and _interrupts(other)
        and not _apart(one, other)
    )


def goes_first(one: Campaign, other: Campaign) -> bool:
    """Say whether `one` is taken before `other`: by priority, then by id."""
    return (-one.priority, one.id) < (-other.priority, other.id)


def rivals(one: Campaign, campaigns: Iterable[Campaign]) -> list[Campaign]:
    """Return the live campaigns that may meet one, in the order in which they would be taken."""
    found = [other for other in campaigns if other.status == "live" and meets(one, other)]
    return sorted(found, key=lambda other: (-other.priority, other.id))


def _share_a_store(one: Campaign, other: Campaign) -> bool:
    return one.stores is None or other.stores is None or not one.stores.isdisjoint(other.stores)


def _interrupts(campaign: Campaign) -> bool:
    return not INTERRUPTING.isdisjoint(campaign.channels)


def _apart(one: Campaign, other: Campaign) -> bool:
    """Say whether nobody can be in both audiences."""
    parts = tuple(audience for audience in (one.audience, other.audience) if audience is not None)
    return bool(parts) and nobody(AllOf(parts), one.trigger, private=True)
