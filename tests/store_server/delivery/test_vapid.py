import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from protocol.instants import HOUR
from store_server.delivery.encryption import CURVE, from_base64url
from store_server.delivery.errors import BadVapid
from store_server.delivery.vapid import KEY_FILE, Vapid, open_vapid

NOW = 1_790_000_000_000
CONTACT = "mailto:push@shop.example"


def parts(header: str) -> tuple[dict[str, object], dict[str, object], bytes, bytes, bytes]:
    scheme, _, rest = header.partition(" ")
    fields = dict(part.strip().split("=", 1) for part in rest.split(","))
    head, claims, signature = fields["t"].split(".")
    assert scheme == "vapid"
    unsigned = f"{head}.{claims}".encode()
    loaded = [json.loads(from_base64url(part)) for part in (head, claims)]
    return loaded[0], loaded[1], unsigned, from_base64url(signature), from_base64url(fields["k"])


def test_a_token_names_the_push_service_the_contact_and_is_signed_by_the_key_it_carries() -> None:
    vapid = Vapid(ec.generate_private_key(CURVE), CONTACT)

    head, claims, unsigned, signature, key = parts(vapid.authorization("https://push.example.net", NOW))

    assert head == {"typ": "JWT", "alg": "ES256"}
    assert claims["aud"] == "https://push.example.net"
    assert claims["sub"] == CONTACT
    assert NOW < int(str(claims["exp"])) * 1000 <= NOW + 24 * HOUR
    assert key == from_base64url(vapid.public_key)
    public = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, key)
    der = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    public.verify(der, unsigned, ec.ECDSA(SHA256()))


def test_a_token_serves_until_an_hour_before_it_ends() -> None:
    vapid = Vapid(ec.generate_private_key(CURVE), CONTACT)
    first = vapid.authorization("https://push.example.net", NOW)

    assert vapid.authorization("https://push.example.net", NOW + 11 * HOUR - 1) == first
    assert vapid.authorization("https://push.example.net", NOW + 11 * HOUR) != first
    assert vapid.authorization("https://other.example.net", NOW) != first


@pytest.mark.parametrize(
    "contact",
    [
        "",
        "push@shop.example",
        "mailto:nobody",
        "http://shop.example",
        "https://localhost/",
        "mailto:a@localhost",
    ],
)
def test_a_contact_that_a_push_service_would_refuse_is_refused_at_the_start(contact: str) -> None:
    with pytest.raises(BadVapid, match="mailto: or https: of a real host expected"):
        Vapid(ec.generate_private_key(CURVE), contact)


def test_the_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    made = open_vapid(tmp_path / "data", CONTACT)

    assert open_vapid(tmp_path / "data", CONTACT).public_key == made.public_key
    assert (tmp_path / "data" / KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_a_file_that_holds_no_key_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_text("not a key")

    with pytest.raises(BadVapid, match=KEY_FILE):
        open_vapid(tmp_path, CONTACT)
