"""A manager's own phone: paired with their account by a one-time code, removed by them or by its push service.

It is no install and has no shopper: nothing is perceived of it, and no consent is made up for it.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from sqlmodel import Session, select

from protocol.instants import MINUTE, Instant
from store_server.db.tables import Audit, OwnPhone, PhoneCode
from store_server.delivery.errors import BadPhoneCode

CODE_LIFE: Instant = 10 * MINUTE
"""Time to take the phone out, scan, and on an iPhone to put the page on the home screen first."""
CODE_GROUPS = 3
"""Twelve letters are 59 bits: none is guessed in ten minutes, and a thumb types them."""
LONGEST_AGENT = 200


def hand_out_code(session: Session, account: str, code: str, now: Instant) -> Instant:
    """Let a code pair one phone with an account, instead of any code before; return when it expires."""
    expires_at = now + CODE_LIFE
    session.merge(PhoneCode(account=account, code_hash=_hashed(_typed(code)), expires_at=expires_at))
    return expires_at


def open_code(session: Session, account: str, now: Instant) -> Instant | None:
    """Return when the account's code expires; None where there is none to use."""
    row = session.get(PhoneCode, account)
    return row.expires_at if row is not None and now < row.expires_at else None


def pair(
    session: Session, code: str, address: Mapping[str, Any], agent: str, credential: str, now: Instant
) -> OwnPhone:
    """Use up a code: its account's phone is this one, instead of any before. Raises BadPhoneCode."""
    row = session.exec(select(PhoneCode).where(PhoneCode.code_hash == _hashed(_typed(code)))).first()
    if row is None or now >= row.expires_at:
        raise BadPhoneCode
    session.delete(row)
    phone = session.merge(
        OwnPhone(
            account=row.account,
            credential_hash=_hashed(credential),
            kind="webpush",
            address=dict(address),
            agent=agent[:LONGEST_AGENT],
            paired_at=now,
        )
    )
    _audit(session, row.account, "phone.pair", row.account, now)
    return phone


def phone_with(session: Session, credential: str) -> OwnPhone | None:
    """Return the phone that presents a credential."""
    return session.exec(select(OwnPhone).where(OwnPhone.credential_hash == _hashed(credential))).first()


def remove_phone(session: Session, account: str, by: str, now: Instant) -> None:
    """Forget an account's phone, and a code that still could pair one."""
    phone, code = session.get(OwnPhone, account), session.get(PhoneCode, account)
    if code is not None:
        session.delete(code)
    if phone is not None:
        session.delete(phone)
        _audit(session, by, "phone.remove", account, now)


def _typed(code: str) -> str:
    """Return a code however it was typed: blanks for dashes, capitals."""
    return "".join(letter for letter in code.lower() if letter.isalnum())


def _hashed(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _audit(session: Session, by: str, action: str, account: str, now: Instant) -> None:
    session.add(Audit(at=now, actor=by, action=action, subject=account))
