"""Export: everything kept of one shopper, as JSON, table by table (GDPR, articles 15 and 20)."""

from typing import Any

import msgspec
from sqlalchemy import select
from sqlmodel import Session

from protocol.instants import format_instant
from store_server.privacy.tables import owned_tables

SECRETS = frozenset(("credential_hash",))
"""Ours, not the shopper's: they would only help whoever stole the export."""


def export(session: Session, shopper: str) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of every table that holds something of this shopper; instants as text."""
    out: dict[str, list[dict[str, Any]]] = {}
    for table, owner in reversed(owned_tables()):
        rows = session.connection().execute(select(table).where(owner == shopper)).mappings()
        found = [
            {name: _plain(name, value) for name, value in row.items() if name not in SECRETS} for row in rows
        ]
        if found:
            out[table.name] = found
    return out


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, bytes):
        return msgspec.json.decode(value)
    if isinstance(value, int) and (name == "at" or name.endswith(("_at", "_until"))):
        return format_instant(value)
    return value
