"""What a delivery channel is: takes one message to one push address and says what the provider answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from protocol.instants import Instant
from store_server.delivery.answer import Answer


@dataclass(frozen=True, slots=True)
class Message:
    """One message on its way out; `id` is the outbox's and stays the same on every attempt."""

    id: str
    campaign: str
    store: str
    title: str | None
    body: str
    link: str | None
    created_at: Instant
    deadline_at: Instant


@dataclass(frozen=True, slots=True)
class Address:
    """Where an install's pushes go; `value` in the form of the channel's `kind`."""

    install: str
    kind: str
    value: Mapping[str, Any]


class Channel(Protocol):
    """A way to the shopper. It never raises for what a provider says or leaves unsaid: that is an Answer."""

    @property
    def kind(self) -> str:
        """Name the kind of address it serves: webpush, apns, fcm."""
        ...

    @property
    def collapses(self) -> bool:
        """Say whether a second copy replaces the first, so that a lost answer may be asked for again."""
        ...

    def provider(self, address: Address) -> str:
        """Name who is behind an address, such as a push service's host, for operators; empty where it cannot be said."""
        ...

    async def send(self, message: Message, address: Address, now: Instant) -> Answer:
        """Hand the message to the provider once."""
        ...
