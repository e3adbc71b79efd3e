"""What is remembered of one shopper: visits, stays, the open window, what was sent. One row a shopper in the database.

All of it is a tree: without cycles, the garbage collector need not walk through every shopper (a tenth of `simulate`).
"""

import msgspec

from protocol.instants import Instant


class Stay(msgspec.Struct, gc=False):
    """A shopper in a zone (SPEC 4.3-4.6)."""

    zone: str
    no: int
    """The how-manieth stay of this zone in its visit."""
    opened_at: Instant
    first_at: list[Instant | None]
    """First seen at immediate, at near or closer, at far or closer."""
    last_at: Instant
    """Latest counting sighting."""
    held: bool = False
    ended_at: Instant | None = None
    exited: bool = False
    """Whether `exit` has fired: once per stay, however often it reopens."""
    dwelt: set[str] = msgspec.field(default_factory=set)
    """Campaigns whose dwell has fired in this stay."""
    heard: bool = False
    """Whether a gateway is known to have heard one of this stay's sightings' beacons."""
    unheard: dict[str, Instant] = msgspec.field(default_factory=dict)
    """Beacon id -> its latest sighting that no gateway was known to confirm."""


class Visit(msgspec.Struct, gc=False):
    """A shopper in a store (SPEC 4.7)."""

    store: str
    no: int
    """The how-manieth visit to this store."""
    started_at: Instant
    last_at: Instant
    """Last sign of life: latest counting sighting or end of a held stay."""
    left: bool = False
    stays: dict[str, Stay] = msgspec.field(default_factory=dict)
    """Zone -> its latest stay in this visit, open or not."""
    past: list[Stay] = msgspec.field(default_factory=list)
    """Replaced stays that an open window may still ask about."""
    heard: bool = False
    unheard: dict[str, Instant] = msgspec.field(default_factory=dict)


class Presence(msgspec.Struct, gc=False):
    """Where a shopper is: derived from sightings and timers alone, whatever was sent."""

    visits: dict[str, Visit] = msgspec.field(default_factory=dict)
    """Store -> its running visit."""
    past: list[Visit] = msgspec.field(default_factory=list)
    """Ended visits that an open window may still ask about."""
    started: dict[str, list[Instant]] = msgspec.field(default_factory=dict)
    """Store -> starts of all visits to it, the running one included, in order."""


class Candidate(msgspec.Struct, gc=False):
    """A trigger that passed its first checks and waits for its window's end."""

    campaign: str
    on: str
    at: Instant
    store: str
    zone: str | None
    visit_no: int
    stay_no: int | None
    channel: str


class Window(msgspec.Struct, gc=False):
    """The arbitration of one shopper's competing candidates."""

    ends_at: Instant
    candidates: list[Candidate]


class Sent(msgspec.Struct, gc=False):
    """A reservation: outcome send, ghost or inbox, at its decision's instant."""

    at: Instant
    campaign: str
    store: str
    visit_no: int
    outcome: str
    interrupts: bool


class History(msgspec.Struct, gc=False):
    """What happened to the shopper outside our decisions; each list by instant."""

    visits: list[tuple[Instant, str | None]] = msgspec.field(default_factory=list)
    purchases: list[tuple[Instant, str | None]] = msgspec.field(default_factory=list)
    received: list[tuple[Instant, str | None]] = msgspec.field(default_factory=list)
    opened: list[tuple[Instant, str | None]] = msgspec.field(default_factory=list)

    def add(self, kind: str, at: Instant, store: str | None, campaign: str | None, tag: str | None) -> None:
        """Note one thing of a kind of SPEC 6 (visit, purchase, received, opened); callers keep to order of instants."""
        match kind:
            case "visit":
                self.visits.append((at, store))
            case "purchase":
                self.purchases.append((at, tag))
            case "received":
                self.received.append((at, campaign))
            case "opened":
                self.opened.append((at, campaign))


class Emitted(msgspec.Struct, gc=False):
    """A trigger already judged, kept while a late upload could still move it."""

    campaign: str
    on: str
    store: str
    zone: str | None
    at: Instant


class Pending(msgspec.Struct, gc=False):
    """A sighting inside the upload lag, replayed until the lag has passed."""

    at: Instant
    id: str
    uuid: str
    major: int
    minor: int
    band: int
    kind: str


class ShopperState(msgspec.Struct, gc=False):
    """Everything the rules remember of one shopper."""

    presence: Presence = msgspec.field(default_factory=Presence)
    """Live: settled up to `settled_at`; offline: up to now."""
    window: Window | None = None
    sent: list[Sent] = msgspec.field(default_factory=list)
    history: History = msgspec.field(default_factory=History)
    settled_at: Instant = -(1 << 62)
    recent: list[Pending] = msgspec.field(default_factory=list)
    emitted: list[Emitted] = msgspec.field(default_factory=list)
    due_at: Instant | None = None
    """Wall instant at which something is due by itself; set by each run."""


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(ShopperState)


def encode_state(state: ShopperState) -> bytes:
    return _ENCODER.encode(state)


def decode_state(blob: bytes) -> ShopperState:
    return _DECODER.decode(blob)
