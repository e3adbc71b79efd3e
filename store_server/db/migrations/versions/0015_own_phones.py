"""A manager's own phone, its pairing codes, the test messages to it. Forward only: to go back, restore a backup."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "own_phone",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("credential_hash", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("address", sa.JSON(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("paired_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.name"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account"),
        sa.UniqueConstraint("credential_hash"),
    )
    op.create_table(
        "phone_code",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.name"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account"),
        sa.UniqueConstraint("code_hash"),
    )
    op.create_table(
        "trial",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
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
        sa.ForeignKeyConstraint(["account"], ["account.name"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_trial_work", "trial", ["state", "lease_until"])
    op.create_index("ix_trial_account", "trial", ["account", "created_at"])
