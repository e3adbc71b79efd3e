"""The door of a manager's own phone: a code lets in one, what it says is heard of its own messages only."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from store_server.db.session import writing
from store_server.db.tables import Account
from store_server.delivery.own_phones import hand_out_code
from store_server.delivery.trials import TrialWords, queue_trial
from tests.store_server.app_door import PUSH_KEY, Door, Phone, open_door
from tests.store_server.delivery.test_webpush import KEYS
from tests.store_server.shop import OPENING, furnish

CODE = "k7qf-2m9x-hh4t"
ADDRESS = {"endpoint": "https://updates.push.services.mozilla.com/wpush/v2/abc", "keys": KEYS}


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    furnish(tmp_path / "aislecue.db", shoppers=[])
    async with open_door(tmp_path / "aislecue.db") as door:
        with writing(door.side.engine) as session:
            for name in ("Anna", "Bruno"):
                session.add(Account(name=name, role="owner", password_hash="x", created_at=OPENING))
            session.flush()
            hand_out_code(session, "Anna", CODE, OPENING)
        yield door


async def paired(door: Door, code: str = CODE) -> Phone:
    answer = await door.client.post("/v1/own-phones", json={"code": code, "address": ADDRESS})
    assert answer.status_code == 201, answer.text
    return Phone(door.client, {"Authorization": f"Bearer {answer.json()['credential']}"})


async def test_a_code_pairs_a_phone_that_knows_whose_it_is_and_can_leave(door: Door) -> None:
    assert (await door.client.get("/v1/own-phones/key")).json() == {"vapid_public_key": PUSH_KEY}
    phone = await paired(door)
    assert (await phone.get("/v1/own-phones/me")).json() == {
        "account": "Anna",
        "paired_at": "2026-11-02T10:00:00Z",
    }
    assert (await phone.delete("/v1/own-phones/me")).status_code == 204
    assert (await phone.get("/v1/own-phones/me")).status_code == 401
    assert door.shop.rows("SELECT count(*) FROM own_phone") == [(0,)]


async def test_of_its_push_address_only_what_a_push_needs_is_kept(door: Door) -> None:
    address = {**ADDRESS, "keys": {**KEYS, "more": "x" * 50_000}, "expirationTime": None}
    answer = await door.client.post("/v1/own-phones", json={"code": CODE, "address": address})
    assert answer.status_code == 201
    [(kept,)] = door.shop.rows("SELECT address FROM own_phone")
    assert json.loads(kept) == ADDRESS


async def test_no_shopper_no_install_and_no_consent_comes_of_it(door: Door) -> None:
    phone = await paired(door)
    assert (await phone.get("/v1/me")).status_code == 401
    tables = ("shopper", "install", "push_address")
    assert [door.shop.rows(f"SELECT count(*) FROM {one}") for one in tables] == [[(0,)]] * 3


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"code": "xxxx-xxxx-xxxx"}, 404),
        ({"address": {"endpoint": "https://169.254.169.254/latest", "keys": KEYS}}, 422),
        ({"address": {"endpoint": ADDRESS["endpoint"], "keys": {}}}, 422),
        ({"code": "x" * 41}, 422),
        ({"account": "Bruno"}, 422),
    ],
)
async def test_what_is_not_as_expected_pairs_nothing(door: Door, wrong: dict[str, Any], status: int) -> None:
    answer = await door.client.post("/v1/own-phones", json={"code": CODE, "address": ADDRESS, **wrong})
    assert answer.status_code == status
    assert door.shop.rows("SELECT count(*) FROM own_phone") == [(0,)]
    await paired(door)  # the code is still good


async def test_receipts_are_heard_of_the_phone_s_own_messages_only(door: Door) -> None:
    phone = await paired(door)
    with writing(door.side.engine) as session:
        trial = queue_trial(session, "Anna", "help", TrialWords("Test: A", "B", None), "t1", OPENING)
        hand_out_code(session, "Bruno", "aaaa-bbbb-cccc", OPENING)
    stranger = await paired(door, "aaaa-bbbb-cccc")
    receipt = {"kind": "displayed", "message": trial}
    assert (await stranger.post("/v1/own-phones/receipts", json=receipt)).status_code == 404
    heard = [(await phone.post("/v1/own-phones/receipts", json=receipt)).json() for _ in range(2)]
    assert heard == [{"new": True}, {"new": False}]
    assert door.shop.rows("SELECT state FROM trial") == [("displayed",)]
    assert door.shop.rows("SELECT count(*) FROM receipt") == [(0,)]
