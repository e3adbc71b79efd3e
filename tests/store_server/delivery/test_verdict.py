import pytest

from store_server.delivery.answer import (
    Accepted,
    Answer,
    Gone,
    InvalidAddress,
    Misconfigured,
    RetryAfter,
    TooLate,
    Unknown,
)
from store_server.delivery.verdict import MAX_ATTEMPTS, Again, Attempt, Done, Verdict, conclude

NOW = 1_000_000
FIRST = Attempt(number=1, deadline_at=NOW + 120_000, collapses=True)
FIRST_SMS = Attempt(number=1, deadline_at=NOW + 120_000, collapses=False)
LAST = Attempt(number=MAX_ATTEMPTS, deadline_at=NOW + 120_000, collapses=True)
DOUBTED = Attempt(number=2, deadline_at=NOW + 120_000, collapses=True, doubted=True)
DOUBTED_LATE = Attempt(number=2, deadline_at=NOW + 2_000, collapses=True, doubted=True)
DOUBTED_LAST = Attempt(number=MAX_ATTEMPTS, deadline_at=NOW + 120_000, collapses=True, doubted=True)
LATE = Attempt(number=2, deadline_at=NOW + 2_000, collapses=True)


@pytest.mark.parametrize(
    ("answers", "attempt", "verdict"),
    [
        ([Accepted()], FIRST, Done("accepted")),
        ([Gone(), Accepted()], FIRST, Done("accepted")),
        ([RetryAfter("busy"), Accepted()], FIRST, Done("accepted")),
        ([TooLate()], FIRST, Done("expired", "deadline")),
        ([TooLate(), Accepted()], FIRST, Done("accepted")),
        ([TooLate(), Unknown("silence")], FIRST, Done("dead", "no-answer")),
        ([TooLate()], DOUBTED, Done("dead", "no-answer")),
        ([], FIRST, Done("invalid-address", "no-push-address")),
        ([Gone()], FIRST, Done("invalid-address", "gone")),
        ([Gone(), InvalidAddress("no key")], FIRST, Done("invalid-address", "no key")),
        ([Misconfigured("status 403")], FIRST, Done("dead", "status 403")),
        ([RetryAfter("status 503")], FIRST, Again(NOW + 1_000, "status 503")),
        ([RetryAfter("status 429", 7_000)], FIRST, Again(NOW + 7_000, "status 429")),
        ([RetryAfter("status 429", 120_000)], FIRST, Done("expired", "status 429")),
        ([RetryAfter("status 503")], LATE, Done("expired", "status 503")),
        ([RetryAfter("status 503")], LAST, Done("dead", "gave-up")),
        ([Unknown("silence")], FIRST, Again(NOW + 1_000, "no-answer")),
        ([Unknown("silence")], LATE, Done("dead", "no-answer")),
        ([Unknown("silence")], LAST, Done("dead", "no-answer")),
        ([Unknown("silence")], FIRST_SMS, Done("dead", "no-answer")),
        ([Accepted()], DOUBTED, Done("accepted")),
        ([RetryAfter("status 503")], DOUBTED, Again(NOW + 2_000, "no-answer")),
        ([RetryAfter("status 503")], DOUBTED_LATE, Done("dead", "no-answer")),
        ([RetryAfter("status 503")], DOUBTED_LAST, Done("dead", "no-answer")),
        ([Misconfigured("status 403")], DOUBTED, Done("dead", "no-answer")),
        ([Gone()], DOUBTED, Done("dead", "no-answer")),
        ([], DOUBTED, Done("dead", "no-answer")),
        ([RetryAfter("busy")], FIRST_SMS, Again(NOW + 1_000, "busy")),
    ],
)
def test_what_becomes_of_a_message(answers: list[Answer], attempt: Attempt, verdict: Verdict) -> None:
    assert conclude(answers, attempt, NOW) == verdict


def test_backoff_doubles_and_its_sum_stays_within_two_minutes() -> None:
    waits = []
    for number in range(1, MAX_ATTEMPTS):
        verdict = conclude([RetryAfter("busy")], Attempt(number, NOW + 120_000, True), NOW)
        assert isinstance(verdict, Again)
        waits.append(verdict.at - NOW)

    assert waits == [1_000, 2_000, 4_000, 8_000, 16_000]
