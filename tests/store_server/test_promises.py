"""What a copy must not undo when it is put back: consents withdrawn, erasures, budgets spent, codes issued since."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import Session

from protocol.instants import DAY
from store_server.backup import UNREADABLE, back_up, restore
from store_server.db.session import open_database, writing
from store_server.db.tables import (
    Audit,
    Budget,
    Coupon,
    CouponSource,
    History,
    Install,
    PushAddress,
    ShopperRow,
)
from store_server.privacy.consent import give
from store_server.privacy.erasure import erase, erased_among
from tests.store_server.shop import OPENING, furnish, read_rows

NOW = OPENING + DAY
CODES = "SELECT code, shopper, issued_at FROM coupon ORDER BY code"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "aislecue.db"
    furnish(path)
    change(path, lay_out)
    return path


def lay_out(session: Session) -> None:
    """Let ann have a phone and a past, and a campaign have a budget and a pool of codes."""
    session.add(
        Install(
            id="i", shopper="ann", credential_hash="h", platform="web", created_at=OPENING, seen_at=OPENING
        )
    )
    session.flush()
    session.add(PushAddress(install="i", kind="webpush", shopper="ann", address={}, created_at=OPENING))
    session.add(History(shopper="ann", at=OPENING, kind="visit"))
    session.add(Budget(campaign="help", used=3))
    session.add(CouponSource(campaign="help", secret="s", set_at=OPENING, set_by="Anna"))
    session.add(Coupon(campaign="help", code="A1", place=1, shopper="bob", issued_at=OPENING))
    for place in (2, 3, 4):
        session.add(Coupon(campaign="help", code=f"A{place}", place=place))


def change(database: Path, work: Callable[[Session], object]) -> None:
    engine = open_database(database)
    with writing(engine) as session:
        work(session)
    engine.dispose()


def put_back_after(database: Path, since: Callable[[Session], object]) -> list[str]:
    """Copy, let something happen, put the copy back."""
    copy = database.parent.parent / "copy.db"
    back_up(database, copy)
    change(database, since)
    return restore(copy, database, database.with_name("aside.db"), NOW)


def consent_of(database: Path, shopper: str) -> dict[str, bool]:
    [(consent,)] = read_rows(database, "SELECT consent FROM shopper WHERE id = ?", shopper)
    return dict(json.loads(consent))


def test_a_consent_withdrawn_since_stays_withdrawn_with_all_that_follows(database: Path) -> None:
    def withdraw(session: Session) -> None:
        give(session, session.get_one(ShopperRow, "ann"), {"push": False, "personalisation": False}, OPENING)

    done = put_back_after(database, withdraw)

    assert "shoppers who withdrew a consent since the copy, withdrawn again: 1" in done
    assert consent_of(database, "ann") == {"proximity": True, "push": False, "personalisation": False}
    assert consent_of(database, "bob") == {"proximity": True, "push": True, "personalisation": True}
    for table in ("push_address", "history"):
        assert read_rows(database, f"SELECT * FROM {table}") == []


def test_a_purpose_that_is_not_named_any_more_is_not_agreed_to(database: Path) -> None:
    def forget(session: Session) -> None:
        session.get_one(ShopperRow, "ann").consent = {"proximity": True}

    put_back_after(database, forget)

    assert consent_of(database, "ann") == {"proximity": True, "push": False, "personalisation": False}


def test_a_consent_given_since_does_not_come_with_an_old_copy(database: Path) -> None:
    def agree(session: Session) -> None:
        give(session, session.get_one(ShopperRow, "ann"), {"analytics": True}, OPENING)

    put_back_after(database, agree)

    assert "analytics" not in consent_of(database, "ann")


def test_not_today_still_holds(database: Path) -> None:
    def not_today(session: Session) -> None:
        session.get_one(ShopperRow, "ann").not_today_until = NOW + 1

    put_back_after(database, not_today)

    rows = read_rows(database, "SELECT id, not_today_until FROM shopper ORDER BY id")
    assert rows == [("ann", NOW + 1), ("bob", None)]


def test_who_came_and_was_erased_since_is_still_known_as_erased(database: Path) -> None:
    def come_and_go(session: Session) -> None:
        session.add(ShopperRow(id="zoe", created_at=OPENING, updated_at=OPENING))
        for name in ("zoe", "ann"):
            erase(session, name, "shopper", OPENING)

    put_back_after(database, come_and_go)

    erased = "SELECT at, actor FROM audit WHERE action = 'erase' ORDER BY at"
    assert read_rows(database, erased) == [(OPENING, "shopper"), (NOW, "restored")]
    engine = open_database(database)
    with Session(engine) as session:
        assert erased_among(session, ["ann", "bob", "zoe"]) == {"ann", "zoe"}
    engine.dispose()


def test_who_was_erased_before_the_copy_and_came_again_is_in_it(database: Path) -> None:
    def go_and_come(session: Session) -> None:
        erase(session, "bob", "shopper", OPENING)
        session.add(ShopperRow(id="bob", created_at=OPENING, updated_at=OPENING))

    change(database, go_and_come)

    done = put_back_after(database, lambda _: None)

    assert "shoppers erased since the copy, erased again: 0" in done
    assert read_rows(database, "SELECT id FROM shopper ORDER BY id") == [("ann",), ("bob",)]
    assert read_rows(database, "SELECT actor FROM audit WHERE action = 'erase'") == [("shopper",)]


@pytest.mark.parametrize(("then", "after"), [(10, 10), (1, 3)])
def test_a_budget_is_spent_as_far_as_it_ever_was(database: Path, then: int, after: int) -> None:
    def spend(session: Session) -> None:
        session.get_one(Budget, "help").used = then
        session.add(Budget(campaign="new", used=2))

    put_back_after(database, spend)

    rows = read_rows(database, "SELECT campaign, used FROM budget ORDER BY campaign")
    assert rows == [("help", after), ("new", 2)]


def test_a_code_that_somebody_has_is_nobody_else_s(database: Path) -> None:
    def issue(session: Session) -> None:
        session.add(ShopperRow(id="zoe", created_at=OPENING, updated_at=OPENING))
        for code, shopper in (("A2", "ann"), ("A3", "zoe")):
            one = session.get_one(Coupon, ("help", code))
            one.shopper, one.issued_at = shopper, NOW - 1
        session.add(Coupon(campaign="help", code="P9", shopper=None, issued_at=NOW - 1))

    done = put_back_after(database, issue)

    assert "one-time codes issued since the copy, kept from being issued again: 3" in done
    assert read_rows(database, CODES) == [
        ("A1", "bob", OPENING),
        ("A2", "ann", NOW - 1),
        ("A3", None, NOW - 1),  # zoe came after the copy: nobody knows her now
        ("A4", None, None),
        ("P9", None, NOW - 1),
    ]


def test_an_erased_shopper_s_code_is_not_free_again(database: Path) -> None:
    def issue_and_erase(session: Session) -> None:
        one = session.get_one(Coupon, ("help", "A2"))
        one.shopper, one.issued_at = "ann", OPENING
        session.flush()
        erase(session, "ann", "shopper", OPENING)

    put_back_after(database, issue_and_erase)

    assert [code for code, _, _ in read_rows(database, CODES)] == ["A1", "A3", "A4"]


def test_a_pool_of_another_origin_drops_nothing(database: Path) -> None:
    def begin_anew(session: Session) -> None:
        session.get_one(CouponSource, "help").secret = "another"
        for code in ("A2", "A3"):
            session.delete(session.get_one(Coupon, ("help", code)))

    put_back_after(database, begin_anew)

    assert [code for code, _, _ in read_rows(database, CODES)] == ["A1", "A2", "A3", "A4"]


def test_what_can_be_read_of_a_damaged_database_counts(database: Path) -> None:
    def withdraw(session: Session) -> None:
        erase(session, "bob", "shopper", OPENING)
        give(session, session.get_one(ShopperRow, "ann"), {"push": False}, OPENING)
        session.add(Audit(at=OPENING, actor="x", action="y", subject="z"))

    copy = database.parent.parent / "copy.db"
    back_up(database, copy)
    change(database, withdraw)
    with sqlite3.connect(database) as connection:
        connection.execute("DROP TABLE budget")
    connection.close()

    assert restore(copy, database, database.with_name("aside.db"), NOW)[-1] == UNREADABLE

    assert read_rows(database, "SELECT id FROM shopper") == [("ann",)]
    assert consent_of(database, "ann")["push"] is False
    assert read_rows(database, "SELECT used FROM budget") == [(3,)]


def test_a_database_from_before_there_were_codes_is_read_whole(database: Path) -> None:
    copy = database.parent.parent / "copy.db"
    back_up(database, copy)
    with sqlite3.connect(database) as connection:
        connection.execute("DROP TABLE coupon")
        connection.execute("DROP TABLE coupon_source")
    connection.close()

    assert UNREADABLE not in restore(copy, database, database.with_name("aside.db"), NOW)
    assert len(read_rows(database, CODES)) == 4
