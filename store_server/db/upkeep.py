"""What the server keeps for itself: counts, leases, accounts, keys, the audit trail."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Column
from sqlmodel import Field, SQLModel


class IgnoredCount(SQLModel, table=True):
    """What was not taken in, by door and reason and the hour it came."""

    __tablename__ = "ignored_count"
    door: str = Field(primary_key=True)
    """http | mqtt"""
    reason: str = Field(primary_key=True)
    hour_at: int = Field(primary_key=True, sa_type=BigInteger)
    count: int


class Lease(SQLModel, table=True):
    """A timed claim on a role that only one process may play."""

    __tablename__ = "lease"
    name: str = Field(primary_key=True)
    owner: str
    until: int = Field(sa_type=BigInteger)


class Account(SQLModel, table=True):
    """Someone who may use console, fleet or staff pages; while there is none, the server keeps to loopback."""

    __tablename__ = "account"
    name: str = Field(primary_key=True)
    role: str
    stores: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    """What the person sees and may change; None: every store."""
    password_hash: str
    created_at: int = Field(sa_type=BigInteger)


class ConsoleSession(SQLModel, table=True):
    """Someone signed in at one browser; the cookie is the secret whose hash is the key."""

    __tablename__ = "console_session"
    key: str = Field(primary_key=True)
    """SHA-256 of the cookie, hexadecimal."""
    id: str
    """Its beginning: names the session where its person ends it."""
    account: str = Field(index=True, foreign_key="account.name", ondelete="CASCADE")
    opened_at: int = Field(sa_type=BigInteger)
    seen_at: int = Field(sa_type=BigInteger)
    agent: str
    """What the browser calls itself."""


class ServerKey(SQLModel, table=True):
    """A key made at first start, such as the one that signs Web Push (RFC 8292)."""

    __tablename__ = "server_key"
    name: str = Field(primary_key=True)
    value: str
    created_at: int = Field(sa_type=BigInteger)


class Audit(SQLModel, table=True):
    """Who did what to whose data; kept 400 days, without the data itself."""

    __tablename__ = "audit"
    seq: int | None = Field(default=None, primary_key=True)
    at: int = Field(index=True, sa_type=BigInteger)
    actor: str
    action: str
    subject: str
    detail: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
