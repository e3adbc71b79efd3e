"""The fleet as last judged: conditions of equipment, what stops campaigns, and when all that was looked at.

Written by the scheduler's tick, so that a page over hundreds of stores reads what it shows and computes nothing.
"""

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index
from sqlmodel import Field, SQLModel


class EquipmentCondition(SQLModel, table=True):
    """How one gateway or beacon of a running plan is doing."""

    __tablename__ = "equipment_condition"
    __table_args__ = (Index("ix_equipment_condition_list", "kind", "well", "store", "id", "state"),)
    kind: str = Field(primary_key=True)
    """gateway | beacon"""
    store: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    zone: str
    state: str
    well: bool
    """Says the same as `state`, and sorts: what is not well comes first."""
    since_at: int | None = Field(default=None, sa_type=BigInteger)
    detail: str = ""
    """Of a weak beacon the dB it lost, of one that moved the zone it is heard in."""


class StoreCondition(SQLModel, table=True):
    """What stops campaigns in one store, and how many."""

    __tablename__ = "store_condition"
    store: str = Field(primary_key=True)
    gateways: int
    gateways_well: int
    beacons: int
    beacons_heard: int
    stopped: int
    """Live campaigns that cannot fire here."""
    stops: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    """Each {"causes": [[kind, name, state, since, detail]], "campaigns": [id]}."""


class BeaconLevel(SQLModel, table=True):
    """How strongly a gateway uses to hear a beacon: the mean of hourly readings (store_server.fleet.reception)."""

    __tablename__ = "beacon_level"
    store: str = Field(primary_key=True)
    gateway: str = Field(primary_key=True)
    uuid: str = Field(primary_key=True)
    major: int = Field(primary_key=True)
    minor: int = Field(primary_key=True)
    dbm: float
    readings: int
    learned_at: int = Field(index=True, sa_type=BigInteger)


class BeaconSign(SQLModel, table=True):
    """A beacon that is heard, but otherwise than it should be; the row goes with the sign."""

    __tablename__ = "beacon_sign"
    store: str = Field(primary_key=True)
    beacon: str = Field(primary_key=True)
    state: str
    """weak | moved"""
    detail: str
    since_at: int = Field(sa_type=BigInteger)


class FleetLook(SQLModel, table=True):
    """When the fleet was last judged as a whole: one row, named `fleet`."""

    __tablename__ = "fleet_look"
    name: str = Field(primary_key=True)
    at: int = Field(sa_type=BigInteger)
