"""An install that gave its key: signed uploads pass once, everything else is refused."""

import json

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from protocol.instants import format_instant
from store_server.delivery.encryption import CURVE, point, to_base64url
from store_server.web.api.signatures import HEADER, TOLERANCE_MS
from tests.store_server.app_door import EVERYTHING, Door, Phone, enter
from tests.store_server.shop import OPENING

KEY = ec.generate_private_key(CURVE)
PUBLIC = to_base64url(point(KEY.public_key()))
CHECK_INS = "/v1/check-ins"
CODE = b'{"store": "milan", "zone": "shoes"}'
BODY = json.dumps({"sightings": [enter()]}).encode()


def sign(sequence: int, at_ms: int = OPENING, body: bytes = BODY, path: str = "/v1/sightings") -> str:
    at = format_instant(at_ms)
    signed = f"POST\n{path}\n{sequence}\n{at}\n".encode() + body
    r, s = decode_dss_signature(KEY.sign(signed, ec.ECDSA(SHA256())))
    return f"{sequence};{at};{to_base64url(r.to_bytes(32) + s.to_bytes(32))}"


async def upload(phone: Phone, signature: str | None, body: bytes = BODY) -> httpx.Response:
    headers = {} if signature is None else {HEADER: signature}
    return await phone.post("/v1/sightings", content=body, headers=headers)


@pytest.fixture
async def phone(door: Door) -> Phone:
    return await door.phone(EVERYTHING, public_key=PUBLIC)


async def test_a_signed_upload_is_taken_and_its_number_serves_once(phone: Phone) -> None:
    assert (await upload(phone, sign(7))).json() == {"accepted": 1, "ignored": {}}
    assert (await upload(phone, sign(7))).status_code == 401
    assert (await upload(phone, sign(6))).status_code == 401
    assert (await upload(phone, sign(8))).json() == {"accepted": 0, "ignored": {"duplicate": 1}}


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "7",
        "x;y;z",
        sign(7, body=b"another"),
        sign(7).replace("7;", "8;", 1),
        sign(7, OPENING + TOLERANCE_MS + 1),
        sign(7, OPENING - TOLERANCE_MS - 1),
        f"7;2026-11-02T10:00:00Z;{'A' * 86}",
    ],
)
async def test_what_is_not_signed_by_the_install_s_own_key_is_refused(
    door: Door, phone: Phone, signature: str | None
) -> None:
    assert (await upload(phone, signature)).status_code == 401
    assert door.shop.rows("SELECT * FROM sighting") == []


async def check_in(phone: Phone, signature: str | None) -> httpx.Response:
    headers = {} if signature is None else {HEADER: signature}
    return await phone.post(CHECK_INS, content=CODE, headers={"Content-Type": "application/json"} | headers)


async def test_a_signed_check_in_is_taken_and_its_number_serves_no_upload_after_it(phone: Phone) -> None:
    taken = await check_in(phone, sign(7, body=CODE, path=CHECK_INS))
    assert (taken.status_code, taken.json()["accepted"]) == (202, True)
    assert (await check_in(phone, sign(7, body=CODE, path=CHECK_INS))).status_code == 401
    assert (await upload(phone, sign(7))).status_code == 401
    assert (await upload(phone, sign(8))).status_code == 202


@pytest.mark.parametrize("signature", [None, "x;y;z", sign(7), sign(7, body=b"{}", path=CHECK_INS)])
async def test_a_stolen_credential_checks_in_nowhere(door: Door, phone: Phone, signature: str | None) -> None:
    assert (await check_in(phone, signature)).status_code == 401
    assert door.shop.rows("SELECT * FROM sighting") == []


async def test_a_key_that_is_none_is_refused(door: Door) -> None:
    for key in ("", "AAAA", "ä", to_base64url(b"\x04" + bytes(64))):
        answer = await door.client.post("/v1/installs", json={"platform": "ios", "public_key": key})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["path"] == "public_key"
