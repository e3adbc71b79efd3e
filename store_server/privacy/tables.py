"""Where a shopper's data lies: every table with a `shopper` column, so that a new one can be neither missed nor forgotten."""

from sqlalchemy import Column, ForeignKeyConstraint, Table
from sqlmodel import SQLModel

import store_server.db.tables  # noqa: F401  (fills the metadata)
from store_server.db.tables import ShopperRow


def owned_tables() -> list[tuple[Table, Column[str]]]:
    """Return each table and its column that names the shopper; those that others refer to come last."""
    found = [
        (table, table.c["id"] if table.name == ShopperRow.__tablename__ else table.c["shopper"])
        for table in reversed(SQLModel.metadata.sorted_tables)
        if table.name == ShopperRow.__tablename__ or "shopper" in table.c
    ]
    for table, _ in found:
        assert all(isinstance(key, ForeignKeyConstraint) for key in table.foreign_key_constraints)
    return found
