"""Commands that wait for an answer: said on this connection once each, and what gateways answer handed on (SPEC 7)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from protocol.clock import Clock
from protocol.instants import SECOND
from protocol.messages import Result
from protocol.topics import GatewayAddress
from store_server.intake.broker import Connection

LOOK_EVERY_MS = 2 * SECOND
"""A person waits for it."""

Waiting = Callable[[], Awaitable[Mapping[str, Sequence[bytes]]]]
"""Returns topic -> commands that wait for an answer now."""
Answers = Sequence[tuple[GatewayAddress, Result]]
Answered = Callable[[Answers], Awaitable[None]]


async def nothing_waits() -> Mapping[str, Sequence[bytes]]:
    return {}


async def nobody_asked(_answers: Answers) -> None:
    return


@dataclass(frozen=True, slots=True)
class Questions:
    """What is asked of gateways, and where their answers go."""

    waiting: Waiting = nothing_waits
    answered: Answered = nobody_asked


async def keep_asking(connection: Connection, clock: Clock, waiting: Waiting) -> NoReturn:
    """Send each command once, not retained: one that is not there now is not told an hour later."""
    said: set[tuple[str, bytes]] = set()
    while True:
        wanted = {(topic, command) for topic, commands in (await waiting()).items() for command in commands}
        for topic, command in sorted(wanted - said):
            connection.publish(topic, command)
        said = wanted
        await clock.sleep_until(clock.now() + LOOK_EVERY_MS)
