"""Keep one radio hearing: notice that it is deaf, climb the ladder of healing, say truly what is so (SPEC 7, FIELD-NOTES)."""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.errors import RadioFault
from gateway.radio.port import SHARED_STEPS, Advertisement, Hear, Radio, Step
from gateway.waiting import event_or_instant
from protocol.clock import Clock
from protocol.instants import SECOND, Instant

FIRST_HEARD_MS = 15 * SECOND
"""A fresh scan on a chip that filters doubles reports a beacon once in 10.5 s at worst."""
SILENT_MS = 30 * SECOND
"""Three missed reports of such a chip; shops are never without advertisements for that long."""
RADIO_DEAD_MS = 85 * SECOND
"""Without hearing for this long the gateway says so, looking once a second: people know within 90 s."""
HEARS_MS = 60 * SECOND
"""A scan that falls silent sooner has healed nothing: a hung chip may give one report after each start."""
PAUSE_MS = (1 * SECOND, 30 * SECOND)
"""First and longest pause between two attempts; news about the adapter cuts it short."""
KEPT_STEPS = 32

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """One step of healing: when, which and why."""

    at: Instant
    step: Step
    reason: str


class Hearing:
    """One radio's listener; `run` lasts until cancelled. While `another_hears`, no step is taken that would silence it."""

    def __init__(
        self, radio: Radio, clock: Clock, hear: Hear, another_hears: Callable[[], bool] = lambda: False
    ) -> None:
        self.radio = radio
        self._clock = clock
        self._hear = hear
        self._another_hears = another_hears
        self._began_at = clock.now()
        self._opened_at = self._began_at
        self._heard_before = 0
        self._fault: str | None = None
        self._asked: tuple[str, int] | None = None
        self._fell_silent = False
        self._relapsed = False
        self.last_heard_at: Instant | None = None
        self.heard = 0
        self.reason: str | None = "starting"
        """Why it does not hear, or None while it does; once a scan fell silent too soon, the next must hear for a minute."""
        self.steps: deque[Taken] = deque(maxlen=KEPT_STEPS)

    def dead(self, now: Instant) -> bool:
        """Say whether nothing has been heard for so long that people must know."""
        return now - (self.last_heard_at or self._began_at) >= RADIO_DEAD_MS

    def hears(self, now: Instant) -> bool:
        """Say whether it is worth sparing: a start or an asked rescan is no deafness yet, one report now and then no hearing."""
        return not self._relapsed and now - (self.last_heard_at or self._began_at) < SILENT_MS

    def ask(self, why: str, *, renew: bool = False) -> None:
        """Begin healing now because somebody asks for it: a rescan, or with `renew` a new scanner."""
        self._asked = (why, 1 if renew else 0)
        self.radio.news.set()

    async def run(self) -> None:
        """Find the best way to listen, and listen; heal whenever listening ends."""
        await self.radio.test_paths(self._take)
        rung = -1
        while True:
            reason = await self._listen()
            self._relapsed = self._relapsed or (self._heard_since_opened() and not self._has_healed())
            rung = self._asked[1] if self._asked else 0 if self._has_healed() else rung + 1
            await self._heal(rung, reason)

    async def _listen(self) -> str:
        """Listen until something is wrong and return what that is."""
        self._opened_at, self._heard_before = self._clock.now(), self.heard
        self._fault = self._asked = None
        self._fell_silent = False
        self.radio.news.clear()
        try:
            await self.radio.open(self._take)
            return await self._until_deaf()
        except RadioFault as fault:
            return str(fault)
        finally:
            await self.radio.close()

    async def _until_deaf(self) -> str:
        while True:
            known = self._fault or (self._asked and self._asked[0]) or self.radio.trouble()
            if known is not None:
                return known
            deadline = self._deadline()
            if self._clock.now() >= deadline:
                self._fell_silent = True
                return self._silence()
            if await event_or_instant(self.radio.news, self._clock, deadline):
                self.radio.news.clear()

    def _deadline(self) -> Instant:
        if self.last_heard_at is None or not self._heard_since_opened():
            return self._opened_at + FIRST_HEARD_MS
        return self.last_heard_at + SILENT_MS

    def _silence(self) -> str:
        if self._heard_since_opened():
            return f"no advertisement for {SILENT_MS // SECOND} s"
        return f"no advertisement in the first {FIRST_HEARD_MS // SECOND} s of a scan"

    def _has_healed(self) -> bool:
        """Say whether this scan heard well enough for healing to begin anew, should it have ended now."""
        if not self._fell_silent or self.last_heard_at is None:
            return self._heard_since_opened()
        return self._heard_since_opened() and self.last_heard_at - self._opened_at >= HEARS_MS

    def _heard_since_opened(self) -> bool:
        return self.heard > self._heard_before

    def _take(self, advertisement: Advertisement) -> None:
        try:
            self._hear(advertisement)
        except Exception as fault:  # noqa: BLE001  # the radio calls back from a place that handles nothing
            self._fault = f"hearing failed: {fault!r}"
            self.radio.news.set()
            return
        self.heard += 1
        self.last_heard_at = advertisement.at
        if self.reason is None or (self._relapsed and advertisement.at - self._opened_at < HEARS_MS):
            return
        log.info("%s: hearing", self.radio.name)
        self.reason, self._relapsed = None, False

    def _steps(self) -> Sequence[Step]:
        steps = self.radio.steps
        return [step for step in steps if step not in SHARED_STEPS] if self._another_hears() else steps

    async def _heal(self, rung: int, reason: str) -> None:
        if self.reason is None or self.reason == "starting":
            log.warning("%s: deaf: %s", self.radio.name, reason)
        self.reason = reason
        if rung > 0:
            pause_ms = min(PAUSE_MS[0] * 2 ** (rung - 1), PAUSE_MS[1])
            await event_or_instant(self.radio.news, self._clock, self._clock.now() + pause_ms)
        steps = self._steps()
        step = steps[rung % len(steps)]
        self.steps.append(Taken(self._clock.now(), step, reason))
        try:
            await self.radio.take(step)
        except RadioFault as fault:
            self.reason = f"{reason}; {step}: {fault}"
