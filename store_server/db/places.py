"""Where stores lie on the map. A plan (SPEC 2) has no such key and refuses unknown ones: this is the console's own."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class StorePlace(SQLModel, table=True):
    """One store's place, WGS 84 degrees."""

    __tablename__ = "store_place"
    store: str = Field(primary_key=True)
    latitude: float
    longitude: float
    changed_at: int = Field(sa_type=BigInteger)
    changed_by: str
