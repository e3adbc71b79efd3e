"""SQL text for row types: column names are the fields of a NamedTuple, so a row and its statement cannot drift apart."""

from collections.abc import Sequence
from typing import NamedTuple


def insert(table: str, row: type[NamedTuple]) -> str:
    """Return an INSERT of a row's fields, all as parameters."""
    names = _fields(row)
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608  (names are ours)


def upsert(table: str, row: type[NamedTuple], key: Sequence[str]) -> str:
    """Return an INSERT that replaces the other fields where the key exists."""
    others = [name for name in _fields(row) if name not in key]
    changes = ", ".join(f"{name} = excluded.{name}" for name in others)
    return f"{insert(table, row)} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}"


def columns(row: type[NamedTuple]) -> str:
    return ", ".join(_fields(row))


def marks(count: int) -> str:
    """Return `?, ?, ...` for an IN list."""
    return ", ".join("?" * count)


def _fields(row: type[NamedTuple]) -> tuple[str, ...]:
    return row._fields
