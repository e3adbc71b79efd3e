"""Alerts: what broke, since when, who was told of it and who took it; and when nobody wants to be told."""

from sqlalchemy import JSON, BigInteger, Column, Index
from sqlmodel import Field, SQLModel


class Alert(SQLModel, table=True):
    """One fault from its beginning to its end; no `back_at`: it is still there."""

    __tablename__ = "alert"
    __table_args__ = (Index("ix_alert_back", "back_at", "broken_at"), {"sqlite_autoincrement": True})
    seq: int | None = Field(default=None, primary_key=True)
    rule: str
    """gateway | beacon | campaign | push | phones | server | document"""
    store: str
    """Empty: it is about what all stores lean on."""
    name: str
    """Of the gateway, beacon, campaign, push service or part of the server."""
    state: str
    """As fleet.condition and fleet.parts name it; of a campaign cannot-fire or unsent."""
    detail: list[list[str]] = Field(sa_column=Column(JSON, nullable=False))
    """Of a campaign or document: kind and place of each cause. Of anything else: id and name of each campaign it stops."""
    why: str = ""
    """As what is broken said it itself, such as "status 403": not translated."""
    since_at: int | None = Field(default=None, sa_type=BigInteger)
    broken_at: int = Field(sa_type=BigInteger)
    well_since: int | None = Field(default=None, sa_type=BigInteger)
    back_at: int | None = Field(default=None, sa_type=BigInteger)
    broken_told_at: int | None = Field(default=None, sa_type=BigInteger)
    back_told_at: int | None = Field(default=None, sa_type=BigInteger)
    acknowledged_at: int | None = Field(default=None, sa_type=BigInteger)
    acknowledged_by: str | None = None


class AlertSilence(SQLModel, table=True):
    """From an instant until another nothing is sent of a store, of a kind, or of anything: alerts are shown all the same."""

    __tablename__ = "alert_silence"
    __table_args__ = ({"sqlite_autoincrement": True},)
    seq: int | None = Field(default=None, primary_key=True)
    store: str | None = None
    """None: of every store."""
    rule: str | None = None
    """None: of every kind."""
    reason: str = ""
    from_at: int = Field(sa_type=BigInteger)
    until_at: int = Field(index=True, sa_type=BigInteger)
    made_by: str
