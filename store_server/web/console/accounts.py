"""Who may use the console: accounts, sign-in, sessions, the first owner (ARCHITECTURE, law 5; OWASP ASVS 4, chapters 2 and 3).

A session is a signed cookie: no table, any process can read it. It ends by itself, and with a change of password.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from protocol.instants import HOUR, MINUTE, Instant
from store_server.db.session import reading, writing
from store_server.db.tables import Account, Audit, ServerKey

NewSecret: TypeAlias = Callable[[], str]
"""A source of secrets; tests hand in their own."""

ROLES = ("owner", "manager", "operator", "staff")
RIGHTS = {
    "campaigns": frozenset(("owner", "manager")),
    "alerts": frozenset(("owner", "operator", "manager")),
    "fleet": frozenset(("owner", "operator")),
    "plans": frozenset(("owner", "manager", "operator")),
    "accounts": frozenset(("owner",)),
}
"""What may be changed, and by whom; everyone signed in may read."""

SESSION_MS = 12 * HOUR
"""A shift and its overtime."""

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
"""argon2 takes any length; a limit keeps a form from being used to burn the processor."""

LONGEST_NAME = 60
TRIES, TRIES_WITHIN_MS = 8, 15 * MINUTE
"""Failed sign-ins to one name before it must wait: guessing a password takes longer than a shop is open."""

SESSION_KEY, OWNER_CODE = "console-session", "owner-code"

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""argon2id, 19 MiB, t=2: 40 ms (FIELD-NOTES, Attacks and privacy)."""

_NOBODY = _HASHER.hash("nobody has this password")
"""Checked where there is no such account, so that a wrong name takes as long as a wrong password."""


class AccountFault(Exception):
    """Say which field of a form is wrong, and why: `field` is name, password or code; `why` is for the catalogue."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field, self.why = field, why


@dataclass(frozen=True, slots=True)
class Person:
    """Someone at the console."""

    name: str
    role: str
    signed_in: bool = True

    def may(self, change: str) -> bool:
        return self.role in RIGHTS[change]


HERE = Person("this machine", "owner", signed_in=False)
"""Whoever sits at the machine, while there are no accounts and only loopback is listened to."""


def any_account(session: Session) -> bool:
    return bool(session.exec(select(func.count()).select_from(Account)).one())


def add_account(session: Session, name: str, password: str, role: str, now: Instant) -> Person:
    """Add an account. Raises AccountFault."""
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise AccountFault("name", "A name of up to 60 characters, please.")
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise AccountFault(
            "password", "At least 10 characters, please: a short sentence is easy to remember."
        )
    if session.get(Account, name) is not None:
        raise AccountFault("name", "There is an account of this name already.")
    if role not in ROLES:
        raise AccountFault("role", "A role out of the list, please.")
    if role != "owner" and not any_account(session):
        raise AccountFault("role", "The first account is an owner's.")
    session.add(Account(name=name, role=role, password_hash=_HASHER.hash(password), created_at=now))
    session.add(Audit(at=now, actor=name, action="account.add", subject=name, detail={"role": role}))
    return Person(name, role)


def remove_account(session: Session, name: str, by: Person, now: Instant) -> None:
    """Remove an account; its sessions end with it. Raises AccountFault."""
    account = session.get(Account, name)
    if account is None:
        return
    owners = session.exec(select(func.count()).where(Account.role == "owner")).one()
    if account.role == "owner" and owners == 1:
        raise AccountFault("name", "The last owner stays.")
    session.delete(account)
    session.add(Audit(at=now, actor=by.name, action="account.remove", subject=name))


def sign_in(engine: Engine, name: str, password: str, now: Instant, new_secret: NewSecret) -> str:
    """Return a session's token. Raises AccountFault; a wrong name is not told from a wrong password."""
    with reading(engine) as session:
        account = session.get(Account, name)
        kept = account.password_hash if account else _NOBODY
        tries = select(func.count()).where(
            col(Audit.at) > now - TRIES_WITHIN_MS, Audit.action == "sign-in.failed", Audit.subject == name
        )
        if session.exec(tries).one() >= TRIES:
            raise AccountFault("name", "Too many tries. Wait a quarter of an hour, or ask the owner.")
    # Outside any transaction: 40 ms of work would keep every other writer waiting.
    if not _fits(kept, password) or account is None:
        with writing(engine) as session:
            session.add(Audit(at=now, actor="console", action="sign-in.failed", subject=name[:LONGEST_NAME]))
        raise AccountFault("password", "Name and password do not fit together.")
    signature = _signature(_session_key(engine, new_secret, now), name, now, kept)
    return f"{urlsafe_b64encode(name.encode()).decode()}.{now}.{signature}"


def who(engine: Engine, token: str | None, now: Instant) -> Person | None:
    """Return whose session a token is; None where it is none, over, forged, or its password has changed."""
    name, issued_at, signature = _taken_apart(token)
    if name is None or not issued_at <= now < issued_at + SESSION_MS:
        return None
    with reading(engine) as session:
        account, key = session.get(Account, name), session.get(ServerKey, SESSION_KEY)
    if account is None or key is None:
        return None
    expected = _signature(key.value, name, issued_at, account.password_hash)
    return Person(name, account.role) if hmac.compare_digest(expected, signature) else None


def invite_owner(engine: Engine, code: str, now: Instant) -> bool:
    """Keep the hash of a code that makes the first owner; False where there are accounts. An earlier code ends."""
    with writing(engine) as session:
        if any_account(session):
            return False
        session.merge(ServerKey(name=OWNER_CODE, value=_hashed(code), created_at=now))
    return True


def first_owner(
    engine: Engine, code: str, name: str, password: str, now: Instant, new_secret: NewSecret
) -> str:
    """Make the first owner by the one-time code and return a session's token. Raises AccountFault."""
    with writing(engine) as session:
        kept = session.get(ServerKey, OWNER_CODE)
        if any_account(session) or kept is None or not hmac.compare_digest(kept.value, _hashed(code)):
            raise AccountFault("code", "This link has been used, or is no longer the newest.")
        add_account(session, name, password, "owner", now)
        session.delete(kept)
    return sign_in(engine, name, password, now, new_secret)


def _fits(kept: str, password: str) -> bool:
    try:
        return _HASHER.verify(kept, password[: LONGEST_PASSWORD + 1])
    except (VerifyMismatchError, InvalidHashError):
        return False


def _session_key(engine: Engine, new_secret: NewSecret, now: Instant) -> str:
    """Return the key that signs sessions; made at the first sign-in, and then the same for every process."""
    with writing(engine) as session:
        kept = session.get(ServerKey, SESSION_KEY)
        if kept is None:
            kept = ServerKey(name=SESSION_KEY, value=new_secret(), created_at=now)
            session.add(kept)
        return kept.value


def _taken_apart(token: str | None) -> tuple[str | None, Instant, str]:
    parts = (token or "").split(".")
    if len(parts) != 3 or not (parts[1].isascii() and parts[1].isdigit()):
        return None, 0, ""
    try:
        return urlsafe_b64decode(parts[0]).decode(), int(parts[1]), parts[2]
    except ValueError:
        return None, 0, ""


def _signature(key: str, name: str, issued_at: Instant, password_hash: str) -> str:
    text = "\n".join((name, str(issued_at), password_hash))
    return hmac.new(key.encode(), text.encode(), sha256).hexdigest()


def _hashed(code: str) -> str:
    return sha256(code.encode()).hexdigest()
