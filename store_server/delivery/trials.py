"""Test messages to a manager's own phone: the outbox's leases, senders and verdicts, in a table that nothing counts.

Nothing here reads a campaign, a shopper or a cap: a trial is judged by its deadline and by whether there is a phone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from protocol.instants import MINUTE, SECOND, Instant
from store_server.db.tables import Audit, OwnPhone, Trial
from store_server.delivery.answer import Answer, Gone, InvalidAddress
from store_server.delivery.errors import NoPhone, TooSoon
from store_server.delivery.lease import (
    UNDONE,
    attempt_at,
    end,
    is_still_with,
    lease,
    may_be_taken,
    queue_again,
)
from store_server.delivery.outbox import Claimed, Claims
from store_server.delivery.port import Address
from store_server.delivery.receipts import RANK
from store_server.delivery.verdict import DEADLINE, Again, Done, Verdict, conclude, unless_doubted

TRIAL_LIFE: Instant = 5 * MINUTE
"""Who tests looks at the phone now; later it would only puzzle them."""
SAME_CLICK: Instant = 10 * SECOND
"""The same words again within this are the same click, sent twice."""
MOST, WITHIN = 10, 10 * MINUTE
"""Enough to go through every language and variant; a push service slows down whom it hears too often."""
BY = "push"


@dataclass(frozen=True, slots=True)
class TrialWords:
    """What a test message shows."""

    title: str
    body: str
    link: str | None


def queue_trial(
    session: Session, account: str, subject: str, words: TrialWords, fresh_id: str, now: Instant
) -> str:
    """Queue a test message and return its id, or that of the one this click sent already. Raises TrialRefused."""
    if session.get(OwnPhone, account) is None:
        raise NoPhone
    since = select(Trial).where(Trial.account == account, col(Trial.created_at) > now - WITHIN)
    recent = session.exec(since.order_by(col(Trial.created_at).desc())).all()
    for one in recent:
        if one.subject == subject and _says(one, words) and _is_same_click(one, now):
            return one.id
    if len(recent) >= MOST:
        raise TooSoon(recent[MOST - 1].created_at + WITHIN)
    session.add(
        Trial(
            id=fresh_id,
            account=account,
            subject=subject,
            channel=BY,
            title=words.title,
            body=words.body,
            link=words.link,
            deadline_at=now + TRIAL_LIFE,
            created_at=now,
            changed_at=now,
        )
    )
    return fresh_id


def latest_trial(session: Session, account: str, subject: str, now: Instant) -> Trial | None:
    """Return the account's newest test message of what is being edited, while it is news."""
    mine = select(Trial).where(
        Trial.account == account, Trial.subject == subject, col(Trial.created_at) > now - WITHIN
    )
    return session.exec(mine.order_by(col(Trial.created_at).desc()).limit(1)).first()


def next_trial(session: Session) -> Instant | None:
    """Return from when on something may be claimed; None: nothing waits."""
    return session.exec(select(func.min(Trial.lease_until)).where(col(Trial.state).in_(UNDONE))).one()


def claim_trials(session: Session, owner: str, room: int, now: Instant) -> Claims:
    """Lease what is due, at most `room` test messages; what is too late ends."""
    due = select(Trial).where(col(Trial.state).in_(UNDONE), col(Trial.lease_until) <= now)
    rows = session.exec(due.order_by(col(Trial.lease_until), col(Trial.id)).limit(room)).all()
    claimed = []
    for row in rows:
        if now >= row.deadline_at:
            late = Done("expired", row.reason or DEADLINE)
            end(row, unless_doubted(late, may_be_taken(row)), now)
            continue
        lease(row, owner, now)
        claimed.append(Claimed(row, _addresses(session, row.account)))
    return Claims(tuple(claimed), len(rows) - len(claimed))


def settle_trial(
    session: Session, claimed: Claimed, answers: Sequence[Answer], collapses: bool, now: Instant
) -> Verdict:
    """Write down what became of an attempt; a phone whose address is gone is removed."""
    row = session.get(Trial, claimed.row.id)
    verdict = conclude(answers, attempt_at(claimed.row, collapses), now)
    for address, answer in zip(claimed.addresses, answers, strict=True):
        if isinstance(answer, Gone | InvalidAddress):
            _forget(session, address, now)
    if row is None or not is_still_with(row, claimed.row):
        return verdict
    match verdict:
        case Again():
            queue_again(row, verdict, now)
        case Done():
            end(row, verdict, now)
    return verdict


def take_trial_receipt(session: Session, phone: OwnPhone, trial: str, kind: str, now: Instant) -> bool | None:
    """Note what the phone says of a test message; False where that is no news, None where it is no message of its own."""
    row = session.get(Trial, trial)
    if row is None or row.account != phone.account:
        return None
    if RANK[kind] <= RANK.get(row.state, len(RANK)):
        return False
    row.state, row.changed_at = kind, now
    return True


def _says(one: Trial, words: TrialWords) -> bool:
    return (one.title, one.body, one.link) == (words.title, words.body, words.link)


def _is_same_click(one: Trial, now: Instant) -> bool:
    return one.state in UNDONE or one.created_at > now - SAME_CLICK


def _addresses(session: Session, account: str) -> tuple[Address, ...]:
    phone = session.get(OwnPhone, account)
    return () if phone is None else (Address(account, phone.kind, phone.address),)


def _forget(session: Session, address: Address, now: Instant) -> None:
    phone = session.get(OwnPhone, address.install)
    if phone is not None and phone.address == address.value:
        session.delete(phone)
        session.add(Audit(at=now, actor="delivery", action="phone.gone", subject=phone.account))
