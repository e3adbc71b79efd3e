"""Retention, erasure and export against the schema as it is: a new table can be neither missed nor forgotten."""

from pathlib import Path

import pytest
from sqlmodel import Session, SQLModel, col, select

from protocol.instants import DAY, Instant
from protocol.plan import read_plan
from store_server.db.migrate import upgrade
from store_server.db.session import open_database
from store_server.db.tables import Audit, HelpCall, Presence, ShopperRow, Sighting, TagZone
from store_server.privacy.erasure import erase, fingerprint
from store_server.privacy.retention import KEPT, sweep
from store_server.privacy.tables import owned_tables
from tests.store_server.shop import PLAN, SHOES, TAG_UUID, UUID

NOW: Instant = 1_793_527_200_000


@pytest.fixture
def session(tmp_path: Path) -> Session:
    engine = open_database(tmp_path / "aislecue.db")
    upgrade(engine)
    return Session(engine)


def sighting(one: str, received_at: Instant) -> Sighting:
    return Sighting(
        shopper="ann",
        id=one,
        at=received_at,
        received_at=received_at,
        uuid="u",
        major=1,
        minor=1,
        proximity="near",
        kind="ranged",
    )


def call(one: str, state: str) -> HelpCall:
    return HelpCall(
        id=one, shopper="ann", store="milan", kind="call-back", phone="+39 02 1", state=state, opened_at=NOW
    )


def test_the_schema_s_own_shopper_columns_are_what_is_erased() -> None:
    named = {table.name for table in SQLModel.metadata.sorted_tables if "shopper" in table.c}

    order = [table.name for table, _ in owned_tables()]
    assert set(order) == named | {"shopper"}
    assert order.index("push_address") < order.index("install") < order.index("shopper")


def test_every_table_of_shoppers_or_what_gateways_heard_has_an_end() -> None:
    lasting = {
        "shopper",
        "install",
        "push_address",
        "receipt",
    }  # until erased; receipts go with their message
    named = {table.name for table, _ in owned_tables()} - lasting

    assert named <= {table for table, _, _ in KEPT}


def test_the_sweep_keeps_a_sighting_a_week_and_no_longer(session: Session) -> None:
    session.add(sighting("old", NOW - 7 * DAY))
    session.add(sighting("young", NOW - 7 * DAY + 1))

    assert sweep(session, NOW)["sighting"] == 1
    assert session.get(Sighting, ("ann", "young")) is not None


def heard(last_at: Instant, *, uuid: str = TAG_UUID, minor: int = 7) -> Presence:
    return Presence(
        store="milan", gateway="gw-shoes", uuid=uuid, major=1, minor=minor, state="lost", changed_at=last_at,
        first_at=last_at, last_at=last_at, rssi_dbm=-60, measured_power_dbm=-59, frames=1, learned_at=last_at,
    )  # fmt: skip


def test_what_gateways_heard_of_a_tag_is_kept_a_week(session: Session) -> None:
    session.add(heard(NOW - 7 * DAY))
    session.add(heard(NOW - 7 * DAY + 1, minor=8))

    assert sweep(session, NOW)["presence"] == 1
    assert session.exec(select(Presence.minor)).all() == [8]


def test_of_a_planned_beacon_it_stays_known_since_when_it_is_silent(session: Session) -> None:
    session.add(heard(NOW - 30 * DAY, uuid=UUID, minor=SHOES))
    session.add(heard(NOW - 30 * DAY, uuid=UUID, minor=SHOES + 1))

    assert sweep(session, NOW, [read_plan(PLAN, "plan")])["presence"] == 1
    assert session.exec(select(Presence.minor)).all() == [SHOES]


def test_a_tag_that_left_is_forgotten_in_a_week_and_one_that_is_there_is_not(session: Session) -> None:
    for minor, zone, since_at in (
        (1, None, NOW - 7 * DAY),
        (2, None, NOW - 7 * DAY + 1),
        (3, "shoes", NOW - 30 * DAY),
    ):
        tag = TagZone(
            uuid=TAG_UUID, major=1, minor=minor, kind="cart", store="milan", zone=zone, since_at=since_at
        )
        session.add(tag)

    assert sweep(session, NOW)["tag_zone"] == 1
    assert session.exec(select(TagZone.minor).order_by(col(TagZone.minor))).all() == [2, 3]


def test_a_number_goes_as_soon_as_its_call_is_resolved(session: Session) -> None:
    session.add(call("open", "open"))
    session.add(call("done", "resolved"))

    sweep(session, NOW)

    session.expire_all()
    assert session.get_one(HelpCall, "open").phone == "+39 02 1"
    assert session.get_one(HelpCall, "done").phone is None


def test_erasure_takes_one_shopper_and_no_other(session: Session) -> None:
    for shopper in ("ann", "bob"):
        session.add(ShopperRow(id=shopper, created_at=NOW, updated_at=NOW))
    session.add(sighting("s", NOW))

    gone = erase(session, "ann", "operator", NOW + DAY)

    assert (gone["shopper"], gone["sighting"]) == (1, 1)
    session.flush()
    session.expire_all()
    assert session.get(ShopperRow, "bob") is not None
    kept = session.get_one(Audit, 1)
    assert (kept.actor, kept.subject) == ("operator", fingerprint("ann"))
