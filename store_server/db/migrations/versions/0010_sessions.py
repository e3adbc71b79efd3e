"""Sessions of the console as rows, accounts limited to stores. Forward only: to go back, restore a backup."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("account", sa.Column("stores", sa.JSON(none_as_null=True), nullable=True))
    op.create_table(
        "console_session",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.name"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_console_session_account", "console_session", ["account"])
    # Sessions were signed by this key; whoever is signed in signs in once more.
    op.execute("DELETE FROM server_key WHERE name = 'console-session'")
