"""Rows of the hot path, in the order of their columns in store_server.db.tables: written by executemany as they are."""

from typing import NamedTuple

from protocol.identity import BeaconIdentity
from protocol.instants import Instant


class SightingRow(NamedTuple):
    """An accepted sighting."""

    shopper: str
    id: str
    at: Instant
    received_at: Instant
    install: str | None
    uuid: str
    major: int
    minor: int
    proximity: str
    kind: str
    rssi: int | None


class StateRow(NamedTuple):
    """How a shopper stands, encoded, and when that must be looked at again."""

    shopper: str
    state: bytes
    due_at: Instant | None
    store: str | None
    zone: str | None
    seen_at: Instant


class HistoryRow(NamedTuple):
    """One thing that happened to a shopper: visit, purchase, received, opened."""

    at: Instant
    kind: str
    store: str | None
    campaign: str | None
    tag: str | None


class DecisionEntry(NamedTuple):
    """What the pipeline said; `facts` is JSON."""

    at: Instant
    shopper: str
    campaign: str
    revision: int
    trigger: str
    trigger_at: Instant
    store: str
    zone: str | None
    visit_no: int
    visit_at: Instant
    stay_no: int | None
    stay_at: Instant | None
    outcome: str
    reason: str | None
    variant: str | None
    channel: str | None
    title: str | None
    body: str | None
    link: str | None
    facts: str
    near_miss: bool
    recorded_at: Instant


class MessageRow(NamedTuple):
    """A message into the outbox: queued, or born accepted where the inbox is its channel."""

    id: str
    shopper: str
    decision: int
    decision_at: Instant
    campaign: str
    store: str
    visit_no: int
    zone: str | None
    stay_no: int | None
    stay_at: Instant | None
    cancel_on_exit: bool
    channel: str
    title: str | None
    body: str
    link: str | None
    deadline_at: Instant
    state: str
    created_at: Instant
    changed_at: Instant
    accepted_at: Instant | None
    attempts: int = 0
    lease_until: Instant = 0


class CouponSourceRow(NamedTuple):
    """Where a campaign's one-time codes come from: a pattern and its secret, or, without one, the pool."""

    pattern: str | None
    secret: str


class UnsentMessage(NamedTuple):
    """A message that will not be sent and whose reservations go back."""

    id: str
    shopper: str
    decision_at: Instant
    campaign: str


class StayRef(NamedTuple):
    """One stay of a shopper, as the rules number them."""

    store: str
    visit_no: int
    zone: str
    stay_no: int


class GatewayKey(NamedTuple):
    """One gateway of one store."""

    store: str
    gateway: str


class MessageKey(NamedTuple):
    """One presence message, once and for all (SPEC 7)."""

    store: str
    gateway: str
    boot: str
    seq: int


class GatewaySigns(NamedTuple):
    """A gateway's latest signs of life, by the server's clock."""

    status: str
    status_at: Instant | None
    presence_at: Instant | None
    silent_since: Instant | None


class PresenceRow(NamedTuple):
    """What a gateway last said of a beacon or tag."""

    store: str
    gateway: str
    uuid: str
    major: int
    minor: int
    state: str
    changed_at: Instant
    first_at: Instant
    last_at: Instant
    rssi_dbm: int
    measured_power_dbm: int
    frames: int
    learned_at: Instant

    @property
    def identity(self) -> BeaconIdentity:
        return BeaconIdentity(self.uuid, self.major, self.minor)


class PresenceChangeRow(NamedTuple):
    """A beacon became present at a gateway, or was lost."""

    store: str
    gateway: str
    uuid: str
    major: int
    minor: int
    state: str
    at: Instant
    learned_at: Instant


class TagZoneRow(NamedTuple):
    """The one zone a tag is in."""

    uuid: str
    major: int
    minor: int
    kind: str
    store: str
    zone: str | None
    since_at: Instant
    frozen: bool

    @property
    def identity(self) -> BeaconIdentity:
        return BeaconIdentity(self.uuid, self.major, self.minor)


class ShopperProfile(NamedTuple):
    """A shopper as the rules read them: a line of shoppers.jsonl (SPEC 6), and until when they said "not today"."""

    line: bytes
    not_today_until: Instant | None
