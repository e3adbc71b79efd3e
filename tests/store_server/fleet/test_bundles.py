"""Log bundles: asked once, kept as they come, the last few; what nobody asked for is passed over."""

import base64
import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session, select

from protocol.instants import MINUTE, SECOND
from protocol.messages import Command, Result, decode
from protocol.topics import GatewayAddress
from store_server.db.migrate import upgrade
from store_server.db.session import open_database
from store_server.db.tables import Audit
from store_server.fleet.bundles import (
    ANSWER_WITHIN_MS,
    KEPT_OF_A_GATEWAY,
    ask_for_bundle,
    bundle_data,
    bundles_of,
    keep_answers,
    open_requests,
)

NOW = 1_793_527_200_000
HERE = GatewayAddress("milan", "gw-shoes")
TOPIC = "aislecue/v1/milan/gw-shoes/command"
PACKED = gzip.compress(b"{}", mtime=0)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    engine = open_database(tmp_path / "aislecue.db")
    upgrade(engine)
    with Session(engine) as session:
        yield session
    engine.dispose()


def answer(request: str, bundle: bytes = PACKED) -> Result:
    return Result(id=request, ok=True, bundle=base64.b64encode(bundle).decode())


def test_a_request_waits_a_minute_as_a_command(session: Session) -> None:
    ask_for_bundle(session, HERE, "anna", "b-1", NOW)
    assert {
        topic: [decode(Command, one) for one in commands]
        for topic, commands in open_requests(session, NOW).items()
    } == {TOPIC: [Command(id="b-1", name="log-bundle")]}
    assert open_requests(session, NOW + ANSWER_WITHIN_MS) == {}
    assert [row.action for row in session.exec(select(Audit))] == ["gateway.bundle"]


def test_tapped_twice_is_asked_once_and_later_again(session: Session) -> None:
    for number, at in enumerate((NOW, NOW + SECOND, NOW + MINUTE)):
        ask_for_bundle(session, HERE, "anna", f"b-{number}", at)
    assert [one.id for one in bundles_of(session, HERE)] == ["b-2", "b-0"]


def test_an_answer_is_kept_as_it_came_and_once(session: Session) -> None:
    ask_for_bundle(session, HERE, "anna", "b-1", NOW)
    assert keep_answers(session, [(HERE, answer("b-1"))], NOW + SECOND) == 1
    assert keep_answers(session, [(HERE, answer("b-1", b"\x1f\x8bother"))], NOW + MINUTE) == 0
    (one,) = bundles_of(session, HERE)
    assert (one.arrived_at, one.size_bytes, one.fault) == (NOW + SECOND, len(PACKED), None)
    assert bundle_data(session, HERE, "b-1") == PACKED
    assert open_requests(session, NOW + SECOND) == {}


def test_what_nobody_asked_for_or_of_another_gateway_is_passed_over(session: Session) -> None:
    ask_for_bundle(session, HERE, "anna", "b-1", NOW)
    other = GatewayAddress("milan", "gw-till")
    assert keep_answers(session, [(HERE, answer("b-9")), (other, answer("b-1"))], NOW) == 0


@pytest.mark.parametrize(
    ("result", "fault"),
    [
        (Result(id="b-1", ok=False, detail="no card"), "no card"),
        (Result(id="b-1", ok=True, bundle="%%%"), "no bundle"),
        (answer("b-1", b"PK\x03\x04"), "no bundle"),
    ],
)
def test_an_answer_without_a_bundle_says_why(session: Session, result: Result, fault: str) -> None:
    ask_for_bundle(session, HERE, "anna", "b-1", NOW)
    keep_answers(session, [(HERE, result)], NOW)
    assert bundles_of(session, HERE)[0].fault == fault
    assert bundle_data(session, HERE, "b-1") is None


def test_the_last_few_stay(session: Session) -> None:
    for number in range(KEPT_OF_A_GATEWAY + 3):
        ask_for_bundle(session, HERE, "anna", f"b-{number}", NOW + number * MINUTE)
    assert [one.id for one in bundles_of(session, HERE)] == ["b-7", "b-6", "b-5", "b-4", "b-3"]
