"""One-time codes and where they come from. Forward only: to go back, restore a backup."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "coupon_source",
        sa.Column("campaign", sa.String(), nullable=False),
        sa.Column("pattern", sa.String(), nullable=True),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("campaign"),
    )
    op.create_table(
        "coupon",
        sa.Column("campaign", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("shopper", sa.String(), nullable=True),
        sa.Column("issued_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("campaign", "code"),
    )
    op.create_index("ix_coupon_shopper", "coupon", ["campaign", "shopper"], unique=True)
    op.create_index("ix_coupon_free", "coupon", ["campaign", "issued_at", "place"])
