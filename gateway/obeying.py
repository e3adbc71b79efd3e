"""What a gateway does when told to, each order once however often it arrives (SPEC 7, command and result)."""

import asyncio
import base64
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from gateway.bundle import Contents, pack
from gateway.doctor import look_around
from gateway.hearing import Hearing
from gateway.recollection import Heartbeats, LogRing
from gateway.settings import Settings
from protocol.instants import Instant
from protocol.messages import Command, Health, Result

REMEMBERED = 64
"""Orders remembered by id: a redelivery comes within minutes, and people do not order this many in them."""


class Obedience:
    """Carries out commands; `obey` is handed to the uplink."""

    def __init__(
        self,
        settings: Settings,
        hearings: Sequence[Hearing],
        health: Callable[[], Awaitable[Health]],
        true_now: Callable[[], Instant],
        log: LogRing,
    ) -> None:
        self._settings, self._hearings, self._health, self._log = settings, hearings, health, log
        self._true_now = true_now
        self._done: deque[str] = deque(maxlen=REMEMBERED)
        self.heartbeats = Heartbeats()

    async def obey(self, command: Command) -> Result | None:
        """Carry an order out and return what became of it; None where it was carried out before."""
        if command.id in self._done:
            return None
        self._done.append(command.id)
        match command.name:
            case "rescan" | "restart-radio":
                for hearing in self._hearings:
                    hearing.ask(f"asked for by command {command.id}", renew=command.name == "restart-radio")
                return Result(id=command.id, ok=True, detail="begun; health tells the steps")
            case "log-bundle":
                bundle = base64.b64encode(await self._bundle()).decode()
                return Result(id=command.id, ok=True, bundle=bundle)
            case "identify":
                return Result(id=command.id, ok=False, detail="this gateway has no light to blink")

    async def _bundle(self) -> bytes:
        health = await self._health()
        self.heartbeats.add(health)
        contents = Contents(
            self._settings,
            health.config_version,
            await look_around(self._settings, self._true_now()),
            self.heartbeats.kept(),
            self._log.lines(),
        )
        # In a thread: a Pi takes a fifth of a second, in which it would hear nothing.
        return await asyncio.to_thread(pack, contents)
