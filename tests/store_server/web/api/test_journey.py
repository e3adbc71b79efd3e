"""The app's journey, door by door (SPEC 8): install, sightings, inbox, receipts, why, help, check-in."""

import json

import pytest

from protocol.instants import format_instant
from store_server.db.tables import PlanRevision
from tests.store_server.app_door import EVERYTHING, PUSH_KEY, Door, enter, with_message
from tests.store_server.shop import OPENING, UUID


async def test_an_app_learns_what_to_monitor_before_it_has_a_credential(door: Door) -> None:
    answer = await door.client.get("/v1/app-config")

    config = answer.json()
    assert config["regions"] == [{"uuid": UUID, "major": 1}]
    assert config["upload"]["max_batch"] == 200
    assert [store["id"] for store in config["stores"]] == ["milan"]
    same = await door.client.get("/v1/app-config", headers={"If-None-Match": answer.headers["ETag"]})
    assert (same.status_code, same.content) == (304, b"")


async def test_a_plan_s_revision_that_does_not_read_closes_no_door(door: Door) -> None:
    phone = await door.phone(EVERYTHING)
    door.shop.write(
        lambda session: session.add_all(
            PlanRevision(store=store, revision=2, text="version: 9", applied_at=OPENING, applied_by="test")
            for store in ("milan", "never-read")
        )
    )

    config = await door.client.get("/v1/app-config")
    answers = [
        await phone.post("/v1/help", json={}),
        await phone.post("/v1/check-ins", json={"store": "milan", "zone": "shoes"}),
        await phone.post("/v1/receipts", json={"kind": "not-today"}),
    ]

    assert [store["id"] for store in config.json()["stores"]] == ["milan"]
    assert [answer.is_success for answer in answers] == [True, True, True]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/v1/consents"),
        ("POST", "/v1/sightings"),
        ("GET", "/v1/inbox"),
        ("GET", "/v1/stream"),
        ("POST", "/v1/receipts"),
        ("POST", "/v1/help"),
        ("POST", "/v1/check-ins"),
        ("GET", "/v1/me"),
        ("GET", "/v1/me/export"),
        ("GET", "/v1/me/why/m"),
        ("DELETE", "/v1/me"),
        ("PUT", "/v1/shoppers"),
        ("POST", "/v1/conversions"),
    ],
)
async def test_no_door_opens_without_a_credential_or_with_a_wrong_one(
    door: Door, method: str, path: str
) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic c2VjcmV0LTE="}):
        answer = await door.client.request(method, path, headers=headers, json={})
        assert answer.status_code == 401, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_two_installs_are_two_shoppers_and_keep_no_secret(door: Door) -> None:
    one, other = await door.phone(), await door.phone()

    assert await one.shopper() != await other.shopper()
    kept = door.shop.rows("SELECT credential_hash FROM install")
    assert not any("secret" in value for (value,) in kept)


async def test_nothing_is_taken_in_before_consent(door: Door) -> None:
    phone = await door.phone()

    answer = await phone.post("/v1/sightings", json={"sightings": [enter()]})

    assert (answer.status_code, answer.json()) == (202, {"accepted": 0, "ignored": {"no_consent": 1}})
    assert door.shop.rows("SELECT * FROM sighting") == []
    assert door.shop.rows("SELECT * FROM shopper_state") == []


async def test_a_sighting_becomes_a_message_in_the_inbox_read_once(door: Door) -> None:
    phone, message = await with_message(door)

    answer = await phone.get("/v1/inbox")

    assert answer.json()["messages"] == [
        {
            "id": message,
            "at": format_instant(OPENING + 93_000),
            "store": "milan",
            "title": "Help",
            "body": "Ask Anna.",
            "link": None,
            "state": "accepted",
        }
    ]
    same = await phone.get("/v1/inbox", headers={"If-None-Match": answer.headers["ETag"]})
    assert same.status_code == 304


