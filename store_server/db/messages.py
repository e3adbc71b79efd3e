"""Plans and campaigns as applied, what was decided and what became of each message (SPEC 2, 3, 5)."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index
from sqlmodel import Field, SQLModel


class PlanRevision(SQLModel, table=True):
    """A store plan as applied; the highest revision of a store runs."""

    __tablename__ = "plan_revision"
    store: str = Field(primary_key=True)
    revision: int = Field(primary_key=True)
    text: str
    applied_at: int = Field(sa_type=BigInteger)
    applied_by: str


class CampaignRevision(SQLModel, table=True):
    """A campaign document as applied; the highest revision of a campaign runs."""

    __tablename__ = "campaign_revision"
    campaign: str = Field(primary_key=True)
    revision: int = Field(primary_key=True)
    text: str
    applied_at: int = Field(sa_type=BigInteger)
    applied_by: str


class Budget(SQLModel, table=True):
    """What a campaign has spent over all shoppers."""

    __tablename__ = "budget"
    campaign: str = Field(primary_key=True)
    used: int = 0


class DecisionRow(SQLModel, table=True):
    """What the pipeline said for one trigger (SPEC 5); `seq` orders the live feed."""

    __tablename__ = "decision"
    __table_args__ = (
        Index("ix_decision_shopper", "shopper", "at"),
        # With outcome and reason in them, counts never touch the rows.
        Index("ix_decision_campaign", "campaign", "at", "outcome", "reason"),
        Index("ix_decision_store", "store", "at", "outcome", "reason"),
        Index("ix_decision_outcome", "outcome", "at", "campaign"),
        Index("ix_decision_reason", "reason", "at"),
        Index("ix_decision_at", "at"),
        Index("ix_decision_recorded", "recorded_at"),
        {"sqlite_autoincrement": True},
    )
    seq: int | None = Field(default=None, primary_key=True)
    at: int = Field(sa_type=BigInteger)
    shopper: str
    campaign: str
    revision: int
    trigger: str
    trigger_at: int = Field(sa_type=BigInteger)
    store: str
    zone: str | None = None
    visit_no: int
    visit_at: int = Field(sa_type=BigInteger)
    stay_no: int | None = None
    stay_at: int | None = Field(default=None, sa_type=BigInteger)
    outcome: str
    reason: str | None = None
    variant: str | None = None
    channel: str | None = None
    title: str | None = None
    body: str | None = None
    link: str | None = None
    facts: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    near_miss: bool = False
    recorded_at: int = Field(sa_type=BigInteger)


class NearMiss(SQLModel, table=True):
    """Failed one step and would have passed the others, by campaign, step and day."""

    __tablename__ = "near_miss"
    campaign: str = Field(primary_key=True)
    step: str = Field(primary_key=True)
    day_at: int = Field(primary_key=True, sa_type=BigInteger)
    count: int


class Outbox(SQLModel, table=True):
    """A message to a shopper and its life; the inbox is a view of these rows.

    state: queued, leased, accepted, displayed, opened, dismissed; expired, cancelled, invalid-address, dead.
    A row of channel `inbox` is born accepted. Store, visit_no, zone and stay_no name the stay whose end cancels it.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_work", "state", "lease_until"),
        Index("ix_outbox_shopper", "shopper", "created_at"),
        Index("ix_outbox_decision", "decision"),
        Index("ix_outbox_store", "store", "created_at"),
        Index("ix_outbox_campaign", "campaign", "created_at"),
    )
    id: str = Field(primary_key=True)
    shopper: str
    decision: int
    """DecisionRow.seq"""
    decision_at: int = Field(sa_type=BigInteger)
    campaign: str
    store: str
    visit_no: int
    zone: str | None = None
    stay_no: int | None = None
    stay_at: int | None = Field(default=None, sa_type=BigInteger)
    cancel_on_exit: bool = False
    channel: str
    title: str | None = None
    body: str
    link: str | None = None
    deadline_at: int = Field(sa_type=BigInteger)
    state: str = "queued"
    reason: str | None = None
    """Why it was cancelled, expired or given up; of a queued row, why not yet (store_server.doubt)."""
    attempts: int = 0
    lease_until: int = Field(default=0, sa_type=BigInteger)
    """A leased row may be claimed again from here on; a queued one is not before here (backoff)."""
    leased_by: str | None = None
    created_at: int = Field(sa_type=BigInteger)
    changed_at: int = Field(sa_type=BigInteger)
    accepted_at: int | None = Field(default=None, sa_type=BigInteger)


class Receipt(SQLModel, table=True):
    """What the shopper's side said of a message: displayed, opened, dismissed, not-today."""

    __tablename__ = "receipt"
    message: str = Field(primary_key=True, foreign_key="outbox.id", ondelete="CASCADE")
    kind: str = Field(primary_key=True)
    shopper: str = Field(index=True)
    at: int = Field(sa_type=BigInteger)
    received_at: int = Field(sa_type=BigInteger)
