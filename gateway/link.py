"""The broker port: what the uplink asks of one connection to a broker (SPEC 7)."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from gateway.settings import BrokerSettings


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says for us when we are gone; retained."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message from the server."""

    topic: str
    payload: bytes


class Link(Protocol):
    """A live connection; `publish` never blocks, `lost` is set once it has gone, `reason` then says why.

    Who sets `lost` gives it up: the broker then says the will.
    """

    lost: asyncio.Event
    inbox: asyncio.Queue[Incoming]
    reason: str

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """Hand a QoS 1 message to the connection; return False where there is none any more."""
        ...

    async def publish_last(self, topic: str, payload: bytes, *, retain: bool) -> None:
        """Publish and wait until the broker has it, or until it is not worth waiting any more."""
        ...


Connect: TypeAlias = Callable[[BrokerSettings, str, Will, Sequence[str]], AbstractAsyncContextManager[Link]]
"""Connects a client id with its will and subscribes to topics. Raises BrokerFault."""
