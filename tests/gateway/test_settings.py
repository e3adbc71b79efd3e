"""The gateway's settings: file, environment, refusals with file and line."""

from pathlib import Path

import pytest

from gateway.settings import PLAIN_PORT, TLS_PORT, read_settings
from protocol.errors import BadInput

GOOD = """\
store = "milan-duomo"
gateway = "gw-entrance"
data_dir = "data"
allowed_uuids = ["8C18B6A9-5f4c-4d5f-9f1e-0a6e0b8f2d10"]

[broker]
host = "127.0.0.1"
password = "secret"
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "gateway.toml"
    path.write_text(text)
    return path


def test_a_good_file(tmp_path: Path) -> None:
    settings = read_settings(write(tmp_path, GOOD), {})
    assert settings.address == ("milan-duomo", "gw-entrance")
    assert settings.allowed_uuids == {"8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10"}
    assert settings.data_dir == tmp_path / "data"
    assert (settings.broker.port, settings.broker.user) == (PLAIN_PORT, "milan-duomo/gw-entrance")
    assert settings.adapters == ("hci0",)
    assert "secret" not in repr(settings)


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    environment = {
        "AISLECUE_GATEWAY_GATEWAY": "gw-till",
        "AISLECUE_GATEWAY_BROKER_PORT": "1999",
        "AISLECUE_GATEWAY_BROKER_PASSWORD": "12345",
        "AISLECUE_GATEWAY_ADAPTERS": "hci0, hci1",
        "AISLECUE_GATEWAY_ALLOW_REBOOT": "true",
        "PATH": "/bin",
    }
    settings = read_settings(write(tmp_path, GOOD), environment)
    assert settings.address.gateway == "gw-till"
    assert (settings.broker.port, settings.broker.password) == (1999, "12345")
    assert settings.adapters == ("hci0", "hci1")
    assert settings.allow_reboot


def test_with_tls_the_port_is_the_tls_port(tmp_path: Path) -> None:
    text = GOOD.replace('"127.0.0.1"', '"broker.example.com"') + 'ca_file = "ca.pem"\n'
    settings = read_settings(write(tmp_path, text), {})
    assert (settings.broker.port, settings.broker.ca_file) == (TLS_PORT, tmp_path / "ca.pem")


def test_a_password_file_is_read_and_must_be_private(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("from a file\n")
    text = GOOD.replace('password = "secret"', 'password_file = "password"')
    secret.chmod(0o600)
    assert read_settings(write(tmp_path, text), {}).broker.password == "from a file"
    secret.chmod(0o644)
    with pytest.raises(BadInput, match="readable by its owner only"):
        read_settings(write(tmp_path, text), {})


def test_a_key_is_private(tmp_path: Path) -> None:
    key = tmp_path / "gateway.key"
    files = 'ca_file = "ca.pem"\ncert_file = "gateway.pem"\nkey_file = "gateway.key"\n'
    key.write_text("a key")
    key.chmod(0o600)
    assert read_settings(write(tmp_path, GOOD + files), {}).broker.key_file == key
    key.chmod(0o640)
    with pytest.raises(BadInput, match="readable by its owner only"):
        read_settings(write(tmp_path, GOOD + files), {})


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'store = "milan-duomo"',
            'store = "Milano!"',
            "gateway.toml:1: expected store of lower-case letters",
        ),
        ("allowed_uuids", "alowed_uuids", "gateway.toml:4: expected only known keys"),
        ('["8C18B6A9-5f4c-4d5f-9f1e-0a6e0b8f2d10"]', '["nonsense"]', "gateway.toml:4: expected UUIDs"),
        ('host = "127.0.0.1"', 'host = "10.0.0.5"', "gateway.toml:7: expected TLS"),
        ("[broker]", "[brokr]", "a section [broker]"),
        ('gateway = "gw-entrance"', "gateway = gw", "gateway.toml:2: expected TOML"),
        ('password = "secret"', "port = 70000", "gateway.toml:8: expected port as a whole number"),
        ('password = "secret"', 'cert_file = "c.pem"', "cert_file and key_file together"),
    ],
)
def test_a_bad_file_is_refused_with_file_line_and_reason(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    with pytest.raises(BadInput) as refused:
        read_settings(write(tmp_path, GOOD.replace(old, new, 1)), {})
    assert said in str(refused.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="a settings file"):
        read_settings(tmp_path / "nowhere.toml", {})
