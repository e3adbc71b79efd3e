"""Whether the server itself can hear gateways: while it has no broker, their silence is not theirs (SPEC 4.9)."""

from sqlmodel import Session, select

from protocol.instants import MINUTE, SECOND, Instant
from store_server.db.tables import ServerPart
from store_server.fleet.condition import UNHEARD, Condition
from store_server.parts import BROKER, LOST, WELL

FORGOTTEN_MS: Instant = 2 * MINUTE
"""A process tries the broker every 30 s at least; one that says nothing for this long is not there any more."""
COME_BACK_MS: Instant = 60 * SECOND
"""Gateways wait up to 30 s before they connect again, and then speak within 10 s."""


def broker_condition(session: Session, now: Instant) -> tuple[Condition, str] | None:
    """Return since when no process has a broker, and why; None: one has, or the server was given none."""
    rows = _rows(session)
    lost = [row for row in rows if row.state == LOST and now - row.heard_at < FORGOTTEN_MS]
    if not lost or any(row.state == WELL for row in rows):
        return None
    first = min(lost, key=lambda row: row.since_at)
    return Condition(LOST, first.since_at), first.why


def unheard(session: Session, now: Instant) -> Condition | None:
    """Return how a gateway is that says nothing while, or shortly after, nobody could hear it; None: it is silent.

    It has no instant once the broker is back: then only time will tell.
    """
    lost = broker_condition(session, now)
    if lost is not None:
        return Condition(UNHEARD, lost[0].since)
    back = [row.since_at for row in _rows(session) if row.state == WELL]
    return Condition(UNHEARD, None) if back and now - min(back) < COME_BACK_MS else None


def _rows(session: Session) -> list[ServerPart]:
    return list(session.exec(select(ServerPart).where(ServerPart.kind == BROKER)))
