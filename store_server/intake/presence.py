"""Transaction A for gateways: presence messages -> what each hears now, and every change of it (SPEC 7, 9).

Messages come late, twice and out of order (a gateway sends what is live before its backlog): a change is known by its
own instant, and what a gateway says now yields only to what it said later.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from campaigns.snapshot import Snapshot
from protocol.identity import BeaconIdentity
from protocol.instants import SECOND, Instant
from protocol.messages import BeaconPresence, Presence
from protocol.topics import GatewayAddress
from store_server.store.port import Transaction
from store_server.store.rows import GatewayKey, MessageKey, PresenceChangeRow, PresenceRow

PRESENT, LOST = "present", "lost"
RADIO_DEAD = "radio-dead"
"""A gateway's word that it still talks, but hears nothing and vouches for nothing."""

CLOCK_TOLERATED_MS: Instant = 15 * SECOND
"""Half of what corroboration allows either way (SPEC 5): beyond, what a gateway hears is soon dated into another moment."""


AHEAD_MS: Instant = 120 * SECOND
"""As far ahead of us as a sighting may be (SPEC 4.1)."""


class Arrived(NamedTuple):
    """One well-formed presence message and where it came from."""

    address: GatewayAddress
    message: Presence

    @property
    def key(self) -> MessageKey:
        return MessageKey(*self.address, self.message.boot, self.message.seq)


@dataclass(slots=True)
class PresenceTaken:
    """What became of a batch: what may be acknowledged once committed, what was new, what was passed over."""

    acknowledge: list[MessageKey] = field(default_factory=list)
    fresh: list[Arrived] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    revoked: set[GatewayAddress] = field(default_factory=set)
    """Who spoke although no certificate of theirs counts any more."""


def take_presence(
    tx: Transaction, snapshot: Snapshot, arrived: Sequence[Arrived], now: Instant
) -> PresenceTaken:
    """Keep a batch of presence messages. Taking one again changes nothing and acknowledges it again."""
    taken = PresenceTaken()
    known = tx.known_messages({one.key for one in arrived})
    for one in arrived:
        if not is_planned(snapshot, one.address):
            taken.ignored["unknown_gateway"] += 1  # not acknowledged: its spool waits until it is in the plan
            continue
        taken.acknowledge.append(one.key)
        if one.key in known:
            taken.ignored["duplicate"] += 1
            continue
        known.add(one.key)
        taken.fresh.append(one)
    tx.add_gateway_messages([one.key for one in taken.fresh], now)
    for address in dict.fromkeys(one.address for one in taken.fresh):
        messages = [one.message for one in taken.fresh if one.address == address]
        _Gateway(tx, snapshot, GatewayKey(*address), messages, now).take(taken.ignored)
    return taken


def is_planned(snapshot: Snapshot, address: GatewayAddress) -> bool:
    """Say whether a gateway is in its store's plan: nobody else is listened to."""
    rules = snapshot.stores.get(address.store)
    return rules is not None and any(place.id == address.gateway for place in rules.plan.gateways)


def keeps_time(message: Presence, now: Instant) -> bool:
    """Say whether a message's instants are to be believed; of one that does not, only its spans are: its "now" is ours.

    A clock that was never set is elsewhere. What is said to come from the future would be the newest until then.
    """
    return message.clock_synced and message.sent_at <= now + AHEAD_MS


class _Gateway:
    """What one gateway says in this batch, laid over what it said before."""

    def __init__(
        self, tx: Transaction, snapshot: Snapshot, key: GatewayKey, messages: Sequence[Presence], now: Instant
    ) -> None:
        self._tx, self._key, self._messages, self._now = tx, key, messages, now
        self._allowed = snapshot.stores[key.store].plan.allowed_uuids
        heard = {beacon.identity for message in messages for beacon in message.beacons}
        self._rows = tx.presence_among(key, {one for one in heard if one.uuid in self._allowed})
        self._touched: dict[BeaconIdentity, PresenceRow] = {}
        self._changes: list[PresenceChangeRow] = []

    def take(self, ignored: Counter[str]) -> None:
        for message in self._messages:
            told = keeps_time(message, self._now)
            shift = 0 if told else self._now - message.sent_at
            for beacon in message.beacons:
                if beacon.uuid in self._allowed:
                    # An unset clock's message may be sent long after it was written: its loss was after `last_at`.
                    lost_at = message.sent_at if told else beacon.last_at
                    self._hear(beacon, lost_at, shift)
                else:
                    ignored["unlisted_uuid"] += 1
        self._tx.put_presence(list(self._touched.values()))
        self._tx.add_presence_changes(self._changes)
        self._tx.put_gateway_presence(self._key, self._now)
        ahead = [message.sent_at - self._now for message in self._messages if message.clock_synced]
        self._tx.put_gateway_clock(self._key, max(ahead, default=None), CLOCK_TOLERATED_MS, self._now)

    def _hear(self, beacon: BeaconPresence, lost_at: Instant, shift: Instant) -> None:
        row = PresenceRow(
            *self._key,
            uuid=beacon.uuid,
            major=beacon.major,
            minor=beacon.minor,
            state=beacon.state,
            changed_at=(lost_at if beacon.state == LOST else beacon.first_at) + shift,
            first_at=beacon.first_at + shift,
            last_at=beacon.last_at + shift,
            rssi_dbm=beacon.rssi_dbm,
            measured_power_dbm=beacon.measured_power_dbm,
            frames=beacon.count,
            learned_at=self._now,
        )
        before = self._rows.get(beacon.identity)
        row = _continued(before, row)
        if before is None or (before.state, before.changed_at) != (row.state, row.changed_at):
            change = PresenceChangeRow(
                *self._key, row.uuid, row.major, row.minor, row.state, row.changed_at, self._now
            )
            self._changes.append(change)
        if before is None or _is_newer(before, row):
            self._rows[beacon.identity] = self._touched[beacon.identity] = row


def _continued(before: PresenceRow | None, row: PresenceRow) -> PresenceRow:
    """Return the row with the instant of its change where it goes on with what was known before."""
    if before is None or before.state != LOST:
        return row
    if row.state == LOST and row.first_at == before.first_at:
        return row._replace(changed_at=before.changed_at)
    if row.state == PRESENT and row.first_at <= before.changed_at < row.last_at:
        return row._replace(changed_at=before.changed_at)  # its gateway's silence had counted as a loss
    return row


def _is_newer(before: PresenceRow, row: PresenceRow) -> bool:
    """Say whether a row tells more than what is known; backlog from before a loss does not undo it."""
    if before.state == LOST and row.state == PRESENT:
        return row.last_at > before.changed_at
    return row.last_at >= before.last_at
