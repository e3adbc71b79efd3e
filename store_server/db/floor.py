"""The floor as gateways and staff see it (SPEC 7): presence, zones of tags, calls for help; its drawing."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel


class Gateway(SQLModel, table=True):
    """A gateway as last heard of; silence is judged against `presence_at` (SPEC 7)."""

    __tablename__ = "gateway"
    store: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    status: str = "offline"
    """As it or its will said: online | offline | radio-dead."""
    status_at: int | None = Field(default=None, sa_type=BigInteger)
    presence_at: int | None = Field(default=None, sa_type=BigInteger)
    """When its last presence message was taken in."""
    silent_since: int | None = Field(default=None, sa_type=BigInteger)
    health: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    health_at: int | None = Field(default=None, sa_type=BigInteger)
    clock_ahead_ms: int | None = Field(default=None, sa_type=BigInteger)
    """How far its clock is ahead of ours, by the message that was the least late; None: it does not claim to know the time."""
    clock_at: int | None = Field(default=None, sa_type=BigInteger)
    """When that message came."""
    clock_off_since: int | None = Field(default=None, sa_type=BigInteger)
    spool_dropped: int | None = Field(default=None, sa_type=BigInteger)
    """Messages it gave up over its card's life, as its last heartbeat said."""
    spool_full_since: int | None = Field(default=None, sa_type=BigInteger)
    """Since when its heartbeats say that the spool takes nothing, or gives up what it held."""


class GatewayMessage(SQLModel, table=True):
    """A presence message taken in, so that its redelivery changes nothing."""

    __tablename__ = "gateway_message"
    store: str = Field(primary_key=True)
    gateway: str = Field(primary_key=True)
    boot: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    received_at: int = Field(index=True, sa_type=BigInteger)


class Presence(SQLModel, table=True):
    """What a gateway last said of a beacon or tag."""

    __tablename__ = "presence"
    __table_args__ = (Index("ix_presence_identity", "uuid", "major", "minor"),)
    store: str = Field(primary_key=True)
    gateway: str = Field(primary_key=True)
    uuid: str = Field(primary_key=True)
    major: int = Field(primary_key=True)
    minor: int = Field(primary_key=True)
    state: str
    """present | lost"""
    changed_at: int = Field(sa_type=BigInteger)
    """Since when by the gateway's clock: the `at` of its latest PresenceChange."""
    first_at: int = Field(sa_type=BigInteger)
    last_at: int = Field(sa_type=BigInteger)
    rssi_dbm: int
    measured_power_dbm: int
    frames: int
    learned_at: int = Field(sa_type=BigInteger)


class PresenceChange(SQLModel, table=True):
    """A beacon became present at a gateway or was lost, at `at` by the gateway, known here from `learned_at` on."""

    __tablename__ = "presence_change"
    __table_args__ = (
        UniqueConstraint("store", "gateway", "uuid", "major", "minor", "at", "state"),
        Index("ix_presence_change_learned", "learned_at"),
        {"sqlite_autoincrement": True},
    )
    seq: int | None = Field(default=None, primary_key=True)
    store: str
    gateway: str
    uuid: str
    major: int
    minor: int
    state: str
    at: int = Field(sa_type=BigInteger)
    learned_at: int = Field(sa_type=BigInteger)


class TagZone(SQLModel, table=True):
    """The one zone a tag is in, decided over all gateways; no zone: it left, or was never placed."""

    __tablename__ = "tag_zone"
    uuid: str = Field(primary_key=True)
    major: int = Field(primary_key=True)
    minor: int = Field(primary_key=True)
    kind: str
    store: str
    zone: str | None = None
    since_at: int = Field(sa_type=BigInteger)
    frozen: bool = False
    """Its gateway is silent: the zone is the last one known."""


class FloorPicture(SQLModel, table=True):
    """The drawing that lies under a store's zones: WebP of our own writing (web.pictures), and where it lies."""

    __tablename__ = "floor_picture"
    store: str = Field(primary_key=True)
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    digest: str
    """Of the data: in its address, so that a browser may keep it."""
    width_px: int
    height_px: int
    left_m: float = 0.0
    bottom_m: float = 0.0
    """Its lower left corner on the floor."""
    width_m: float
    """Its depth follows from its pixels."""
    changed_at: int = Field(sa_type=BigInteger)
    changed_by: str


class HelpCall(SQLModel, table=True):
    """A shopper asked for a colleague, now or by a call back; while a call for now is open nothing interrupts."""

    __tablename__ = "help_call"
    id: str = Field(primary_key=True)
    shopper: str = Field(index=True)
    store: str
    zone: str | None = None
    kind: str = "now"
    """now | call-back"""
    phone: str | None = None
    """Where to call back; gone as soon as the call is resolved."""
    call_back_at: int | None = Field(default=None, sa_type=BigInteger)
    state: str = "open"
    """open | claimed | resolved"""
    opened_at: int = Field(sa_type=BigInteger)
    claimed_by: str | None = None
    claimed_at: int | None = Field(default=None, sa_type=BigInteger)
    resolved_at: int | None = Field(default=None, sa_type=BigInteger)
