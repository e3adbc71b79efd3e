"""Who may use the console: accounts, their roles and stores, passwords, the first owner (OWASP ASVS 4, chapter 2)."""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import Engine
from sqlmodel import Session, col, delete, func, select

from protocol.instants import MINUTE, Instant
from store_server.db.scope import Stores
from store_server.db.session import reading, writing
from store_server.db.tables import Account, Audit, FormDraft, PlanRevision, ServerKey

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

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
"""argon2 takes any length; a limit keeps a form from being used to burn the processor."""

LONGEST_NAME = 60
TRIES, TRIES_WITHIN_MS = 8, 15 * MINUTE
"""Failed sign-ins to one name before it must wait: guessing a password takes longer than a shop is open."""

OWNER_CODE = "owner-code"

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""argon2id, 19 MiB, t=2: 40 ms (FIELD-NOTES, Attacks and privacy)."""

_NOBODY = _HASHER.hash("nobody has this password")
"""Checked where there is no such account, so that a wrong name takes as long as a wrong password."""


class AccountFault(Exception):
    """Say which field of a form is wrong, and why; `why` is for the catalogue."""

    def __init__(self, field: str, why: str, got: str = "") -> None:
        self.field, self.why, self.said = field, why, f"{why} ({got})" if got else why
        super().__init__(f"{field}: {self.said}")


@dataclass(frozen=True, slots=True)
class Person:
    """Someone at the console; `stores` None: all of them."""

    name: str
    role: str
    stores: Stores = None
    signed_in: bool = True

    def may(self, change: str) -> bool:
        return self.role in RIGHTS[change]


HERE = Person("this machine", "owner", signed_in=False)
"""Whoever sits at the machine, while there are no accounts and only loopback is listened to."""


def any_account(session: Session) -> bool:
    return bool(session.exec(select(func.count()).select_from(Account)).one())


def person(session: Session, name: str) -> Person | None:
    """Return who an account's person is and what they see."""
    account = session.get(Account, name)
    if account is None:
        return None
    return Person(name, account.role, None if account.stores is None else frozenset(account.stores))


def add_account(
    session: Session,
    name: str,
    password: str,
    role: str,
    now: Instant,
    stores: Sequence[str] = (),
    by: str | None = None,
) -> Person:
    """Add an account; no stores: it sees all. Raises AccountFault."""
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise AccountFault("name", "A name of up to 60 characters, please.")
    if session.get(Account, name) is not None:
        raise AccountFault("name", "There is an account of this name already.")
    if role not in ROLES:
        raise AccountFault("role", "A role out of the list, please.")
    if role != "owner" and not any_account(session):
        raise AccountFault("role", "The first account is an owner's.")
    _refuse_stores(session, role, stores)
    kept = sorted(set(stores)) or None
    session.add(Account(name=name, role=role, stores=kept, password_hash=_new_hash(password), created_at=now))
    detail = {"role": role, "stores": kept}
    session.add(Audit(at=now, actor=by or name, action="account.add", subject=name, detail=detail))
    return Person(name, role, None if kept is None else frozenset(kept))


def change_password(session: Session, name: str, password: str, by: str, now: Instant) -> None:
    """Give an account another password. Raises AccountFault."""
    account = session.get(Account, name)
    if account is None:
        raise AccountFault("name", "There is no account of this name.")
    account.password_hash = _new_hash(password)
    session.add(Audit(at=now, actor=by, action="account.password", subject=name))


def remove_account(session: Session, name: str, by: str, now: Instant) -> None:
    """Remove an account; its sessions end with it. Raises AccountFault."""
    account = session.get(Account, name)
    if account is None:
        return
    owners = session.exec(select(func.count()).where(Account.role == "owner")).one()
    if account.role == "owner" and owners == 1:
        raise AccountFault("name", "The last owner stays.")
    session.exec(delete(FormDraft).where(col(FormDraft.account) == name))
    session.delete(account)
    session.add(Audit(at=now, actor=by, action="account.remove", subject=name))


def checked_account(engine: Engine, name: str, password: str, now: Instant) -> Account:
    """Return the account whose password this is. Raises AccountFault; a wrong name is not told from a wrong password."""
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
    return account


def invite_owner(engine: Engine, code: str, now: Instant) -> bool:
    """Keep the hash of a code that makes the first owner; False where there are accounts. An earlier code ends."""
    with writing(engine) as session:
        if any_account(session):
            return False
        session.merge(ServerKey(name=OWNER_CODE, value=_hashed(code), created_at=now))
    return True


def first_owner(session: Session, code: str, name: str, password: str, now: Instant) -> None:
    """Make the first owner by the one-time code. Raises AccountFault."""
    kept = session.get(ServerKey, OWNER_CODE)
    if any_account(session) or kept is None or not hmac.compare_digest(kept.value, _hashed(code)):
        raise AccountFault("code", "This link has been used, or is no longer the newest.")
    add_account(session, name, password, "owner", now)
    session.delete(kept)


def _refuse_stores(session: Session, role: str, stores: Sequence[str]) -> None:
    if stores and role == "owner":
        raise AccountFault("stores", "An owner has every store.")
    known = set(session.exec(select(PlanRevision.store).distinct()))
    if unknown := [store for store in stores if store not in known]:
        raise AccountFault("stores", "There is no such store.", unknown[0])


def _new_hash(password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise AccountFault(
            "password", "At least 10 characters, please: a short sentence is easy to remember."
        )
    return _HASHER.hash(password)


def _fits(kept: str, password: str) -> bool:
    try:
        return _HASHER.verify(kept, password[: LONGEST_PASSWORD + 1])
    except (VerifyMismatchError, InvalidHashError):
        return False


def _hashed(code: str) -> str:
    return sha256(code.encode()).hexdigest()
