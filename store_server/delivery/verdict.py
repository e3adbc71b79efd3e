"""From what the providers said to what becomes of the message (ARCHITECTURE, law 5; SPEC 5): pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from protocol.instants import SECOND, Instant
from store_server.delivery.answer import (
    Accepted,
    Answer,
    InvalidAddress,
    Misconfigured,
    RetryAfter,
    TooLate,
    Unknown,
)
from store_server.doubt import NO_ANSWER

BACKOFF = tuple(seconds * SECOND for seconds in (1, 2, 4, 8, 16))
"""Before the second and each later attempt; their sum stays within a deadline of 120 s."""
MAX_ATTEMPTS = len(BACKOFF) + 1
NO_ADDRESS = "no-push-address"
GAVE_UP = "gave-up"
DEADLINE = "deadline"


@dataclass(frozen=True, slots=True)
class Done:
    """The end of our work on a message: its state from now on, and why."""

    state: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """Not before `at`."""

    at: Instant
    reason: str


Verdict: TypeAlias = Done | Again


@dataclass(frozen=True, slots=True)
class Attempt:
    """Which attempt this was (from 1), how long there is, whether a second copy would replace the first."""

    number: int
    deadline_at: Instant
    collapses: bool
    doubted: bool = False
    """An attempt before may have been taken, whatever was answered since."""


def unless_doubted(ending: Done, doubted: bool) -> Done:
    """Return the ending; nobody can say any more that a message was not sent which may have been taken."""
    return Done("dead", NO_ANSWER) if doubted else ending


def conclude(answers: Sequence[Answer], attempt: Attempt, now: Instant) -> Verdict:
    """Weigh the answers of one attempt, one for each of the shopper's addresses."""
    if any(isinstance(answer, Accepted) for answer in answers):
        return Done("accepted")
    unknown = any(isinstance(answer, Unknown) for answer in answers)
    doubted = unknown or attempt.doubted
    if any(isinstance(answer, TooLate) for answer in answers):
        return unless_doubted(Done("expired", DEADLINE), doubted)
    waits = [answer.wait_ms or 0 for answer in answers if isinstance(answer, RetryAfter)]
    if waits or (unknown and attempt.collapses):
        reason = NO_ANSWER if doubted else _why(answers)
        return _again(reason, max(waits, default=0), attempt, now)
    if any(isinstance(answer, Misconfigured) for answer in answers):
        return unless_doubted(Done("dead", _why(answers)), doubted)
    return unless_doubted(Done("invalid-address", _why(answers) if answers else NO_ADDRESS), doubted)


def _again(reason: str, wait_ms: Instant, attempt: Attempt, now: Instant) -> Verdict:
    doubted = reason == NO_ANSWER
    if attempt.number >= MAX_ATTEMPTS:
        return unless_doubted(Done("dead", GAVE_UP), doubted)
    at = now + max(wait_ms, BACKOFF[attempt.number - 1])
    if at >= attempt.deadline_at:
        return unless_doubted(Done("expired", reason), doubted)
    return Again(at, reason)


def _why(answers: Sequence[Answer]) -> str:
    for answer in answers:
        if isinstance(answer, RetryAfter | Misconfigured | InvalidAddress):
            return answer.why
    return "gone"
