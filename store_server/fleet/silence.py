"""A gateway is silent 30 s after its last presence message (SPEC 7): from then on nothing it heard counts as present."""

from protocol.instants import SECOND, Instant
from store_server.store.port import Transaction
from store_server.store.rows import GatewayKey, PresenceChangeRow, PresenceRow

SILENT_AFTER_MS = 30 * SECOND


def mark_silent_gateways(tx: Transaction, now: Instant) -> int:
    """Take the presence of gateways that fell silent for lost; return how many fell."""
    fallen = tx.fallen_silent(now - SILENT_AFTER_MS)
    for gateway, last_at in fallen:
        rows = [row for row in tx.presence_of(gateway).values() if row.state == "present"]
        silent_at = last_at + SILENT_AFTER_MS
        tx.put_presence([row._replace(state="lost", changed_at=silent_at, learned_at=now) for row in rows])
        tx.add_presence_changes([_lost(gateway, row, silent_at, now) for row in rows])
        tx.mark_silent(gateway, last_at)
    return len(fallen)


def _lost(gateway: GatewayKey, row: PresenceRow, silent_at: Instant, now: Instant) -> PresenceChangeRow:
    return PresenceChangeRow(*gateway, row.uuid, row.major, row.minor, "lost", silent_at, now)
