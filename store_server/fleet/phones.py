"""Whether phones are listened to: from the counts that the app's door keeps (db.parts.PhoneCount). Pure but for one question."""

from collections import defaultdict
from collections.abc import Iterable

from sqlmodel import Session, col, select

from protocol.instants import Instant
from store_server.db.tables import PhoneCount
from store_server.fleet.condition import Condition

TAKEN = "taken"
ENOUGH = 3
"""Phones turned away at one time: one or two may be old or odd themselves."""
TO_ONE_TAKEN = 9
"""Phones turned away for each one listened to; beyond, it is not the phones."""
LOOKED_AT = 400
"""Counts read: some minutes of several processes, and as much of the last minutes before everybody went home."""


def phones_condition(session: Session) -> Condition | None:
    """Return why phones are turned away, and since when; None: they are listened to, or nobody spoke."""
    newest = select(PhoneCount).order_by(col(PhoneCount.at).desc()).limit(LOOKED_AT)
    return judge_phones((row.at, row.outcome, row.phones) for row in session.exec(newest))


def judge_phones(counts: Iterable[tuple[Instant, str, int]]) -> Condition | None:
    """Judge counts by the span of their beginning. What was so when phones last spoke is so until they speak again."""
    spans: dict[Instant, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for at, outcome, phones in counts:
        spans[at][outcome] += phones
    most, since, why = 0, None, ""
    for at in sorted(spans, reverse=True):
        away = {reason: phones for reason, phones in spans[at].items() if reason != TAKEN}
        if not away or sum(away.values()) < TO_ONE_TAKEN * spans[at].get(TAKEN, 0):
            break
        since, why = at, why or max(sorted(away), key=lambda reason: away[reason])
        most = max(most, sum(away.values()))
    return Condition(why, since) if most >= ENOUGH else None
