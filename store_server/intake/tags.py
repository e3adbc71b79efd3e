"""The zone of each tag, kept in the database as fusion over the store's gateways sees it (SPEC 4.9, 9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from protocol.identity import BeaconIdentity
from protocol.instants import Instant
from protocol.plan import StorePlan
from store_server.intake.fusion import SILENT_AFTER_MS, Fusion, GatewayChange, Hearing, ZoneChange
from store_server.intake.presence import PRESENT, RADIO_DEAD, Arrived, keeps_time
from store_server.rules import RunningRules
from store_server.store.port import Transaction
from store_server.store.rows import GatewayKey, GatewaySigns, PresenceRow, TagZoneRow

SETTLED: Instant = 0


@dataclass(slots=True)
class _Floor:
    """One store's fusion, for as long as its plan stays the same."""

    plan: StorePlan
    fusion: Fusion
    owed: dict[BeaconIdentity, Instant]
    """Tags whose kept row is looked at next, with when they moved, SETTLED where only their zone fell silent or came back.

    A write may be undone with its transaction, so it is owed until it is seen there.
    """
    silent: set[str] = field(default_factory=set)

    def note(self, change: ZoneChange | GatewayChange) -> None:
        """Take in what fusion decided."""
        if isinstance(change, ZoneChange):
            self.owed[change.identity] = change.at
            return
        if change.state == "silent":
            self.silent.add(change.gateway)
        else:
            self.silent.discard(change.gateway)
        zones = {place.zone for place in self.plan.gateways if place.id == change.gateway}
        for identity in (tag for zone in zones for tag in self.fusion.tags_in(zone)):
            self.owed.setdefault(identity, SETTLED)


class TagZones:
    """Follows presence as it is taken in. What it remembers is made again from the zones and the presence that are kept."""

    def __init__(self, rules: RunningRules) -> None:
        self._rules = rules
        self._floors: dict[str, _Floor] = {}

    def follow(self, tx: Transaction, fresh: Sequence[Arrived], now: Instant) -> None:
        """Take in new messages and write what changed."""
        self._open_floors(tx)
        for one in fresh:
            floor = self._floors.get(one.address.store)
            if floor is None:
                continue
            message = one.message
            shift = 0 if keeps_time(message, now) else now - message.sent_at
            hearings = (
                Hearing(b.identity, b.state == PRESENT, b.last_at + shift, b.rssi_dbm)
                for b in message.beacons
            )
            floor.fusion.report(one.address.gateway, message.sent_at + shift, hearings, now)
        self.settle(tx, now)

    def settle(self, tx: Transaction, now: Instant) -> None:
        """Decide every tag's zone by now and write what differs from what is kept."""
        self._open_floors(tx)
        for floor in self._floors.values():
            for change in floor.fusion.settle(now):
                floor.note(change)
            if floor.owed:
                rows = _differences(floor, tx.tag_zones(floor.owed), now)
                floor.owed = {row.identity: floor.owed[row.identity] for row in rows}
                tx.put_tag_zones(rows)

    def _open_floors(self, tx: Transaction) -> None:
        stores = self._rules.current(tx).stores
        for name in [name for name in self._floors if name not in stores]:
            del self._floors[name]
        for name, rules in stores.items():
            known = self._floors.get(name)
            if rules.plan.tags and (known is None or known.plan is not rules.plan):
                self._floors[name] = _remembered(tx, rules.plan)


def _remembered(tx: Transaction, plan: StorePlan) -> _Floor:
    """Return a store's fusion that knows where each tag was and what each gateway last said."""
    fusion = Fusion(plan.gateways, (tag.uuid for tag in plan.tags))
    uuids = {tag.uuid for tag in plan.tags}
    placed = tx.placed_tags(plan.id)
    for row in placed:
        if row.zone is not None and row.zone in plan.zone_ids and row.uuid in uuids:
            fusion.remember(row.identity, row.zone)
    for place in plan.gateways:
        key = GatewayKey(plan.id, place.id)
        signs = tx.gateway_signs(key)
        if signs is not None and signs.presence_at is not None:
            heard = [_hearing(row, signs) for row in tx.presence_of(key).values()]
            last_at = max((hearing.last_at for hearing in heard), default=signs.presence_at)
            fusion.report(place.id, last_at, heard, signs.presence_at)
    return _Floor(plan, fusion, {row.identity: SETTLED for row in placed})


def _hearing(row: PresenceRow, signs: GatewaySigns) -> Hearing:
    """Return what a gateway last said itself: a loss that its silence counted as is not its word (presence_loss)."""
    silent = signs.silent_since is not None and row.changed_at == signs.silent_since + SILENT_AFTER_MS
    deaf = signs.status == RADIO_DEAD and signs.status_at is not None and row.changed_at >= signs.status_at
    present = row.state == PRESENT or silent or deaf
    return Hearing(row.identity, present, row.last_at, row.rssi_dbm)


def _differences(floor: _Floor, kept: Mapping[BeaconIdentity, TagZoneRow], now: Instant) -> list[TagZoneRow]:
    """Return the rows of owed tags that are not kept as they should be."""
    rows = []
    for identity, moved_at in sorted(floor.owed.items()):
        before = kept.get(identity)
        row = _row(floor, identity, before, now)
        if row != before and not _is_elsewhere(before, row, moved_at):
            rows.append(row)
    return rows


def _row(floor: _Floor, identity: BeaconIdentity, before: TagZoneRow | None, now: Instant) -> TagZoneRow:
    store, zone = floor.plan.id, floor.fusion.zone_of(identity)
    kinds = {tag.uuid: tag.kind for tag in floor.plan.tags}
    kind = kinds.get(identity.uuid, before.kind if before else "")
    stayed = before is not None and (before.store, before.zone) == (store, zone)
    since_at = before.since_at if before is not None and stayed else now
    return TagZoneRow(*identity, kind, store, zone, since_at, _frozen(floor, zone))


def _is_elsewhere(before: TagZoneRow | None, row: TagZoneRow, moved_at: Instant) -> bool:
    """Say whether another store has a tag: it left here, or came there no earlier than it moved here."""
    if before is None or before.store == row.store:
        return False
    return row.zone is None or before.since_at >= moved_at


def _frozen(floor: _Floor, zone: str | None) -> bool:
    """Say whether no gateway of the zone is left that could see a tag go."""
    gateways = {place.id for place in floor.plan.gateways if place.zone == zone}
    return bool(gateways) and gateways <= floor.silent
