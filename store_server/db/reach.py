"""Weeks played again for a campaign: what was asked for, how far it is, what came of it. Counts only, nobody's ids."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Column
from sqlmodel import Field, SQLModel


class ReachCount(SQLModel, table=True):
    """One document's count, so that any process finds what another counted."""

    __tablename__ = "reach_count"
    key: str = Field(primary_key=True)
    """Of the document, of what runs beside it and of whose stores."""
    text: str
    asked_at: int = Field(index=True, sa_type=BigInteger)
    part: float = 0.0
    """How much is done, 0 to 1."""
    found: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    failed: bool = False
