"""Counts of campaigns' reach, found by every process. Forward only: to go back, restore a backup."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "reach_count",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.Float(), nullable=False),
        sa.Column("found", sa.JSON(), nullable=True),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_reach_count_asked_at", "reach_count", ["asked_at"])
