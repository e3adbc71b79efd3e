"""Transaction A: one shopper's batch of sightings -> states, decisions, messages (SPEC 4.1; ARCHITECTURE, law 3)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.late import LATE_MS
from campaigns.shopper import Shopper
from protocol.instants import SECOND, Instant
from protocol.sighting import Sighting, SightingLine
from store_server.engine.turn import Turn
from store_server.store.port import Transaction
from store_server.store.rows import SightingRow

MAX_AHEAD_MS = 120 * SECOND
"""A sighting further ahead of now is ignored (SPEC 4.1), as is one more than `LATE_MS` behind it."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A batch as one install sent it; the shopper is derived from the install's credential."""

    shopper: str
    install: str | None
    lines: Sequence[SightingLine]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an upload: counts, and when the shopper must be looked at again."""

    accepted: int
    ignored: dict[str, int]
    due_at: Instant | None = None
    messages: int = 0


@dataclass(frozen=True, slots=True)
class _Read:
    line: SightingLine
    sighting: Sighting


def take_sightings(tx: Transaction, turn: Turn, upload: Upload) -> Taken:
    """Judge, keep and act on an upload. Sending it again changes nothing."""
    read = [_Read(line, line.sighting(upload.shopper)) for line in upload.lines]
    read.sort(key=lambda one: (one.sighting.at, one.sighting.id))
    shopper = turn.shopper(upload.shopper)
    ignored: Counter[str] = Counter()
    fresh = _sift(tx, turn, shopper, read, ignored)
    if ignored:
        tx.count_ignored("http", ignored, turn.now)
    if shopper is None or not fresh:
        return Taken(0, dict(ignored))
    tx.add_sightings([_row(one, upload.install, turn.now) for one in fresh])
    state = turn.state(shopper.id)
    outcome = turn.decider.sight(state, shopper, [one.sighting for one in fresh], turn.now)
    turn.journal.write(shopper.id, state, outcome)
    due_at = turn.keep(shopper.id, state, _last_place(turn, fresh))
    return Taken(len(fresh), dict(ignored), due_at, turn.journal.messages)


def _sift(
    tx: Transaction, turn: Turn, shopper: Shopper | None, read: Sequence[_Read], ignored: Counter[str]
) -> list[_Read]:
    """Return what counts; of doubles the earlier `at`, then the first of the upload."""
    ids = {one.sighting.id for one in read}
    known = tx.known_sightings(shopper.id, ids) if shopper and ids else set()
    fresh = []
    for one in read:
        reason = _why_ignored(turn, shopper, one.sighting, known)
        if reason is not None:
            ignored[reason] += 1
            continue
        known.add(one.sighting.id)
        fresh.append(one)
    return fresh


def _why_ignored(turn: Turn, shopper: Shopper | None, one: Sighting, known: set[str]) -> str | None:
    if turn.snapshot.zone_of(one.identity) is None:
        return "unknown_beacon"
    if shopper is None:
        return "no_consent"
    if one.id in known:
        return "duplicate"
    if one.at > turn.now + MAX_AHEAD_MS:
        return "too_far_ahead"
    if one.at < turn.now - LATE_MS:
        return "too_old"
    return None


def _row(one: _Read, install: str | None, now: Instant) -> SightingRow:
    line, sighting = one.line, one.sighting
    return SightingRow(
        shopper=sighting.shopper,
        id=sighting.id,
        at=sighting.at,
        received_at=now,
        install=install,
        uuid=sighting.identity.uuid,
        major=sighting.identity.major,
        minor=sighting.identity.minor,
        proximity=line.proximity or "unknown",
        kind=sighting.kind,
        rssi=None if line.rssi is None else round(line.rssi),
    )


def _last_place(turn: Turn, fresh: Sequence[_Read]) -> tuple[str | None, str | None]:
    place = turn.snapshot.zone_of(fresh[-1].sighting.identity)
    return (None, None) if place is None else (place.store, place.zone)
