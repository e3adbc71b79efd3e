"""A lease: a timed claim, in the database, on a role that only one process may play at a time."""

from dataclasses import dataclass

from sqlalchemy.dialects.sqlite import insert
from sqlmodel import Session, or_

from protocol.instants import Instant
from store_server.db.tables import Lease as LeaseRow


@dataclass(frozen=True, slots=True)
class Lease:
    """Proof that `owner` plays the role until `until`, unless renewed before."""

    name: str
    owner: str
    until: Instant

    def holds(self, now: Instant) -> bool:
        return now < self.until


def claim_lease(session: Session, name: str, owner: str, now: Instant, span_ms: Instant) -> Lease | None:
    """Take or renew a lease; None while another owner holds it."""
    row = LeaseRow.__table__.c  # type: ignore[attr-defined]  # SQLModel types hide the table
    until = now + span_ms
    taken = (
        insert(LeaseRow)
        .values(name=name, owner=owner, until=until)
        .on_conflict_do_update(
            index_elements=["name"],
            set_={"owner": owner, "until": until},
            where=or_(row.owner == owner, row.until <= now),
        )
        .returning(row.owner)
    )
    return Lease(name, owner, until) if session.exec(taken).first() is not None else None
