"""Sightings older than a day keep only what their stays need, without install and signal strength (SPEC 4; FIELD-NOTES)."""

from typing import Final

from sqlalchemy import ColumnElement, and_, delete, false, update
from sqlmodel import Session, col, select

from campaigns.thinning import needed
from protocol.identity import BeaconIdentity
from protocol.instants import HOUR, Instant
from protocol.sighting import BANDS
from protocol.sighting import Sighting as Seen
from store_server.db.tables import Sighting

WHOLE_MS: Final = 24 * HOUR
"""How long every sighting is kept as it came."""

SHOPPERS = 50
"""Shoppers thinned in one transaction: uploads wait for it, at most some hundred milliseconds."""

IDS = 500
"""Rows named in one statement."""


def thin(session: Session, now: Instant, gap: Instant) -> int | None:
    """Thin one batch of shoppers and return how many sightings went; None where nothing is left to thin.

    Whatever is a day old has arrived, so a shopper's whole day is at hand, each part once.
    """
    old = and_(col(Sighting.thinned) == false(), col(Sighting.at) <= now - WHOLE_MS)
    shoppers = session.exec(select(Sighting.shopper).where(old).distinct().limit(SHOPPERS)).all()
    if not shoppers:
        return None
    return sum(_thin_one(session, shopper, old, gap) for shopper in shoppers)


def _thin_one(session: Session, shopper: str, old: ColumnElement[bool], gap: Instant) -> int:
    mine = and_(col(Sighting.shopper) == shopper, old)
    seen = [_seen(row) for row in session.exec(select(Sighting).where(mine))]
    seen.sort(key=lambda one: (one.at, one.id))
    kept = {one.id for one in needed(seen, gap)}
    gone = [one.id for one in seen if one.id not in kept]
    for start in range(0, len(gone), IDS):
        some = gone[start : start + IDS]
        session.exec(delete(Sighting).where(col(Sighting.shopper) == shopper, col(Sighting.id).in_(some)))
    session.exec(update(Sighting).where(mine).values(thinned=True, install=None, rssi=None))
    return len(gone)


def _seen(row: Sighting) -> Seen:
    identity = BeaconIdentity(row.uuid, row.major, row.minor)
    return Seen(row.id, row.at, row.shopper, identity, BANDS[row.proximity], row.kind)
