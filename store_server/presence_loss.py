"""What a gateway can no longer vouch for: its beacons count as lost from an instant on, though nobody said so (SPEC 4.9, 5)."""

from protocol.instants import Instant
from store_server.store.port import Transaction
from store_server.store.rows import GatewayKey, PresenceChangeRow


def lose_presence(tx: Transaction, gateway: GatewayKey, at: Instant, now: Instant) -> None:
    """Take everything a gateway has present for lost at `at`; what it hears later is present again."""
    rows = [row for row in tx.presence_of(gateway).values() if row.state == "present"]
    tx.put_presence([row._replace(state="lost", changed_at=at, learned_at=now) for row in rows])
    tx.add_presence_changes(
        [PresenceChangeRow(*gateway, row.uuid, row.major, row.minor, "lost", at, now) for row in rows]
    )
