"""The fleet as last judged; decisions and messages counted from indexes. Forward only: to go back, restore a backup."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "equipment_condition",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("store", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("well", sa.Boolean(), nullable=False),
        sa.Column("since_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("kind", "store", "id"),
    )
    op.create_index(
        "ix_equipment_condition_list", "equipment_condition", ["kind", "well", "store", "id", "state"]
    )
    op.create_table(
        "store_condition",
        sa.Column("store", sa.String(), nullable=False),
        sa.Column("gateways", sa.Integer(), nullable=False),
        sa.Column("gateways_well", sa.Integer(), nullable=False),
        sa.Column("beacons", sa.Integer(), nullable=False),
        sa.Column("beacons_well", sa.Integer(), nullable=False),
        sa.Column("stopped", sa.Integer(), nullable=False),
        sa.Column("stops", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("store"),
    )
    op.create_table(
        "fleet_look",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.drop_index("ix_decision_campaign", "decision")
    op.create_index("ix_decision_campaign", "decision", ["campaign", "at", "outcome", "reason"])
    op.create_index("ix_decision_store", "decision", ["store", "at", "outcome", "reason"])
    op.create_index("ix_decision_outcome", "decision", ["outcome", "at", "campaign"])
    op.create_index("ix_decision_reason", "decision", ["reason", "at"])
    op.create_index("ix_decision_at", "decision", ["at"])
    op.create_index("ix_outbox_store", "outbox", ["store", "created_at"])
    op.create_index("ix_outbox_campaign", "outbox", ["campaign", "created_at"])
    op.create_index("ix_presence_identity", "presence", ["uuid", "major", "minor"])
