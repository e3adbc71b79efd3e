"""What was promised since a copy of the database was made, which the copy must not undo when it is put back (law 5).

Whoever was erased stays erased, a consent that was withdrawn stays withdrawn, what was spent stays spent, and a code that
somebody has is nobody else's.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import inspect
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, col, select

from protocol.instants import Instant
from store_server.db.session import open_database, reading
from store_server.db.tables import Audit, Budget, Coupon, CouponSource, ShopperRow
from store_server.privacy.consent import give
from store_server.privacy.erasure import ERASED, erase, fingerprint

RESTORED = "restored"
"""Who did what a restore does, and why a message of a restored copy is cancelled: it may have gone out since."""


class Erasure(NamedTuple):
    """A line of the audit: somebody was erased, known by a fingerprint that names nobody."""

    at: Instant
    actor: str
    subject: str


class Standing(NamedTuple):
    """What a shopper agrees to, and until when nothing may interrupt."""

    agreed: frozenset[str]
    not_today_until: Instant | None


@dataclass(slots=True)
class Promises:
    """What a database promises; `whole` is false where a part of it is past reading."""

    erased: list[Erasure] = field(default_factory=list)
    standing: dict[str, Standing] = field(default_factory=dict)
    budgets: dict[str, int] = field(default_factory=dict)
    codes: dict[tuple[str, str], Coupon] = field(default_factory=dict)
    """By campaign and code, those that nobody has yet too."""
    sources: dict[str, str] = field(default_factory=dict)
    """By campaign the secret of where its codes come from: the same one, the same codes."""
    whole: bool = True


def read_promises(database: Path) -> Promises:
    """Read what a database promises, as far as it can be read; one that is not there promises nothing."""
    promises = Promises()
    if not database.exists():
        return promises
    engine = open_database(database)
    try:
        for read in (_read_erased, _read_standing, _read_budgets, _read_codes):
            with _as_far_as_it_goes(promises), reading(engine) as session:
                read(session, promises)
    finally:
        engine.dispose()
    return promises


@contextmanager
def _as_far_as_it_goes(promises: Promises) -> Iterator[None]:
    """Go on without a part that is damaged: what can be read counts, and that not all could is said."""
    try:
        yield
    except DatabaseError:
        promises.whole = False


def _read_erased(session: Session, promises: Promises) -> None:
    query = select(Audit.at, Audit.actor, Audit.subject).where(Audit.action == ERASED)
    promises.erased = [Erasure(*row) for row in session.exec(query)]


def _read_standing(session: Session, promises: Promises) -> None:
    rows = session.exec(select(ShopperRow.id, ShopperRow.consent, ShopperRow.not_today_until))
    promises.standing = {
        name: Standing(frozenset(purpose for purpose, yes in consent.items() if yes is True), until)
        for name, consent, until in rows
    }


def _read_budgets(session: Session, promises: Promises) -> None:
    promises.budgets = dict(session.exec(select(Budget.campaign, Budget.used)).all())


def _read_codes(session: Session, promises: Promises) -> None:
    if not inspect(session.connection()).has_table(Coupon.__tablename__):
        return  # of a version before there were codes
    promises.sources = dict(session.exec(select(CouponSource.campaign, CouponSource.secret)).all())
    promises.codes = {(one.campaign, one.code): one for one in session.exec(select(Coupon))}
    session.expunge_all()


def keep_promises(session: Session, promises: Promises, now: Instant) -> list[str]:
    """Make a copy keep what was promised since; return what was done, in words for whoever restores."""
    erased = _erase_again(session, promises, now)
    withdrawn = _withdraw_again(session, promises.standing, now)
    spent = _spend_again(session, promises.budgets)
    issued = _issue_again(session, promises.codes) + _drop_again(session, promises)
    return [
        f"shoppers erased since the copy, erased again: {erased}",
        f"shoppers who withdrew a consent since the copy, withdrawn again: {withdrawn}",
        f"budgets spent further since the copy, taken as spent: {spent}",
        f"one-time codes issued since the copy, kept from being issued again: {issued}",
    ]


def _erase_again(session: Session, promises: Promises, now: Instant) -> int:
    """Erase who is back, and keep the line of each other one: a later import must not begin with old consents.

    Who was erased before the copy was made and is in it came again by themselves.
    """
    known = set(session.exec(select(Audit.at, Audit.subject).where(Audit.action == ERASED)).all())
    since = {one.subject: one for one in promises.erased if (one.at, one.subject) not in known}
    back = [name for name in session.exec(select(ShopperRow.id)) if fingerprint(name) in since]
    for name in back:
        erase(session, name, RESTORED, now)
        del since[fingerprint(name)]
    for one in since.values():
        session.add(Audit(at=one.at, actor=one.actor, action=ERASED, subject=one.subject))
    return len(back)


def _withdraw_again(session: Session, standing: Mapping[str, Standing], now: Instant) -> int:
    withdrawn = 0
    for name, consent in session.exec(select(ShopperRow.id, ShopperRow.consent)).all():
        there = standing.get(name)
        if there is None:
            continue
        gone = {purpose: False for purpose, yes in consent.items() if yes and purpose not in there.agreed}
        if gone:
            give(session, session.get_one(ShopperRow, name), gone, now)
            withdrawn += 1
        if there.not_today_until is not None:
            shopper = session.get_one(ShopperRow, name)
            shopper.not_today_until = max(there.not_today_until, shopper.not_today_until or 0)
    return withdrawn


def _spend_again(session: Session, budgets: Mapping[str, int]) -> int:
    spent = 0
    for campaign, used in budgets.items():
        row = session.get(Budget, campaign) or Budget(campaign=campaign)
        spent += used > row.used
        row.used = max(row.used, used)
        session.add(row)
    return spent


def _issue_again(session: Session, codes: Mapping[tuple[str, str], Coupon]) -> int:
    """Keep every code that somebody has from being given to another."""
    issued = 0
    for key, there in codes.items():
        one = session.get(Coupon, key)
        if there.issued_at is None or (one is not None and one.issued_at is not None):
            continue
        one = one or Coupon(campaign=there.campaign, code=there.code, place=there.place)
        one.shopper, one.issued_at = _owner(session, there), there.issued_at
        session.add(one)
        session.flush()
        issued += 1
    return issued


def _drop_again(session: Session, promises: Promises) -> int:
    """Drop what waits in a pool and is gone from the same pool there: an erased shopper's code is never free again."""
    sources = session.exec(select(CouponSource.campaign, CouponSource.secret)).all()
    same = [campaign for campaign, secret in sources if promises.sources.get(campaign) == secret]
    waiting = select(Coupon).where(col(Coupon.issued_at).is_(None), col(Coupon.campaign).in_(same))
    gone = [one for one in session.exec(waiting) if (one.campaign, one.code) not in promises.codes]
    for one in gone:
        session.delete(one)
    return len(gone)


def _owner(session: Session, there: Coupon) -> str | None:
    """Return whose a code stays: nobody's whom the copy does not know, nor who has another of the campaign in it."""
    if there.shopper is None or session.get(ShopperRow, there.shopper) is None:
        return None
    mine = select(Coupon.code).where(Coupon.campaign == there.campaign, Coupon.shopper == there.shopper)
    return there.shopper if session.exec(mine).first() is None else None
