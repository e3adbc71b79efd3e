"""Forms of the console that somebody has not finished: kept so that no restart, closed tab or dead battery loses them."""

from sqlalchemy import JSON, BigInteger, Column
from sqlmodel import Field, SQLModel


class FormDraft(SQLModel, table=True):
    """One person's half-filled campaign, as the editor's form had it; theirs alone, and gone when they save or discard it."""

    __tablename__ = "form_draft"
    account: str = Field(primary_key=True)
    """Empty where there are no accounts: whoever sits at the machine."""
    subject: str = Field(primary_key=True)
    """A campaign's id, or the moment of a new one."""
    fields: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    changed_at: int = Field(sa_type=BigInteger)
