"""Log bundles asked of gateways and what came of it (SPEC 7, log-bundle)."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary
from sqlmodel import Field, SQLModel


class GatewayBundle(SQLModel, table=True):
    """One request; `id` is the command's. No `arrived_at`: it has not been answered."""

    __tablename__ = "gateway_bundle"
    __table_args__ = (Index("ix_gateway_bundle_open", "arrived_at", "asked_at"),)
    store: str = Field(primary_key=True)
    gateway: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    asked_at: int = Field(sa_type=BigInteger)
    asked_by: str
    arrived_at: int | None = Field(default=None, sa_type=BigInteger)
    size_bytes: int = 0
    data: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    """As it came, gzip of JSON; never unpacked here."""
    fault: str | None = None
    """Why it came without one."""
