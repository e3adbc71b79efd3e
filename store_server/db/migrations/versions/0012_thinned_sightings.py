"""Sightings thinned after a day, kept a week. Forward only: to go back, restore a backup."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("sighting", sa.Column("thinned", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.drop_index("ix_sighting_received", "sighting")
    op.create_index("ix_sighting_at", "sighting", ["at", "thinned"])
