"""One-time codes: where a campaign's come from, and who has which (campaigns.coupons)."""

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel


class CouponSource(SQLModel, table=True):
    """Where the codes of a campaign come from: a pattern filled with its own secret, or a pool of rows in `coupon`."""

    __tablename__ = "coupon_source"
    campaign: str = Field(primary_key=True)
    pattern: str | None = None
    """None: the pool."""
    secret: str
    set_at: int = Field(sa_type=BigInteger)
    set_by: str


class Coupon(SQLModel, table=True):
    """A code of a campaign. One without `issued_at` waits in the pool; an erased shopper's is gone, never free again."""

    __tablename__ = "coupon"
    __table_args__ = (
        Index("ix_coupon_shopper", "campaign", "shopper", unique=True),
        Index("ix_coupon_free", "campaign", "issued_at", "place"),
    )
    campaign: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    place: int = 0
    """In the pool: the order in which codes are issued."""
    shopper: str | None = None
    issued_at: int | None = Field(default=None, sa_type=BigInteger)
