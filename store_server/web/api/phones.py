"""How many phones are listened to, and how many are turned away and why: counted in memory, kept as numbers only.

One phone with a wrong clock is its owner's; a chain none of whose phones is listened to any more has a fault (fleet.phones).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import NoReturn

from sqlalchemy import Engine
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from protocol.clock import Clock
from protocol.instants import SECOND, Instant
from store_server.db.session import writing
from store_server.db.tables import PhoneCount

SPAN_MS: Instant = 20 * SECOND
"""A phone in the foreground uploads every few seconds: within this each one has spoken."""
KEEP_EVERY_MS: Instant = 5 * SECOND
MOST_PHONES = 10_000
"""Told apart within a span; a flood of invented credentials is not worth more memory."""

TAKEN = "taken"
TURNED_AWAY = ("too_far_ahead", "too_old", "unknown_beacon")
"""Reasons for which a sighting is ignored (SPEC 4.1) that a fault of ours or of the app's explains."""


@dataclass(slots=True)
class PhoneCounts:
    """Phones of the present span by what became of them; any thread may note."""

    _spans: dict[tuple[Instant, str], set[str]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def note(self, phone: str, outcome: str, now: Instant) -> None:
        """Count a phone, by its credential's fingerprint, which goes no further than here."""
        with self._lock:
            phones = self._spans.setdefault((now - now % SPAN_MS, outcome), set())
            if len(phones) < MOST_PHONES:
                phones.add(phone)

    def note_upload(self, phone: str, accepted: int, ignored: Mapping[str, int], now: Instant) -> None:
        """Count a phone whose upload was read; what was known or unwelcome already says nothing."""
        reason = next((one for one in TURNED_AWAY if ignored.get(one)), None)
        if accepted or reason is not None:
            self.note(phone, TAKEN if accepted or reason is None else reason, now)

    def keep(self, session: Session, worker: str, now: Instant) -> None:
        """Write the numbers, as often as one likes; spans that are over are forgotten."""
        running = now - now % SPAN_MS
        with self._lock:
            counted = {key: len(phones) for key, phones in self._spans.items()}
            self._spans = {key: phones for key, phones in self._spans.items() if key[0] >= running}
        for (at, outcome), phones in counted.items():
            session.merge(PhoneCount(at=at, worker=worker, outcome=outcome, phones=phones))

    @property
    def waiting(self) -> bool:
        return bool(self._spans)


async def keep_counting(counts: PhoneCounts, database: Engine, clock: Clock, worker: str) -> NoReturn:
    """Keep the counts until cancelled."""

    def keep() -> None:
        with writing(database) as session:
            counts.keep(session, worker, clock.now())

    while True:
        if counts.waiting:
            await run_in_threadpool(keep)
        await clock.sleep_until(clock.now() + KEEP_EVERY_MS)
