"""Where a shopper's data lies: every table with a `shopper` column, so that a new one can be neither missed nor forgotten."""

from typing import Any

from sqlalchemy import Column, Table
from sqlmodel import SQLModel

from store_server.db.tables import ShopperRow


def owned_tables() -> list[tuple[Table, Column[Any]]]:
    """Return each table and its column that names the shopper; a table comes after those that refer to it."""
    return [
        (table, table.c["id"] if table.name == ShopperRow.__tablename__ else table.c["shopper"])
        for table in reversed(SQLModel.metadata.sorted_tables)
        if table.name == ShopperRow.__tablename__ or "shopper" in table.c
    ]
