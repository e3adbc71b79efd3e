"""What a decision asks of the database: budgets over all shoppers, what gateways heard, whom not to disturb."""

from collections.abc import Iterable, Iterator, Mapping

from campaigns.snapshot import BeaconPlace, Snapshot
from protocol.identity import BeaconIdentity
from protocol.instants import SECOND, Instant
from store_server.store.port import Transaction
from store_server.store.rows import GatewayKey, PresenceChangeRow, ShopperProfile

CORROBORATION_MS = 30 * SECOND
"""A gateway must have had the beacon present less than this from the sighting (SPEC 5)."""


class Budgets:
    """campaigns.decide.Ledger inside one transaction: what two workers reserve never passes a cap together."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def used(self, campaign: str, now: Instant) -> int:
        del now  # everything reserved so far counts
        return self._tx.budget_used(campaign)

    def reserve(self, campaign: str) -> None:
        self._tx.spend(campaign, 1)


class Heard:
    """campaigns.decide.Hearing: presence as known to the server, by the gateways of the beacon's zone."""

    def __init__(self, tx: Transaction, snapshot: Snapshot) -> None:
        self._tx, self._snapshot = tx, snapshot

    def heard_near(self, identity: BeaconIdentity, at: Instant, now: Instant) -> bool:
        place = self._snapshot.zone_of(identity)
        if place is None:
            return False
        since, until = at - CORROBORATION_MS, at + CORROBORATION_MS
        return any(
            present_after(self._tx.presence_changes(gateway, identity, since, until, now), since)
            for gateway in self._gateways(place)
        )

    def _gateways(self, place: BeaconPlace) -> Iterator[GatewayKey]:
        for gateway in self._snapshot.stores[place.store].plan.gateways:
            if gateway.zone == place.zone:
                yield GatewayKey(place.store, gateway.id)


def present_after(changes: Iterable[PresenceChangeRow], instant: Instant) -> bool:
    """Say whether a gateway still had the beacon present after `instant`; changes in the order of `at`."""
    present_at: Instant | None = None
    for change in changes:
        if change.state == "present":
            present_at = change.at if present_at is None else present_at
        elif present_at is not None:
            if change.at > max(instant, present_at):
                return True
            present_at = None
    return present_at is not None


class Live:
    """campaigns.decide.LiveFacts: an open call for help, or "not today", lets nothing interrupt."""

    def __init__(self, tx: Transaction, profiles: Mapping[str, ShopperProfile]) -> None:
        self._tx, self._profiles = tx, profiles

    def may_not_disturb(self, shopper: str, store: str, now: Instant) -> bool:
        profile = self._profiles.get(shopper)
        until = profile.not_today_until if profile else None
        return (until is not None and now < until) or self._tx.has_open_call(shopper, store)
