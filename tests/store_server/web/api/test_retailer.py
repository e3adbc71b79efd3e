"""The door of the retailer's systems (SPEC 8): profiles, invitations, purchases."""

import json

import pytest

from protocol.instants import format_instant
from tests.store_server.app_door import EVERYTHING, RETAILER_KEY, Door, enter
from tests.store_server.shop import OPENING


async def test_a_profile_by_invitation_becomes_the_install_s_shopper(door: Door) -> None:
    profile = {
        "id": "crm-7",
        "locale": "it",
        "tier": "gold",
        "tags": ["running"],
        "consent": {"proximity": True},
    }
    applied = await door.by_retailer("PUT", "/v1/shoppers", {"shoppers": [profile], "invite": True})
    invitation = applied.json()["invitations"]["crm-7"]

    me = (await (await door.phone(invitation=invitation)).get("/v1/me")).json()

    assert (me["shopper"], me["tier"], me["consent"]["proximity"]) == ("crm-7", "gold", True)


async def test_a_retailer_never_takes_back_or_gives_a_consent_that_the_shopper_decided(door: Door) -> None:
    profile = {"id": "crm-7", "consent": {"push": True}}
    applied = await door.by_retailer("PUT", "/v1/shoppers", {"shoppers": [profile], "invite": True})
    phone = await door.phone({"push": False}, invitation=applied.json()["invitations"]["crm-7"])

    await door.by_retailer("PUT", "/v1/shoppers", {"shoppers": [profile]})

    assert (await phone.get("/v1/me")).json()["consent"]["push"] is False


async def test_an_erased_shopper_sent_again_begins_without_consent(door: Door) -> None:
    profile = {"id": "crm-7", "tier": "gold", "consent": {"proximity": True, "push": True}}
    body = {"shoppers": [profile, {**profile, "id": "crm-8"}], "invite": True}
    applied = (await door.by_retailer("PUT", "/v1/shoppers", body)).json()
    phone = await door.phone(invitation=applied["invitations"]["crm-7"])
    assert (await phone.delete("/v1/me")).status_code == 204

    await door.by_retailer("PUT", "/v1/shoppers", body)
    again = (await door.by_retailer("PUT", "/v1/shoppers", body)).json()

    kept = door.shop.rows("SELECT consent FROM shopper WHERE id LIKE 'crm-%' ORDER BY id")
    assert [json.loads(consent) for (consent,) in kept] == [{}, profile["consent"]]
    back = await door.phone({"proximity": True}, invitation=again["invitations"]["crm-7"])
    assert (await back.get("/v1/me")).json()["consent"]["proximity"] is True, (
        "it is the shopper's own to give"
    )


@pytest.mark.parametrize("late_ms", [0, 15 * 60_000])
async def test_an_invitation_forged_or_too_old_is_refused(door: Door, late_ms: int) -> None:
    applied = await door.by_retailer("PUT", "/v1/shoppers", {"shoppers": [{"id": "crm-7"}], "invite": True})
    invitation = applied.json()["invitations"]["crm-7"]
    door.shop.clock.go(OPENING + late_ms)
    forged = invitation if late_ms else "A" + invitation

    for one in (forged, "nonsense", "a.b.c"):
        answer = await door.client.post("/v1/installs", json={"platform": "ios", "invitation": one})
        assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "invitation")


@pytest.mark.parametrize(
    "value",
    [
        '"\\ud800"',
        '{"\\udfff": 1}',
        '["a", ["\\ud800"]]',
        "NaN",
        "-Infinity",
        "1e999",
        "[" * 16 + "]" * 16,
    ],
)
async def test_an_attribute_that_no_rule_could_read_is_refused_at_the_door(door: Door, value: str) -> None:
    body = f'{{"shoppers": [{{"id": "crm-7"}}, {{"id": "crm-8", "attributes": {{"n": {value}}}}}]}}'
    headers = {"Authorization": f"Bearer {RETAILER_KEY}", "Content-Type": "application/json"}

    answer = await door.client.put("/v1/shoppers", content=body, headers=headers)

    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "shoppers[1].attributes")
    assert door.shop.rows("SELECT id FROM shopper WHERE id LIKE 'crm%'") == []


async def test_a_shopper_of_many_odd_attributes_is_perceived_like_any_other(door: Door) -> None:
    attributes = {
        "n": "Zoë 🎈\u0000",
        "m": -(2**63),
        "k": 2**70,
        "l": [{"x": 1.5}, None],
        "d": json.loads("[" * 15 + "]" * 15),
    }
    profile = {"id": "crm-7", "attributes": attributes, "consent": {"proximity": True}}
    applied = await door.by_retailer("PUT", "/v1/shoppers", {"shoppers": [profile], "invite": True})
    phone = await door.phone(invitation=applied.json()["invitations"]["crm-7"])

    answer = await phone.post("/v1/sightings", json={"sightings": [enter()]})

    assert answer.json() == {"accepted": 1, "ignored": {}}
    assert (await phone.get("/v1/me/export")).json()["shopper"][0]["attributes"] == attributes


async def test_a_purchase_counts_once_and_only_with_consent(door: Door) -> None:
    buyer, other = await door.phone(EVERYTHING), await door.phone({"proximity": True})
    sale = {"id": "r-1", "at": format_instant(OPENING), "store": "milan", "tags": ["shoes", "socks"]}
    sales = [{**sale, "shopper": await one.shopper()} for one in (buyer, other)]

    first, second = [
        (await door.by_retailer("POST", "/v1/conversions", {"conversions": sales})).json() for _ in range(2)
    ]

    assert first == {"accepted": 1, "ignored": {"no_consent": 1}}
    assert second == {"accepted": 0, "ignored": {"duplicate": 1, "no_consent": 1}}
    assert door.shop.rows("SELECT kind, tag FROM history ORDER BY tag") == [
        ("purchase", "shoes"),
        ("purchase", "socks"),
    ]


async def test_the_retailer_s_door_is_not_the_app_s(door: Door) -> None:
    phone = await door.phone()

    assert (await phone.put("/v1/shoppers", json={"shoppers": [{"id": "x"}]})).status_code == 401
    headers = {"Authorization": f"Bearer {RETAILER_KEY}"}
    assert (await door.client.get("/v1/me", headers=headers)).status_code == 401
