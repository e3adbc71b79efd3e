"""A gateway is silent 30 s after its last presence message (SPEC 7): from then on nothing it heard counts as present."""

from protocol.instants import SECOND, Instant
from store_server.presence_loss import lose_presence
from store_server.store.port import Transaction

SILENT_AFTER_MS = 30 * SECOND


def mark_silent_gateways(tx: Transaction, now: Instant) -> int:
    """Take the presence of gateways that fell silent for lost; return how many fell."""
    fallen = tx.fallen_silent(now - SILENT_AFTER_MS)
    for gateway, last_at in fallen:
        lose_presence(tx, gateway, last_at + SILENT_AFTER_MS, now)
        tx.mark_silent(gateway, last_at)
    return len(fallen)
