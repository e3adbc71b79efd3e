"""One-time codes for the messages of one transaction: what is rolled back was never given out (campaigns.coupons)."""

from collections.abc import Iterable

from campaigns.coupons import Codes, Pattern, issue
from protocol.instants import Instant
from store_server.store.port import Transaction
from store_server.store.rows import CouponSourceRow

LOOK_AT = 3
"""Free codes read at a time: claims of one campaign come one after another, so the first is nearly always free still."""


class Coupons:
    """campaigns.coupons.Issuer and CouponLedger inside one transaction."""

    def __init__(self, tx: Transaction, now: Instant) -> None:
        self._tx, self._now = tx, now

    def code(self, campaign: str, shopper: str) -> str | None:
        source = self._tx.coupon_source(campaign)
        return None if source is None else issue(self._codes(source), self, campaign, shopper)

    def code_of(self, campaign: str, shopper: str) -> str | None:
        return self._tx.coupon_of(campaign, shopper)

    def claim(self, campaign: str, shopper: str, code: str) -> bool:
        return self._tx.claim_coupon(campaign, shopper, code, self._now)

    def _codes(self, source: CouponSourceRow) -> Codes:
        if source.pattern is None:
            return _Pool(self._tx)
        return Pattern(source.pattern, bytes.fromhex(source.secret))


class _Pool:
    """Codes that somebody else made, such as the till's vendor, as they wait in the table."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def candidates(self, campaign: str, shopper: str) -> Iterable[str]:
        del shopper  # a pool's codes are for anyone
        return self._tx.free_coupons(campaign, LOOK_AT)
