"""Only the pinned key's newer configurations for this gateway are taken; one that cuts it off is given up (SPEC 7)."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.configuration import TRIAL_MS, Configuration, InForce
from protocol.config import GatewayConfig, SignedConfig
from protocol.errors import BadMessage
from protocol.messages import encode
from protocol.topics import GatewayAddress
from store_server.fleet.config import ConfigSigner
from tests.fakes.clock import START

HERE = GatewayAddress("milan", "gw-shoes")
OLD, NEW, FIRST = (f"8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d1{n}" for n in range(3))
SIGNER = ConfigSigner(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
GOLDEN = (
    b'{"config":"{\\"v\\":1,\\"store\\":\\"milan\\",\\"gateway\\":\\"gw-shoes\\",\\"version\\":7,'
    b'\\"allowed_uuids\\":[\\"8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10\\"]}","signature":"-fxe1AKbHBTpweF4odvhqX7eByfqoQMJWgNcfwpPJMQWY7gm_2FNGeOf9u3SKBcTnTxHAQFQAGUMAXaTdUKhCQ"}'
)


def signed(version: int, *uuids: str, address: GatewayAddress = HERE, signer: ConfigSigner = SIGNER) -> bytes:
    return signer.sign(
        GatewayConfig(
            store=address.store, gateway=address.gateway, version=version, allowed_uuids=uuids or (NEW,)
        )
    )


def with_signature(signature: str) -> bytes:
    return encode(SignedConfig(config="{}", signature=signature))


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    return Configuration(HERE, SIGNER.public_key, tmp_path, frozenset({FIRST}))


def proven(configuration: Configuration, version: int, *uuids: str) -> None:
    configuration.take(signed(version, *uuids), START)
    assert configuration.look(START + 1, START + 1, None) is None


def test_the_bytes_on_the_wire_are_these() -> None:
    assert signed(7, OLD) == GOLDEN


def test_a_signed_configuration_is_in_force_at_once(configuration: Configuration) -> None:
    assert configuration.load() == InForce(0, frozenset({FIRST}))
    assert configuration.take(signed(1, OLD, NEW), START) == InForce(1, frozenset({OLD, NEW}))
    assert configuration.take(signed(1, OLD, NEW), START) is None


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (signed(9).replace(b"milan", b"turin"), "bad_signature"),
        (signed(9, signer=ConfigSigner(Ed25519PrivateKey.generate())), "bad_signature"),
        (signed(9, address=GatewayAddress("milan", "gw-till")), "foreign_config"),
        (signed(9, address=GatewayAddress("rome", "gw-shoes")), "foreign_config"),
        (signed(4), "old_config"),
        (with_signature("A" * 86), "bad_signature"),
        (with_signature("A" * 86 + "\n"), "wrong_shape"),
        (b'{"version":9,"allowed_uuids":[]}', "wrong_shape"),
        (b"\xff", "not_json"),
        (b"x" * 70_000, "too_large"),
    ],
)
def test_what_is_unsigned_older_or_anothers_is_refused_and_told(
    configuration: Configuration, payload: bytes, reason: str
) -> None:
    proven(configuration, 5, OLD)
    with pytest.raises(BadMessage) as caught:
        configuration.take(payload, START)
    assert caught.value.reason == reason
    assert configuration.in_force == InForce(5, frozenset({OLD}))
    assert configuration.fault is not None
    configuration.take(signed(5, OLD), START)
    assert configuration.fault is None


@pytest.mark.parametrize("reached", [(START + 1, None), (None, START + TRIAL_MS - 1)])
def test_server_or_radio_prove_it_good_and_it_outlives_a_restart(
    configuration: Configuration, tmp_path: Path, reached: tuple[int | None, int | None]
) -> None:
    configuration.take(signed(1), START)
    assert configuration.look(START + TRIAL_MS, *reached) is None
    assert configuration.look(START + 10 * TRIAL_MS, None, None) is None
    again = Configuration(HERE, SIGNER.public_key, tmp_path, frozenset({FIRST}))
    assert again.load() == InForce(1, frozenset({NEW}))


def test_one_that_reaches_neither_is_given_up_after_90_s_and_never_tried_again(
    configuration: Configuration, tmp_path: Path
) -> None:
    proven(configuration, 1, OLD)
    configuration.take(signed(2), START + 5)
    before = START + 5
    assert configuration.look(START + 5 + TRIAL_MS - 1, before, before) is None
    assert configuration.look(START + 5 + TRIAL_MS, before, before) == InForce(1, frozenset({OLD}))
    assert "version 2" in (configuration.fault or "")
    with pytest.raises(BadMessage) as caught:
        configuration.take(signed(2), START + 6 + TRIAL_MS)
    assert caught.value.reason == "given_up_config"
    assert configuration.take(signed(3), START + 6 + TRIAL_MS) is not None
    again = Configuration(HERE, SIGNER.public_key, tmp_path, frozenset())
    assert again.load().version == 1
    with pytest.raises(BadMessage) as caught:
        again.take(signed(2), START)
    assert caught.value.reason == "given_up_config", "tried again after a restart"
    assert again.take(signed(3), START) is not None


def test_what_another_server_signed_was_not_given_up_here(
    configuration: Configuration, tmp_path: Path
) -> None:
    configuration.take(signed(8), START)
    assert configuration.look(START + TRIAL_MS, None, None) is not None
    new_server = ConfigSigner(Ed25519PrivateKey.generate())
    enrolled_anew = Configuration(HERE, new_server.public_key, tmp_path, frozenset({FIRST}))
    enrolled_anew.load()
    assert enrolled_anew.take(signed(2, signer=new_server), START) is not None


def test_a_second_trial_goes_back_to_the_last_good_one_not_to_the_first_trial(
    configuration: Configuration,
) -> None:
    proven(configuration, 1, OLD)
    configuration.take(signed(2), START + 2)
    configuration.take(signed(3), START + 3)
    assert configuration.look(START + 3 + TRIAL_MS, None, None) == InForce(1, frozenset({OLD}))


def test_a_spoilt_file_is_told_and_the_settings_hold(configuration: Configuration, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes(signed(3).replace(b"milan", b"turin"))
    assert configuration.load() == InForce(0, frozenset({FIRST}))
    assert "cannot be read" in (configuration.fault or "")
