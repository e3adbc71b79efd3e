"""Levels and signs of beacons; silence windows of a kind and with a reason. Forward only: to go back, restore a backup."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "beacon_level",
        sa.Column("store", sa.String(), nullable=False),
        sa.Column("gateway", sa.String(), nullable=False),
        sa.Column("uuid", sa.String(), nullable=False),
        sa.Column("major", sa.Integer(), nullable=False),
        sa.Column("minor", sa.Integer(), nullable=False),
        sa.Column("dbm", sa.Float(), nullable=False),
        sa.Column("readings", sa.Integer(), nullable=False),
        sa.Column("learned_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("store", "gateway", "uuid", "major", "minor"),
    )
    op.create_index("ix_beacon_level_learned_at", "beacon_level", ["learned_at"])
    op.create_table(
        "beacon_sign",
        sa.Column("store", sa.String(), nullable=False),
        sa.Column("beacon", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("since_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("store", "beacon"),
    )
    op.add_column("equipment_condition", sa.Column("detail", sa.String(), nullable=False, server_default=""))
    op.execute("ALTER TABLE store_condition RENAME COLUMN beacons_well TO beacons_heard")
    op.add_column("alert_silence", sa.Column("rule", sa.String(), nullable=True))
    op.add_column("alert_silence", sa.Column("reason", sa.String(), nullable=False, server_default=""))
