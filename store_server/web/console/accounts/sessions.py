"""Sessions at the console: who is signed in where, for how long, and how it ends (OWASP ASVS 4, chapter 3).

The cookie is a random secret and the row holds its hash: whoever reads the database cannot sign in by it, any process can
read it, and every session can be seen and ended by its person.
"""

from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Engine, delete
from sqlmodel import Session, col, select

from protocol.instants import HOUR, MINUTE, Instant
from store_server.db.session import reading, writing
from store_server.db.tables import Account, ConsoleSession
from store_server.web.console.accounts.accounts import (
    AccountFault,
    NewSecret,
    Person,
    change_password,
    checked_account,
    first_owner,
    person,
)

SESSION_MS = 12 * HOUR
"""A shift and its overtime."""

SEEN_EVERY_MS = 5 * MINUTE
"""How exactly it is kept when a session was last used: not worth a write at every page."""

LONGEST_AGENT = 200


@dataclass(frozen=True, slots=True)
class Open:
    """One session as its person sees it; `id` names it in a form and opens nothing."""

    id: str
    agent: str
    opened_at: Instant
    seen_at: Instant
    here: bool


def sign_in(
    engine: Engine, name: str, password: str, now: Instant, new_secret: NewSecret, agent: str = ""
) -> str:
    """Return a session's token. Raises AccountFault; a wrong name is not told from a wrong password."""
    account = checked_account(engine, name, password, now)
    with writing(engine) as session:
        current = session.get(Account, name)
        if current is None or current.password_hash != account.password_hash:
            raise AccountFault("password", "Name and password do not fit together.")
        return _open(session, name, now, new_secret(), agent)


def welcome(
    engine: Engine, code: str, name: str, password: str, now: Instant, new_secret: NewSecret, agent: str = ""
) -> str:
    """Make the first owner by the one-time code and return a session's token. Raises AccountFault."""
    with writing(engine) as session:
        first_owner(session, code, name, password, now)
        return _open(session, name, now, new_secret(), agent)


def who(engine: Engine, token: str | None, now: Instant) -> Person | None:
    """Return whose session a token is; None where it is none, or over."""
    if not token:
        return None
    with reading(engine) as session:
        row = session.get(ConsoleSession, _hashed(token))
        if row is None or not row.opened_at <= now < row.opened_at + SESSION_MS:
            return None
        found, stale = person(session, row.account), now - row.seen_at >= SEEN_EVERY_MS
    if stale:
        with writing(engine) as session:
            if (kept := session.get(ConsoleSession, _hashed(token))) is not None:
                kept.seen_at = now
    return found


def sign_out(engine: Engine, token: str | None) -> None:
    """End one session; a token that is none ends nothing."""
    if token:
        with writing(engine) as session:
            session.exec(delete(ConsoleSession).where(col(ConsoleSession.key) == _hashed(token)))


def sessions_of(session: Session, name: str, token: str | None, now: Instant) -> list[Open]:
    """Return a person's running sessions, the latest used first."""
    query = select(ConsoleSession).where(
        ConsoleSession.account == name, ConsoleSession.opened_at > now - SESSION_MS
    )
    here = _hashed(token or "")
    return [
        Open(row.id, row.agent, row.opened_at, row.seen_at, row.key == here)
        for row in session.exec(query.order_by(col(ConsoleSession.seen_at).desc()))
    ]


def end_session(session: Session, name: str, which: str) -> None:
    """End one of a person's own sessions by its id."""
    session.exec(
        delete(ConsoleSession).where(col(ConsoleSession.account) == name, col(ConsoleSession.id) == which)
    )


def end_others(session: Session, name: str, token: str | None) -> None:
    """End a person's sessions everywhere but here."""
    here = _hashed(token or "")
    session.exec(
        delete(ConsoleSession).where(col(ConsoleSession.account) == name, col(ConsoleSession.key) != here)
    )


def change_own_password(
    engine: Engine, name: str, old: str, new: str, token: str | None, now: Instant
) -> None:
    """Change a person's password, asked for the old one; their sessions elsewhere end. Raises AccountFault."""
    try:
        checked_account(engine, name, old, now)
    except AccountFault as fault:
        raise AccountFault(
            "old", fault.why if fault.field == "name" else "This is not your password."
        ) from fault
    with writing(engine) as session:
        change_password(session, name, new, name, now)
        end_others(session, name, token)


def _open(session: Session, name: str, now: Instant, token: str, agent: str) -> str:
    key = _hashed(token)
    row = ConsoleSession(
        key=key, id=key[:16], account=name, opened_at=now, seen_at=now, agent=agent[:LONGEST_AGENT]
    )
    session.add(row)
    return token


def _hashed(token: str) -> str:
    return sha256(token.encode()).hexdigest()
