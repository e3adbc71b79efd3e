"""Which gateways may speak: codes handed out, certificates issued (SPEC 7)."""

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel


class GatewayCode(SQLModel, table=True):
    """A one-time code that enrols one gateway; the row goes when it is used."""

    __tablename__ = "gateway_code"
    code_hash: str = Field(primary_key=True)
    """SHA-256: what is stolen from here enrols nothing."""
    store: str
    gateway: str
    expires_at: int = Field(sa_type=BigInteger)


class GatewayCertificate(SQLModel, table=True):
    """A certificate of the server's own authority; one that was renewed counts beside the new one until it runs out."""

    __tablename__ = "gateway_certificate"
    __table_args__ = (Index("ix_gateway_certificate_gateway", "store", "gateway"),)
    serial: str = Field(primary_key=True)
    """Hexadecimal: 159 bits, more than a database's integer holds."""
    store: str
    gateway: str
    issued_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger)
    revoked_at: int | None = Field(default=None, sa_type=BigInteger)