async def test_a_batch_sent_again_is_counted_as_doubled(door: Door) -> None:
    phone = await door.phone(EVERYTHING)
    batch = {"sightings": [enter("a"), enter("b", minor=99)]}

    first, second = [await phone.post("/v1/sightings", json=batch) for _ in range(2)]

    assert first.json() == {"accepted": 1, "ignored": {"unknown_beacon": 1}}
    assert second.json() == {"accepted": 0, "ignored": {"duplicate": 1, "unknown_beacon": 1}}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"sightings": [enter("a"), enter("b", at=OPENING) | {"at": "yesterday"}]}, "sightings[1]"),
        ({"sightings": [enter() | {"uuid": "no"}]}, "sightings[0]"),
        ({"sightings": [enter() | {"major": "1"}]}, "sightings[0].major"),
        ({"sightings": [enter() | {"kind": "left"}]}, "sightings[0].kind"),
        ({"sightings": [enter() | {"shopper": "someone-else"}]}, "sightings[0].shopper"),
        ({"sightings": [enter("")]}, "sightings[0].id"),
        ({"sightings": [enter("a"), enter("b", rssi=1e300)]}, "sightings[1].rssi"),
        ({"sightings": [enter(rssi=-128.5)]}, "sightings[0].rssi"),
        ({"sightings": [enter(rssi=128)]}, "sightings[0].rssi"),
        ({"sightings": [enter(f"{k}") for k in range(201)]}, "sightings"),
    ],
)
async def test_a_malformed_batch_is_refused_whole_with_the_path(door: Door, body: object, path: str) -> None:
    phone = await door.phone(EVERYTHING)

    answer = await phone.post("/v1/sightings", json=body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == path
    assert door.shop.rows("SELECT * FROM sighting") == []


async def test_the_weakest_and_the_strongest_a_radio_can_report_are_taken(door: Door) -> None:
    phone = await door.phone(EVERYTHING)
    batch = [enter("a", rssi=-128), enter("b", rssi=127), enter("c", rssi=None)]
    assert (await phone.post("/v1/sightings", json={"sightings": batch})).json()["accepted"] == 3


async def test_of_a_push_address_only_what_a_push_needs_is_kept(door: Door) -> None:
    phone = await door.phone(EVERYTHING)
    keys = {"p256dh": PUSH_KEY + "=", "auth": "YWFhYWFhYWFhYWFhYWFhYQ", "more": "x" * 50_000}
    address = {"endpoint": "https://fcm.googleapis.com/x", "keys": keys, "expirationTime": None}
    answer = await phone.put("/v1/consents", json={"push_address": {"kind": "webpush", "address": address}})
    assert answer.status_code == 200
    [(kept,)] = door.shop.rows("SELECT address FROM push_address")
    assert json.loads(kept) == {
        "endpoint": "https://fcm.googleapis.com/x",
        "keys": {"p256dh": PUSH_KEY, "auth": "YWFhYWFhYWFhYWFhYWFhYQ"},
    }


async def test_a_body_beyond_all_measure_or_reason_is_refused(door: Door) -> None:
    phone = await door.phone(EVERYTHING)

    assert (await phone.post("/v1/sightings", content=b"x" * 70_000)).status_code == 413
    for body in (b"", b"[", b"\xff\xfe", b"[]", b'{"sightings":null}'):
        assert (await phone.post("/v1/sightings", content=body)).status_code == 422


async def test_an_unexpected_field_is_named(door: Door) -> None:
    phone = await door.phone()

    answer = await phone.put("/v1/consents", json={"proximity": "yes", "tracking": True})

    assert answer.status_code == 422
    assert [one["path"] for one in answer.json()["errors"]] == ["proximity", "tracking"]


async def test_receipts_move_a_message_on_and_never_back(door: Door) -> None:
    phone, message = await with_message(door)

    answers = [
        await phone.post("/v1/receipts", json={"kind": kind, "message": message})
        for kind in ("displayed", "opened", "displayed", "dismissed")
    ]

    assert [answer.json()["new"] for answer in answers] == [True, True, False, True]
    assert door.shop.rows("SELECT state FROM outbox") == [("opened",)]
    kinds = door.shop.rows("SELECT kind FROM receipt ORDER BY kind")
    assert kinds == [("dismissed",), ("displayed",), ("opened",)]


async def test_nobody_reads_or_receipts_another_s_message(door: Door) -> None:
    _, message = await with_message(door)
    stranger = await door.phone(EVERYTHING)

    assert (await stranger.get(f"/v1/me/why/{message}")).status_code == 404
    answer = await stranger.post("/v1/receipts", json={"kind": "opened", "message": message})
    assert answer.status_code == 404


async def test_not_today_holds_until_the_store_s_midnight(door: Door) -> None:
    phone = await door.phone(EVERYTHING)

    answer = await phone.post("/v1/receipts", json={"kind": "not-today"})

    assert answer.json()["not_today_until"] == "2026-11-02T23:00:00Z"  # midnight in Rome, in winter
    assert (await phone.get("/v1/me")).json()["not_today_until"] == "2026-11-02T23:00:00Z"
    await phone.post("/v1/sightings", json={"sightings": [enter()]})
    await door.shop.go(93)
    decided = door.shop.rows("SELECT outcome, reason FROM decision")
    assert decided == [("inbox", "do_not_disturb")]


async def test_why_names_campaign_facts_and_reasons(door: Door) -> None:
    phone, message = await with_message(door)

    why = (await phone.get(f"/v1/me/why/{message}")).json()

    assert why["campaign"] == {"id": "help", "name": "Help", "revision": 1}
    assert (why["store"], why["zone"], why["trigger"], why["outcome"]) == ("milan", "shoes", "dwell", "send")
    assert why["because"][0] == "You stayed for 90 seconds in Shoes."
    assert "“Help”" in why["because"][1]
    assert why["facts"]["zone"] == "shoes"


async def test_why_speaks_the_shopper_s_language(door: Door) -> None:
    phone, message = await with_message(door)
    door.shop.write(
        lambda session: session.connection().exec_driver_sql("UPDATE shopper SET locale = 'it-IT'")
    )

    why = (await phone.get(f"/v1/me/why/{message}")).json()

    assert why["because"][0] == "Hai passato 90 secondi in Shoes."


async def test_a_call_for_help_is_one_call_and_keeps_the_peace(door: Door) -> None:
    phone = await door.phone(EVERYTHING)
    await phone.post("/v1/sightings", json={"sightings": [enter()]})

    calls = [(await phone.post("/v1/help", json={})).json() for _ in range(2)]

    assert calls[0] == calls[1]
    assert (calls[0]["store"], calls[0]["zone"], calls[0]["state"]) == ("milan", "shoes", "open")
    await door.shop.go(93)
    assert door.shop.rows("SELECT reason FROM decision") == [("do_not_disturb",)]


async def test_a_call_back_needs_a_number(door: Door) -> None:
    phone = await door.phone()

    refused = await phone.post("/v1/help", json={"kind": "call-back"})
    made = await phone.post("/v1/help", json={"kind": "call-back", "phone": "+39 02 1234567"})

    assert refused.json()["errors"][0]["path"] == "phone"
    assert made.status_code == 201


async def test_a_zone_s_code_counts_as_coming_there(door: Door) -> None:
    phone = await door.phone(EVERYTHING)

    answer = await phone.post("/v1/check-ins", json={"store": "milan", "zone": "shoes"})
    await door.shop.go(93)

    assert answer.json() == {"accepted": True, "reason": None, "zone_name": "Shoes"}
    assert door.shop.rows("SELECT campaign, outcome FROM decision") == [("help", "send")]
    unknown = await phone.post("/v1/check-ins", json={"store": "milan", "zone": "moon"})
    assert unknown.status_code == 404


async def test_a_code_without_consent_leaves_no_trace(door: Door) -> None:
    phone = await door.phone()

    answer = await phone.post("/v1/check-ins", json={"store": "milan", "zone": "shoes"})

    assert answer.json() == {"accepted": False, "reason": "no_consent", "zone_name": "Shoes"}
    assert door.shop.rows("SELECT * FROM shopper_state") == []
