"""What all stores lean on, as it was last found: push services, the broker, the disk; and how many phones are listened to."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class ServerPart(SQLModel, table=True):
    """How one thing outside a store is doing, by whoever of our processes uses it (store_server.parts writes it)."""

    __tablename__ = "server_part"
    kind: str = Field(primary_key=True)
    """push | broker | disk"""
    name: str = Field(primary_key=True)
    """Of a push service its host, of the broker the process that is connected to it, of the disk nothing."""
    state: str
    """well | refused | failing | unreachable | lost | low"""
    why: str = ""
    """As it answered, such as "status 403": for operators, not translated."""
    since_at: int = Field(sa_type=BigInteger)
    heard_at: int = Field(sa_type=BigInteger)
    """When it last was found so."""


class PhoneCount(SQLModel, table=True):
    """How many phones one process listened to within twenty seconds, and how many it turned away, by reason."""

    __tablename__ = "phone_count"
    at: int = Field(primary_key=True, sa_type=BigInteger)
    """When the twenty seconds began."""
    worker: str = Field(primary_key=True)
    outcome: str = Field(primary_key=True)
    """taken, or why not: too_far_ahead | too_old | unknown_beacon | credential | signature | format"""
    phones: int
