"""What all stores lean on, phones listened to, gateways' clocks and spools. Forward only: to go back, restore a backup."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "server_part",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("since_at", sa.BigInteger(), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "name"),
    )
    op.create_table(
        "phone_count",
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("worker", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("phones", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("at", "worker", "outcome"),
    )
    op.add_column("alert", sa.Column("why", sa.String(), nullable=False, server_default=""))
    for name in ("clock_ahead_ms", "clock_at", "clock_off_since", "spool_dropped", "spool_full_since"):
        op.add_column("gateway", sa.Column(name, sa.BigInteger(), nullable=True))
