"""Plans, campaigns, decisions and messages. Forward only: to go back, restore a backup."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "plan_revision",
        sa.Column("store", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("applied_at", sa.BigInteger(), nullable=False),
        sa.Column("applied_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("store", "revision"),
    )
    op.create_table(
        "campaign_revision",
        sa.Column("campaign", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("applied_at", sa.BigInteger(), nullable=False),
        sa.Column("applied_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("campaign", "revision"),
    )
    op.create_table(
        "budget",
        sa.Column("campaign", sa.String(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("campaign"),
    )
    op.create_table(
        "decision",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("shopper", sa.String(), nullable=False),
        sa.Column("campaign", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("trigger", sa.String(), nullable=False),
        sa.Column("trigger_at", sa.BigInteger(), nullable=False),
        sa.Column("store", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=True),
        sa.Column("visit_no", sa.Integer(), nullable=False),
        sa.Column("visit_at", sa.BigInteger(), nullable=False),
        sa.Column("stay_no", sa.Integer(), nullable=True),
        sa.Column("stay_at", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("variant", sa.String(), nullable=True),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("body", sa.String(), nullable=True),
        sa.Column("link", sa.String(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("near_miss", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_decision_campaign", "decision", ["campaign", "at"])
    op.create_index("ix_decision_recorded", "decision", ["recorded_at"])
    op.create_index("ix_decision_shopper", "decision", ["shopper", "at"])
    op.create_table(
        "near_miss",
        sa.Column("campaign", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("day_at", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("campaign", "step", "day_at"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("shopper", sa.String(), nullable=False),
        sa.Column("decision", sa.Integer(), nullable=False),
        sa.Column("decision_at", sa.BigInteger(), nullable=False),
        sa.Column("campaign", sa.String(), nullable=False),
        sa.Column("store", sa.String(), nullable=False),
        sa.Column("visit_no", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(), nullable=True),
        sa.Column("stay_no", sa.Integer(), nullable=True),
        sa.Column("stay_at", sa.BigInteger(), nullable=True),
        sa.Column("cancel_on_exit", sa.Boolean(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("link", sa.String(), nullable=True),
        sa.Column("deadline_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        sa.Column("leased_by", sa.String(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("accepted_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_outbox_shopper", "outbox", ["shopper", "created_at"])
    op.create_index("ix_outbox_work", "outbox", ["state", "lease_until"])
    op.create_table(
        "receipt",
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("shopper", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["message"], ["outbox.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("message", "kind"),
    )
    op.create_index("ix_receipt_shopper", "receipt", ["shopper"])
