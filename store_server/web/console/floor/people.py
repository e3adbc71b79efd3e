"""Who is where on the floor now, as nameless dots: open stays of shoppers, zones of tags. Pure."""

from collections.abc import Iterable

from campaigns.state import Stay, decode_state
from campaigns.stays import is_open_at
from protocol.instants import Instant
from protocol.plan import StorePlan
from protocol.policy import Policy
from store_server.db.tables import ShopperStateRow, TagZone
from store_server.web.console.floor.drawing import Someone


def people_on_floor(
    plan: StorePlan, shoppers: Iterable[ShopperStateRow], tags: Iterable[TagZone], now: Instant
) -> list[Someone]:
    """Return everyone to draw: a shopper once, in the zone of the latest sign of life; each placed tag."""
    people = [someone for row in shoppers if (someone := _shopper(plan, row, now)) is not None]
    for tag in tags:
        if tag.zone in plan.zone_ids:
            key = f"{tag.uuid}/{tag.major}/{tag.minor}"
            people.append(Someone(key, tag.zone or "", tag.kind, "frozen" if tag.frozen else "here"))
    return people


def _shopper(plan: StorePlan, row: ShopperStateRow, now: Instant) -> Someone | None:
    visit = decode_state(row.state).presence.visits.get(plan.id)
    stays = visit.stays if visit is not None else {}
    # The state settles only after the upload lag; the row itself says at once where the phone was last seen.
    if row.zone in plan.zone_ids and now - row.seen_at < plan.policy.exit_grace_ms:
        held = row.zone in stays and stays[row.zone].held
        return Someone(row.shopper, row.zone or "", "shopper", "resting" if held else "here")
    latest = _latest_open(stays.values(), plan.policy, now)
    if latest is None or latest.zone not in plan.zone_ids:
        return None
    return Someone(row.shopper, latest.zone, "shopper", "resting" if latest.held else "here")


def _latest_open(stays: Iterable[Stay], policy: Policy, now: Instant) -> Stay | None:
    return max(
        (stay for stay in stays if is_open_at(stay, policy, now)), key=lambda s: s.last_at, default=None
    )
