"""SQLite's side of one-time codes: where they come from, who has which, and the claim that gives each out once."""

import sqlite3

from protocol.instants import Instant
from store_server.store.rows import CouponSourceRow

_CLAIM = """INSERT INTO coupon (campaign, code, place, shopper, issued_at) VALUES (?, ?, 0, ?, ?)
    ON CONFLICT (campaign, code) DO UPDATE SET shopper = excluded.shopper, issued_at = excluded.issued_at
    WHERE coupon.issued_at IS NULL"""


class SqliteCoupons:
    """Implements the coupons of store_server.store.port.ShopperTransaction on an open transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def coupon_source(self, campaign: str) -> CouponSourceRow | None:
        sql = "SELECT pattern, secret FROM coupon_source WHERE campaign = ?"
        row = self._db.execute(sql, (campaign,)).fetchone()
        return None if row is None else CouponSourceRow(*row)

    def coupon_of(self, campaign: str, shopper: str) -> str | None:
        sql = "SELECT code FROM coupon WHERE campaign = ? AND shopper = ?"
        row = self._db.execute(sql, (campaign, shopper)).fetchone()
        return None if row is None else str(row[0])

    def free_coupons(self, campaign: str, limit: int) -> list[str]:
        sql = "SELECT code FROM coupon WHERE campaign = ? AND issued_at IS NULL ORDER BY place LIMIT ?"
        return [row[0] for row in self._db.execute(sql, (campaign, limit))]

    def claim_coupon(self, campaign: str, shopper: str, code: str, now: Instant) -> bool:
        return self._db.execute(_CLAIM, (campaign, code, shopper, now)).rowcount == 1
