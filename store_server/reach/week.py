"""The week as kept: sightings, shoppers, their past, and what gateways heard, ready for campaigns.simulate (SPEC 4, 5)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import tuple_
from sqlmodel import Session, col, func, select

from campaigns.shopper import Shopper, ShopperLine
from campaigns.simulate import Perceived, PresenceLine, Seen
from campaigns.snapshot import Snapshot
from campaigns.state import History
from protocol.identity import BeaconIdentity
from protocol.instants import DAY, Instant
from protocol.sighting import BANDS
from store_server.db.tables import PresenceChange, ShopperRow, Sighting
from store_server.past import ROWS, PastLine, past_lines

_COLUMNS = ("at", "shopper", "uuid", "major", "minor", "proximity", "kind")
WEEK_MS: Instant = 7 * DAY


@dataclass(frozen=True, slots=True)
class Past:
    """History by shopper, and when each campaign's budget was spent before."""

    by_shopper: Mapping[str, History]
    received: Mapping[str, list[Instant]]


def kept_since(session: Session, now: Instant) -> Instant:
    """Return the instant from which sightings are at hand: a week ago, or when the first kept one came."""
    kept = select(func.min(Sighting.at)).where(col(Sighting.at) >= now - WEEK_MS)
    first: int | None = session.exec(kept).one()
    return now - WEEK_MS if first is None else first


def shoppers_seen(session: Session, since: Instant) -> dict[str, Shopper]:
    """Return everyone seen since, who agrees to be perceived as of now: a consent taken back counts for the past too."""
    seen = select(Sighting.shopper).where(col(Sighting.at) >= since).distinct()
    rows = session.exec(
        select(ShopperRow).where(col(ShopperRow.id).in_(seen)).execution_options(yield_per=ROWS)
    )
    found = (_shopper(row) for row in rows)
    return {one.id: one for one in found if one.consents("proximity")}


def shopper_alone(session: Session, shopper: str) -> dict[str, Shopper]:
    """Return one shopper, or nobody where they are not known or do not agree to be perceived as of now."""
    row = session.get(ShopperRow, shopper)
    one = _shopper(row) if row is not None else None
    return {shopper: one} if one is not None and one.consents("proximity") else {}


def past_of(lines: Iterable[PastLine], shoppers: Mapping[str, Shopper]) -> Past:
    """Return the past of these shoppers; budgets are spent by everyone."""
    histories: dict[str, History] = defaultdict(History)
    received: dict[str, list[Instant]] = defaultdict(list)
    for one in lines:
        if one.kind == "received" and one.campaign is not None:
            received[one.campaign].append(one.at)
        if one.shopper not in shoppers:
            continue
        histories[one.shopper].add(one.kind, one.at, one.store, one.campaign, one.tag)
    return Past(dict(histories), dict(received))


def past(session: Session, since: Instant, shoppers: Mapping[str, Shopper]) -> Past:
    return past_of(past_lines(session, since), shoppers)


def presence(session: Session, of: Collection[BeaconIdentity] | None = None) -> Iterator[PresenceLine]:
    """Yield what gateways heard, of all beacons or of some, in order of its instants."""
    query = select(PresenceChange)
    if of is not None:
        changed = tuple_(col(PresenceChange.uuid), col(PresenceChange.major), col(PresenceChange.minor))
        query = query.where(changed.in_([tuple(identity) for identity in of]))
    query = query.order_by(col(PresenceChange.at), col(PresenceChange.learned_at), col(PresenceChange.seq))
    for row in session.exec(query.execution_options(yield_per=ROWS)):
        identity = BeaconIdentity(row.uuid, row.major, row.minor)
        yield PresenceLine(row.at, row.gateway, identity, row.state == "present")


def sightings(
    session: Session,
    since: Instant,
    shoppers: Mapping[str, Shopper],
    snapshot: Snapshot,
    only: str | None = None,
) -> Iterator[Seen]:
    """Yield the counting sightings since, in order of instant, id and shopper; a few thousand in memory at a time.

    With `only`, those of one shopper are read and no others.
    """
    query: Any = select(*(getattr(Sighting, name) for name in _COLUMNS)).where(col(Sighting.at) >= since)
    if only is not None:
        query = query.where(Sighting.shopper == only)
    query = query.order_by(col(Sighting.at), col(Sighting.id), col(Sighting.shopper))
    known: dict[tuple[str, int, int, str, str], Perceived | None] = {}
    for row in session.exec(query.execution_options(yield_per=ROWS)):
        at, shopper, *written = row
        what = tuple(written)
        if what not in known:
            known[what] = _perceived(snapshot, *what)
        perceived = known[what]
        if perceived is not None and shopper in shoppers:
            yield at, shopper, perceived


def _perceived(
    snapshot: Snapshot, uuid: str, major: int, minor: int, proximity: str, kind: str
) -> Perceived | None:
    """Return what a kept sighting says, or None where its beacon is unknown by now."""
    identity = BeaconIdentity(uuid, major, minor)
    place = snapshot.zone_of(identity)
    return None if place is None else Perceived(identity, place, BANDS[proximity], kind)


def _shopper(row: ShopperRow) -> Shopper:
    line = {
        "id": row.id,
        "locale": row.locale,
        "tier": row.tier,
        "tags": row.tags,
        "attributes": row.attributes,
        "consent": row.consent,
        "quiet_hours": row.quiet_hours,
        "channels": row.channels,
    }
    return msgspec.convert(line, ShopperLine).shopper()
