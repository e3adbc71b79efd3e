"""One-time codes as the console sets them: a pattern, or a pool that somebody else made; what is left of it (campaigns.coupons)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from campaigns.coupons import FEWEST_PLACES, PLACE
from protocol.instants import Instant
from store_server.db.tables import Audit, Coupon, CouponSource
from store_server.web.console.accounts.accounts import NewSecret
from store_server.web.console.words import marked

LONGEST_CODE = 40
"""What still fits a message and a till's screen."""

MOST_CODES = 20_000
"""In one go; more come in several."""

NOT_A_CODE = marked(
    "Line %(line)s: a code of letters, digits and hyphens expected, at most %(longest)s; got %(got)s"
)
TWICE = marked("Line %(line)s: each code once; %(got)s is there twice")
KNOWN = marked("Line %(line)s: a new code expected; %(got)s is in the pool already")
NO_CODES = marked("At least one code expected")
TOO_MANY = marked("At most %(most)s codes in one go")
NOT_A_PATTERN = marked(
    "A pattern of letters, digits and hyphens with at least %(fewest)s # expected, %(longest)s at most"
)

_CODE = re.compile(rf"[A-Za-z0-9-]{{1,{LONGEST_CODE}}}", re.ASCII)
_PATTERN = re.compile(rf"[A-Z0-9#-]{{1,{LONGEST_CODE}}}", re.ASCII)


class CouponFault(Exception):
    """What is wrong with a form's field: words for the catalogue, and the values that go into them."""

    def __init__(self, field: str, words: str, **values: object) -> None:
        super().__init__(f"{field}: {words}")
        self.field, self.words, self.values = field, words, values


@dataclass(frozen=True, slots=True)
class Stock:
    """Where a campaign's codes come from and how many there are."""

    pattern: str | None
    is_pool: bool
    issued: int
    free: int
    last_issued_at: Instant | None


def stock(session: Session, campaign: str) -> Stock:
    """Return how a campaign stands for codes."""
    source = session.get(CouponSource, campaign)
    mine = col(Coupon.campaign) == campaign
    counts = select(func.count(), func.count(col(Coupon.issued_at)), func.max(Coupon.issued_at))
    codes, issued, last = session.exec(counts.where(mine)).one()
    pattern = source.pattern if source else None
    return Stock(pattern, source is not None and pattern is None, issued, codes - issued, last)


def issued_codes(session: Session, campaign: str) -> list[tuple[str, Instant]]:
    """Return what was issued, by instant: codes alone, the till needs no shopper."""
    query = select(Coupon.code, Coupon.issued_at).where(Coupon.campaign == campaign)
    rows = session.exec(
        query.where(col(Coupon.issued_at).is_not(None)).order_by(col(Coupon.issued_at), col(Coupon.code))
    )
    return [(code, at) for code, at in rows if at is not None]


def set_pattern(session: Session, campaign: str, text: str, by: str, now: Instant, fresh: NewSecret) -> None:
    """Let codes be made from a pattern from now on. Raises CouponFault."""
    pattern = text.strip().upper()
    if not _PATTERN.fullmatch(pattern) or pattern.count(PLACE) < FEWEST_PLACES:
        raise CouponFault("pattern", NOT_A_PATTERN, fewest=FEWEST_PLACES, longest=LONGEST_CODE)
    _set_source(session, campaign, pattern, by, now, fresh)
    session.add(
        Audit(at=now, actor=by, action="coupon.pattern", subject=campaign, detail={"pattern": pattern})
    )


def add_codes(session: Session, campaign: str, text: str, by: str, now: Instant, fresh: NewSecret) -> int:
    """Add codes, one a line, to the end of the pool, and let codes come from it. Raises CouponFault."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    _judge(lines)
    mine = col(Coupon.campaign) == campaign
    known = set(session.exec(select(Coupon.code).where(mine)))
    for number, code in lines:
        if code in known:
            raise CouponFault("codes", KNOWN, line=number, got=code)
    last = session.exec(select(func.max(Coupon.place)).where(mine)).one() or 0
    session.add_all(
        Coupon(campaign=campaign, code=code, place=last + place) for place, (_, code) in enumerate(lines, 1)
    )
    _set_source(session, campaign, None, by, now, fresh)
    session.add(Audit(at=now, actor=by, action="coupon.pool", subject=campaign, detail={"codes": len(lines)}))
    return len(lines)


def _judge(lines: Sequence[tuple[int, str]]) -> None:
    if not lines:
        raise CouponFault("codes", NO_CODES)
    if len(lines) > MOST_CODES:
        raise CouponFault("codes", TOO_MANY, most=MOST_CODES)
    seen: set[str] = set()
    for number, code in lines:
        if not _CODE.fullmatch(code):
            raise CouponFault("codes", NOT_A_CODE, line=number, longest=LONGEST_CODE, got=code[:60])
        if code in seen:
            raise CouponFault("codes", TWICE, line=number, got=code)
        seen.add(code)


def _set_source(
    session: Session, campaign: str, pattern: str | None, by: str, now: Instant, fresh: NewSecret
) -> None:
    source = session.get(CouponSource, campaign)
    if source is None:
        secret = fresh().encode().hex()
        source = CouponSource(campaign=campaign, secret=secret, set_at=now, set_by=by)
    source.pattern, source.set_at, source.set_by = pattern, now, by
    session.add(source)
