"""Mosquitto's configuration, access list and passwords (mosquitto.conf(5), mosquitto_passwd(1); SPEC 7)."""

import base64
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from string import Template

from protocol.reading import SLUG
from protocol.topics import DOWN, ROOT, UP, GatewayAddress

_TEMPLATES = files("firmware_configs") / "templates" / "mosquitto"
_PASSWORD_ROUNDS = 101
"""mosquitto_passwd's own default; the passwords here are made by machines, 128 random bits each."""
_SALT_BYTES = 12


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Paths on the broker's machine: who signs clients, and the broker's own certificate and key."""

    ca: str
    cert: str
    key: str
    revoked: str | None = None
    """The authority's list of certificates that count no more; read at the broker's start, and again on SIGHUP."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who may connect; `password` is None where a certificate speaks for it."""

    user: str
    password: str | None = None


@dataclass(frozen=True, slots=True)
class BrokerPlan:
    """One broker; `servers` are the store server's workers, one account each, so that sessions stay apart."""

    directory: str
    port: int
    gateways: Sequence[Account]
    servers: Sequence[Account]
    tls: TlsFiles | None = None
    run_as: str | None = None
    """The system account to become when started as root; mosquitto's own default where None."""

    def __post_init__(self) -> None:
        for account in self.gateways:
            if [bool(SLUG.fullmatch(part)) for part in account.user.split("/")] != [True, True]:
                raise ValueError(f"a gateway's user STORE/GATEWAY expected, got {account.user!r}")
        for account in self.servers:
            if not SLUG.fullmatch(account.user):
                raise ValueError(f"a server's user as a slug expected, got {account.user!r}")
        if self.tls is None and any(a.password is None for a in (*self.gateways, *self.servers)):
            raise ValueError("a password for every account expected where there is no TLS")


def gateway_user(address: GatewayAddress) -> str:
    """Return a gateway's user name; with the store, since two stores may both have a gw-entrance."""
    return f"{address.store}/{address.gateway}"


def render_mosquitto(plan: BrokerPlan) -> dict[str, str]:
    """Return file name -> content; `passwords` (mode 0600) only where there is no TLS."""
    rendered = {"mosquitto.conf": _configuration(plan), "acl": _access(plan)}
    if plan.tls is None:
        rendered["passwords"] = _passwords([*plan.gateways, *plan.servers])
    return rendered


def _configuration(plan: BrokerPlan) -> str:
    if plan.tls is None:
        listener = _fill("listener_loopback.conf", port=plan.port, directory=plan.directory)
    else:
        tls = plan.tls
        revoked = f"crlfile {tls.revoked}\n" if tls.revoked else ""
        paths = {"ca_file": tls.ca, "cert_file": tls.cert, "key_file": tls.key, "revoked": revoked}
        listener = _fill("listener_tls.conf", port=plan.port, **paths)
    run_as = f"user {plan.run_as}\n" if plan.run_as else ""
    return _fill("mosquitto.conf", directory=plan.directory, listener=listener, run_as=run_as)


def _fill(name: str, **values: object) -> str:
    return Template((_TEMPLATES / name).read_text()).substitute(values)


def _access(plan: BrokerPlan) -> str:
    lines = ["# A gateway writes and reads its own topics only: %u is its user name, STORE/GATEWAY."]
    lines += [f"pattern write {ROOT}/%u/{leaf}" for leaf in UP]
    lines += [f"pattern read {ROOT}/%u/{leaf}" for leaf in DOWN]
    for account in plan.servers:
        lines += ["", f"user {account.user}"]
        lines += [f"topic read {ROOT}/+/+/{leaf}" for leaf in UP]
        lines += [f"topic write {ROOT}/+/+/{leaf}" for leaf in DOWN]
    return "\n".join(lines) + "\n"


def _passwords(accounts: Sequence[Account]) -> str:
    return "".join(f"{a.user}:{_hashed(a.password or '')}\n" for a in accounts)


def _hashed(password: str) -> str:
    salt = secrets.token_bytes(_SALT_BYTES)
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _PASSWORD_ROUNDS)
    return f"$7${_PASSWORD_ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(key).decode()}"
