"""What a shopper may ask for (SPEC 8): consent purpose by purpose, an export of everything, erasure."""

import json

from protocol.instants import format_instant
from tests.store_server.app_door import EVERYTHING, Door, enter, with_message
from tests.store_server.shop import OPENING

PUSH_ADDRESS = {
    "kind": "webpush",
    "address": {
        "endpoint": "http://127.0.0.1:9/push/1",
        "keys": {
            "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "auth": "BTBZMqHH6r4Tts7J_aSIgg",
        },
    },
}


async def test_consents_stand_each_for_itself(door: Door) -> None:
    phone = await door.phone({"proximity": True})

    answer = await phone.put("/v1/consents", json={"push": True})

    expected = {"proximity": True, "push": True, "personalisation": False, "analytics": False}
    assert answer.json() == {"consent": expected}


async def test_a_push_address_needs_the_consent_and_goes_with_it(door: Door) -> None:
    phone = await door.phone({"proximity": True})

    refused = await phone.put("/v1/consents", json={"push_address": PUSH_ADDRESS})
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (409, "push_address")
    await phone.put("/v1/consents", json={"push": True, "push_address": PUSH_ADDRESS})
    assert door.shop.rows("SELECT install, kind FROM push_address") == [("id-2", "webpush")]
    await phone.put("/v1/consents", json={"push": False})
    assert door.shop.rows("SELECT * FROM push_address") == []


async def test_a_push_address_into_our_own_net_is_refused(door: Door) -> None:
    phone = await door.phone({"push": True})
    address = {**PUSH_ADDRESS["address"], "endpoint": "https://10.0.0.1/admin"}  # type: ignore[dict-item]

    answer = await phone.put("/v1/consents", json={"push_address": {"kind": "webpush", "address": address}})

    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "push_address.address")


async def test_withdrawing_proximity_forgets_where_one_was(door: Door) -> None:
    phone = await door.phone(EVERYTHING)
    await phone.post("/v1/sightings", json={"sightings": [enter()]})

    await phone.put("/v1/consents", json={"proximity": False})
    await door.shop.go(100)

    for table in ("sighting", "shopper_state", "decision", "outbox"):
        assert door.shop.rows(f"SELECT * FROM {table}") == []


async def test_the_export_holds_every_row_and_no_secret(door: Door) -> None:
    phone, message = await with_message(door)
    await phone.post("/v1/receipts", json={"kind": "opened", "message": message})

    answer = await phone.get("/v1/me/export")

    kept = json.loads(answer.content)
    assert set(kept) == {"shopper", "install", "sighting", "shopper_state", "decision", "outbox", "receipt"}
    assert kept["sighting"][0]["at"] == format_instant(OPENING)
    assert "credential_hash" not in answer.text
    assert "attachment" in answer.headers["content-disposition"]


async def test_erasure_leaves_nothing_but_that_it_was_done(door: Door) -> None:
    phone, message = await with_message(door)
    await phone.post("/v1/receipts", json={"kind": "opened", "message": message})
    shopper = await phone.shopper()

    assert (await phone.delete("/v1/me")).status_code == 204

    assert (await phone.get("/v1/me")).status_code == 401
    for table in ("shopper", "install", "sighting", "shopper_state", "decision", "outbox", "receipt"):
        assert door.shop.rows(f"SELECT * FROM {table}") == []
    audit = door.shop.rows("SELECT actor, action, subject FROM audit")
    assert audit[0][:2] == ("shopper", "erase")
    assert shopper not in audit[0][2]
