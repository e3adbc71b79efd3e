"""Shoppers: who they are, what they were seen at, how they stand (ARCHITECTURE, law 5: pseudonymous, and as little as will do)."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary, false
from sqlmodel import Field, SQLModel


class ShopperRow(SQLModel, table=True):
    """A pseudonymous person: profile and consents as `shoppers.jsonl` has them (SPEC 6)."""

    __tablename__ = "shopper"
    id: str = Field(primary_key=True)
    locale: str | None = None
    tier: str | None = None
    tags: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    attributes: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    consent: dict[str, bool] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    quiet_hours: str | None = None
    channels: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    not_today_until: int | None = Field(default=None, sa_type=BigInteger)
    """Nothing interrupts before this instant: the shopper said "not today"."""
    created_at: int = Field(sa_type=BigInteger)
    updated_at: int = Field(sa_type=BigInteger)


class Install(SQLModel, table=True):
    """One app or browser of a shopper; the shopper is derived from its credential, never sent."""

    __tablename__ = "install"
    id: str = Field(primary_key=True)
    shopper: str = Field(index=True, foreign_key="shopper.id", ondelete="CASCADE")
    credential_hash: str = Field(unique=True)
    """SHA-256 of the bearer credential, hexadecimal."""
    public_key: str | None = None
    """P-256, by which this install signs."""
    last_sequence: int = 0
    """Of signed requests; strictly rising."""
    platform: str
    created_at: int = Field(sa_type=BigInteger)
    seen_at: int = Field(sa_type=BigInteger)
    revoked_at: int | None = Field(default=None, sa_type=BigInteger)


class PushAddress(SQLModel, table=True):
    """Where pushes for an install go; `address` is the channel's own form, a Web Push subscription for `webpush`."""

    __tablename__ = "push_address"
    install: str = Field(primary_key=True, foreign_key="install.id", ondelete="CASCADE")
    kind: str = Field(primary_key=True)
    """webpush | apns | fcm"""
    shopper: str = Field(index=True)
    address: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    created_at: int = Field(sa_type=BigInteger)
    gone_at: int | None = Field(default=None, sa_type=BigInteger)


class Sighting(SQLModel, table=True):
    """A sighting as accepted: it makes uploads idempotent and can be replayed. After 24 h only what stays need is left."""

    __tablename__ = "sighting"
    __table_args__ = (Index("ix_sighting_at", "at", "thinned"),)
    shopper: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    at: int = Field(sa_type=BigInteger)
    received_at: int = Field(sa_type=BigInteger)
    install: str | None = None
    uuid: str
    major: int
    minor: int
    proximity: str
    kind: str
    rssi: int | None = None
    thinned: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """Whether its day was thinned (privacy/thinning.py); then install and rssi are gone too."""


class ShopperStateRow(SQLModel, table=True):
    """Visits, stays, timers, window and what was sent, one row a shopper (campaigns.state holds its form)."""

    __tablename__ = "shopper_state"
    shopper: str = Field(primary_key=True)
    state: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    due_at: int | None = Field(default=None, index=True, sa_type=BigInteger)
    """When its earliest timer or window is to be worked on; None: nothing waits."""
    store: str | None = None
    zone: str | None = None
    """Zone of the last counting sighting."""
    seen_at: int = Field(sa_type=BigInteger)


class History(SQLModel, table=True):
    """What is known of a shopper from elsewhere: visit, purchase, received, opened (SPEC 6, history.jsonl)."""

    __tablename__ = "history"
    __table_args__ = (Index("ix_history_shopper", "shopper", "at"),)
    id: int | None = Field(default=None, primary_key=True)
    shopper: str
    at: int = Field(sa_type=BigInteger)
    kind: str
    store: str | None = None
    campaign: str | None = None
    tag: str | None = None
