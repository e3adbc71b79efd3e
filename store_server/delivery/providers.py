"""How each provider takes what we hand it, kept for pages and alerts (store_server.parts): its last word, and since when."""

from collections.abc import Iterable

from sqlmodel import Session

from protocol.instants import Instant
from store_server.delivery.answer import (
    Accepted,
    Answer,
    Interrupted,
    Refused,
    RetryAfter,
    Unknown,
    Unreached,
)
from store_server.parts import FAILING, PUSH, REFUSED, UNREACHABLE, WELL, Part, note_part

_BEST_LAST = (REFUSED, FAILING, UNREACHABLE, WELL)


def note_providers(session: Session, answers: Iterable[tuple[str, Answer]], now: Instant) -> None:
    """Keep one word a provider; of several at once a good one wins, for it does take messages."""
    found: dict[str, tuple[str, str]] = {}
    for provider, answer in answers:
        word = judge_answer(answer)
        known = found.get(provider)
        if word and (known is None or _BEST_LAST.index(word[0]) > _BEST_LAST.index(known[0])):
            found[provider] = word
    for provider, (state, why) in found.items():
        note_part(session, Part(PUSH, provider), state, why, now)


def judge_answer(answer: Answer) -> tuple[str, str] | None:
    """Return what an answer says of the provider, and its words; None where it is about the address, the message or us."""
    match answer:
        case Interrupted():
            return None
        case Accepted():
            return WELL, ""
        case Refused(why):
            return REFUSED, why
        case Unreached(why) | Unknown(why):
            return UNREACHABLE, why
        case RetryAfter(why):
            return FAILING, why
        case _:
            return None
