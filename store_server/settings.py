"""Settings, read once from AISLECUE_* variables; every other module is handed a value."""

import os
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Literal, Self, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from protocol.errors import BadInput, Problem

Role: TypeAlias = Literal["api", "intake", "delivery", "scheduler"]
ALL_ROLES: tuple[Role, ...] = get_args(Role)
PREFIX = "AISLECUE_"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Settings(BaseModel):
    """How one store server process runs; defaults suit one machine."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data_dir: Path = Path("aislecue-data")
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65_535)
    public_url: str = ""
    """Where browsers and apps find this server; the address it listens on where nothing else is said."""
    roles: frozenset[Role] = frozenset(ALL_ROLES)
    worker: str = Field(default="server-1", pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    """This process among several on one database: its MQTT client id, the owner of its leases."""
    mqtt_host: str | None = None
    """No host, no MQTT door: phones alone."""
    mqtt_port: int = Field(default=1883, ge=1, le=65_535)
    mqtt_username: str | None = None
    mqtt_password: str | None = Field(default=None, repr=False)
    mqtt_ca_file: Path | None = None
    """Given: TLS. Without it only a broker on loopback is spoken to."""
    mqtt_cert_file: Path | None = None
    mqtt_key_file: Path | None = None
    """Who we are to a broker that asks for certificates; `aislecue gateway broker` writes both."""
    mqtt_crl_file: Path | None = None
    """Where the broker reads its list of revoked certificates, on this machine: kept by this server. None: by hand."""
    gateway_broker_host: str | None = None
    """How gateways reach the broker, as its certificate names it; told to each at enrolment."""
    gateway_broker_port: int = Field(default=8883, ge=1, le=65_535)
    push_contact: str = "mailto:operator@example.com"
    """VAPID subject (RFC 8292): a real address of yours, or Apple's push service refuses."""
    push_allow_loopback: bool = False
    """Whether a push endpoint may lie on this machine: a push service of your own, never the open internet's."""
    installs_per_hour: int = Field(default=600, ge=0, le=100_000)
    """New installs of one address; 0: as many as come."""
    retailer_key: str | None = Field(default=None, min_length=32, repr=False)
    """By which the retailer's own systems speak: profiles and the till. No key: those two doors stay shut."""

    review: bool = False
    """Whether what goes live needs a second person."""
    language: Literal["en", "it"] = "en"
    """The chain's own, in which alerts are sent; each reader of a page has theirs."""
    alert_urls: tuple[str, ...] = Field(default=(), repr=False)
    """Where alerts go: apprise URLs, blanks between them. None: alerts are shown in the console only."""
    alert_unsent_hours: int = Field(default=0, ge=0, le=720)
    """After how many hours without a message a live campaign with many triggers is told; 0: never."""

    @model_validator(mode="before")
    @classmethod
    def _own_address(cls, given: dict[str, object]) -> dict[str, object]:
        host, port = given.get("host", "127.0.0.1"), given.get("port", 8080)
        return {"public_url": f"http://{host}:{port}", **given}

    @model_validator(mode="after")
    def _no_secrets_in_the_open(self) -> Self:
        if self.mqtt_host is not None and self.mqtt_host not in LOOPBACK and self.mqtt_ca_file is None:
            raise ValueError("AISLECUE_MQTT_CA_FILE for a broker beyond loopback expected, got none")
        return self

    @property
    def database(self) -> Path:
        return self.data_dir / "aislecue.db"

    @property
    def listens_beyond_loopback(self) -> bool:
        return self.host not in LOOPBACK


def read_settings(environ: Mapping[str, str] | None = None, **given: object) -> Settings:
    """Read settings from the environment; `given` (the command line) wins. Raises BadInput."""
    environ = os.environ if environ is None else environ
    raw: dict[str, object] = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environ.items()
        if name.startswith(PREFIX) and value
    }
    if isinstance(roles := raw.get("roles"), str):
        raw["roles"] = [role.strip() for role in roles.split(",")]
    if isinstance(urls := raw.get("alert_urls"), str):
        raw["alert_urls"] = urls.split()
    raw.update({name: value for name, value in given.items() if value is not None})
    try:
        return Settings.model_validate(raw)
    except ValidationError as fault:
        raise BadInput(
            *(_problem(e, {name for name in given if given[name] is not None}) for e in fault.errors())
        ) from fault


def _problem(error: ErrorDetails, options: Container[object]) -> Problem:
    """Name the option or variable that is wrong; what is secret is not repeated."""
    name = str(error["loc"][0]) if error["loc"] else ""
    place = f"--{name.replace('_', '-')}" if name in options else (PREFIX + name).rstrip("_").upper()
    if error["type"] == "extra_forbidden":
        return Problem(place, None, "the name of a setting", "none of this name")
    said = error["msg"].removeprefix("Value error, ")
    said = said.removeprefix("Input should be ").removeprefix("String should have ")
    field = Settings.model_fields.get(name)
    shown = field is not None and field.repr
    expected, _, got = said.partition(" expected, got ")
    return Problem(place, None, expected, got or (repr(error["input"]) if shown else "something else"))
