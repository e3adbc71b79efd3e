"""The port: work runs inside one durable transaction, many works share a commit (ARCHITECTURE, laws 3 and 4).

A work is a plain function of a `Transaction`; it may be run again after a failure, so it changes nothing else.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol, TypeAlias, TypeVar

from protocol.identity import BeaconIdentity
from protocol.instants import Instant
from store_server.store.rows import (
    CouponSourceRow,
    DecisionEntry,
    GatewayKey,
    GatewaySigns,
    HistoryRow,
    MessageKey,
    MessageRow,
    PresenceChangeRow,
    PresenceRow,
    ShopperProfile,
    SightingRow,
    StateRow,
    StayRef,
    TagZoneRow,
    UnsentMessage,
)

T = TypeVar("T")


class ShopperTransaction(Protocol):
    """What the engine asks of one transaction: shoppers, states, decisions, budgets, messages."""

    def rules_version(self) -> int:
        """Return a number that changes whenever a plan or campaign was applied."""
        ...

    def plan_texts(self) -> dict[str, tuple[int, str]]:
        """Return the running plan of each store: revision and text."""
        ...

    def campaign_texts(self) -> dict[str, tuple[int, str]]:
        """Return the running document of each campaign: revision and text."""
        ...

    def plan_before(self, store: str, revision: int) -> tuple[int, str] | None:
        """Return the plan that ran before a revision; None: there was none."""
        ...

    def campaign_before(self, campaign: str, revision: int) -> tuple[int, str] | None:
        """Return the document that ran before a revision; None: there was none."""
        ...

    def profiles(self, shoppers: Collection[str]) -> dict[str, ShopperProfile]: ...

    def known_sightings(self, shopper: str, ids: Collection[str]) -> set[str]: ...

    def add_sightings(self, rows: Sequence[SightingRow]) -> None: ...

    def states(self, shoppers: Collection[str]) -> dict[str, bytes]: ...

    def history(self, shopper: str) -> list[HistoryRow]:
        """Return what happened to a shopper outside our decisions, messages opened too, by instant."""
        ...

    def put_states(self, rows: Sequence[StateRow]) -> None:
        """Write states; a row without a zone keeps the store and zone last known."""
        ...

    def put_off(self, shopper: str, due_at: Instant) -> None:
        """Let a shopper be due only at an instant, whatever their state says."""
        ...

    def due_shoppers(self, now: Instant, limit: int) -> list[str]:
        """Return shoppers with something due up to `now`, the longest waiting first."""
        ...

    def next_due(self) -> Instant | None: ...

    def budget_used(self, campaign: str) -> int: ...

    def spend(self, campaign: str, amount: int) -> None:
        """Add to a campaign's spent budget; a negative amount gives back."""
        ...

    def add_decisions(self, rows: Sequence[DecisionEntry]) -> list[int]:
        """Write decisions and return their numbers, in the same order."""
        ...

    def add_messages(self, rows: Sequence[MessageRow]) -> None: ...

    def cancel_stays(self, shopper: str, ended: Collection[StayRef], now: Instant) -> list[UnsentMessage]:
        """Cancel what is still queued for stays that ended; what may have been taken ends too, and is not returned."""
        ...

    def has_open_call(self, shopper: str, store: str) -> bool: ...

    def coupon_source(self, campaign: str) -> CouponSourceRow | None: ...

    def coupon_of(self, campaign: str, shopper: str) -> str | None: ...

    def free_coupons(self, campaign: str, limit: int) -> list[str]:
        """Return codes of the pool that nobody has, in its order."""
        ...

    def claim_coupon(self, campaign: str, shopper: str, code: str, now: Instant) -> bool:
        """Give a code to a shopper unless anybody ever had it."""
        ...

    def count_ignored(self, door: str, counts: Mapping[str, int], now: Instant) -> None: ...

    def count_near_misses(self, steps: Mapping[tuple[str, str], int], now: Instant) -> None:
        """Count by (campaign, step)."""
        ...


class FloorTransaction(Protocol):
    """What the intake of gateways asks of one transaction."""

    def known_messages(self, keys: Collection[MessageKey]) -> set[MessageKey]: ...

    def add_gateway_messages(self, keys: Collection[MessageKey], now: Instant) -> None: ...

    def presence_of(self, gateway: GatewayKey) -> dict[BeaconIdentity, PresenceRow]:
        """Return everything a gateway heard: for what happens seldom."""
        ...

    def presence_among(
        self, gateway: GatewayKey, identities: Collection[BeaconIdentity]
    ) -> dict[BeaconIdentity, PresenceRow]:
        """Return what a gateway heard of some beacons, however many others are kept."""
        ...

    def put_presence(self, rows: Sequence[PresenceRow]) -> None: ...

    def add_presence_changes(self, rows: Sequence[PresenceChangeRow]) -> None:
        """Write changes; one known before changes nothing."""
        ...

    def presence_changes(
        self, gateway: GatewayKey, identity: BeaconIdentity, since: Instant, until: Instant, now: Instant
    ) -> list[PresenceChangeRow]:
        """Return what was known by `now` of a beacon: its last change before `since`, then those before `until`."""
        ...

    def put_gateway_presence(self, gateway: GatewayKey, now: Instant) -> None:
        """Note that presence came from a gateway: it is not silent."""
        ...

    def put_gateway_status(self, gateway: GatewayKey, status: str, now: Instant) -> None: ...

    def revoked_among(self, gateways: Collection[GatewayKey], now: Instant) -> set[GatewayKey]:
        """Return those whose certificate was revoked and who have no other that counts."""
        ...

    def put_gateway_health(self, gateway: GatewayKey, health: bytes, now: Instant) -> None: ...

    def put_gateway_clock(
        self, gateway: GatewayKey, ahead_ms: int | None, tolerated_ms: int, now: Instant
    ) -> None:
        """Note how far a known gateway's clock is ahead, and since when too far; of ten seconds the least late message counts."""
        ...

    def put_gateway_spool(self, gateway: GatewayKey, dropped: int, fault: bool, now: Instant) -> None:
        """Note since when a known gateway's spool is full: it reports a fault, or gave up more than last time."""
        ...

    def gateway_signs(self, gateway: GatewayKey) -> GatewaySigns | None:
        """Return a gateway's signs of life; None: there never was one."""
        ...

    def fallen_silent(self, before: Instant) -> list[tuple[GatewayKey, Instant]]:
        """Return gateways not yet marked silent whose last presence came at or before `before`, and when."""
        ...

    def mark_silent(self, gateway: GatewayKey, since: Instant) -> None: ...

    def placed_tags(self, store: str) -> list[TagZoneRow]:
        """Return every tag that is in a zone of a store: for what happens seldom."""
        ...

    def tag_zones(self, identities: Collection[BeaconIdentity]) -> dict[BeaconIdentity, TagZoneRow]:
        """Return where some tags are, in whatever store, however many others are kept."""
        ...

    def put_tag_zones(self, rows: Sequence[TagZoneRow]) -> None: ...


class Transaction(ShopperTransaction, FloorTransaction, Protocol):
    """Everything the hot path may do before one commit."""


Work: TypeAlias = Callable[[Transaction], T]


class Store(Protocol):
    """Where the hot path writes."""

    async def transact(self, work: Work[T]) -> T:
        """Run `work` and return what it returned once that is durable. Raises what `work` raised, or StoreError."""
        ...
