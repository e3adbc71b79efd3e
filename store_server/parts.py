"""What all stores lean on, noted by whoever uses it: the stages meet in this table (ARCHITECTURE, law 1)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from sqlalchemy import Engine
from sqlmodel import Session

from protocol.clock import Clock
from protocol.instants import SECOND, Instant
from store_server.db.session import writing
from store_server.db.tables import ServerPart

PUSH, BROKER, DISK = "push", "broker", "disk"
WELL, REFUSED, FAILING, UNREACHABLE, LOST, LOW = "well", "refused", "failing", "unreachable", "lost", "low"

NOTE_EVERY_MS: Instant = 5 * SECOND
"""What is found the same again is written no more often: a thousand pushes a second are one row."""
LONGEST_WHY = 200


class Part(NamedTuple):
    """One thing: a push service by its host, the broker as one process reaches it, the disk."""

    kind: str
    name: str = ""


def note_part(session: Session, part: Part, state: str, why: str, now: Instant) -> None:
    """Keep how a part was found, since when, and when last."""
    row = session.get(ServerPart, part)
    if row is None or row.state != state:
        found = ServerPart(kind=part.kind, name=part.name, state=state, since_at=now, heard_at=now)
        found.why = why[:LONGEST_WHY]
        session.merge(found)
    elif now - row.heard_at >= NOTE_EVERY_MS:
        row.heard_at, row.why = now, why[:LONGEST_WHY]


def noting(database: Engine, part: Part, clock: Clock) -> Callable[[str | None], Awaitable[None]]:
    """Return what keeps whether a part is there: told a fault, it is lost, told None, it is well."""

    def keep(fault: str | None) -> None:
        with writing(database) as session:
            note_part(session, part, WELL if fault is None else LOST, fault or "", clock.now())

    async def note(fault: str | None) -> None:
        await asyncio.to_thread(keep, fault)

    return note
