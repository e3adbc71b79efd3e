"""A manager's own phone and the test messages sent to it; they belong to the account and go with it (docs/privacy.md)."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index
from sqlmodel import Field, SQLModel


class OwnPhone(SQLModel, table=True):
    """The one phone of an account; no shopper stands behind it, so nothing is perceived, decided or counted of it."""

    __tablename__ = "own_phone"
    account: str = Field(primary_key=True, foreign_key="account.name", ondelete="CASCADE")
    credential_hash: str = Field(unique=True)
    """SHA-256 of what the phone's page and service worker present, hexadecimal."""
    kind: str
    """webpush"""
    address: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    agent: str
    """What the phone's browser calls itself."""
    paired_at: int = Field(sa_type=BigInteger)


class PhoneCode(SQLModel, table=True):
    """A one-time code that pairs a phone; the row goes when it is used."""

    __tablename__ = "phone_code"
    account: str = Field(primary_key=True, foreign_key="account.name", ondelete="CASCADE")
    code_hash: str = Field(unique=True)
    expires_at: int = Field(sa_type=BigInteger)


class Trial(SQLModel, table=True):
    """A test message to one's own phone: leased and sent as the outbox is, and in no count because it is not in it.

    state: queued, leased, accepted, displayed, opened, dismissed; expired, invalid-address, dead.
    """

    __tablename__ = "trial"
    __table_args__ = (
        Index("ix_trial_work", "state", "lease_until"),
        Index("ix_trial_account", "account", "created_at"),
    )
    id: str = Field(primary_key=True)
    account: str = Field(foreign_key="account.name", ondelete="CASCADE")
    subject: str
    """What was being edited: a campaign's id, or the moment of a new one."""
    channel: str
    title: str | None = None
    body: str
    link: str | None = None
    deadline_at: int = Field(sa_type=BigInteger)
    state: str = "queued"
    reason: str | None = None
    attempts: int = 0
    lease_until: int = Field(default=0, sa_type=BigInteger)
    leased_by: str | None = None
    created_at: int = Field(sa_type=BigInteger)
    changed_at: int = Field(sa_type=BigInteger)
