"""One attempt: a message to each of its shopper's addresses, and what was answered; no fault of one reaches another."""

import asyncio
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence

from protocol.clock import Clock
from protocol.instants import SECOND, Instant
from store_server.db.tables import Outbox, Trial
from store_server.delivery.answer import Answer, Interrupted, Misconfigured, TooLate, Unknown
from store_server.delivery.outbox import Claimed
from store_server.delivery.port import Address, Channel, Message

ATTEMPT_TIMEOUT_S = 20.0
"""Of one attempt with everything in it, where its deadline is no nearer: a third of a lease."""

log = logging.getLogger(__name__)


class Handover:
    """One message on its way to each of its shopper's addresses; until an answer comes it may have been taken."""

    def __init__(self, claimed: Claimed) -> None:
        self.claimed = claimed
        self.answers: list[Answer] = [Interrupted("stopped before an answer came") for _ in claimed.addresses]


class Sender:
    """Hands messages to the ways that serve their channels."""

    def __init__(self, channels: Mapping[str, Sequence[Channel]], clock: Clock) -> None:
        """`channels`: for each of a campaign's channels, such as push, the ways that serve it."""
        self._clock = clock
        self._ways = {(name, way.kind): way for name, ways in channels.items() for way in ways}
        self._faults: set[tuple[str, type[Exception]]] = set()
        self.collapsing = frozenset(
            name for name, ways in channels.items() if all(way.collapses for way in ways)
        )

    async def hand_over(self, one: Handover) -> None:
        """Send to every address at once, noting each answer as it comes."""
        async with asyncio.TaskGroup() as group:
            for place, address in enumerate(one.claimed.addresses):
                group.create_task(self._note(one, place, address), name=f"deliver to {address.install}")

    def by_provider(self, handovers: Iterable[Handover]) -> Iterator[tuple[str, Answer]]:
        """Yield each answer with the provider that gave it."""
        for one in handovers:
            for address, answer in zip(one.claimed.addresses, one.answers, strict=True):
                way = self._ways.get((one.claimed.row.channel, address.kind))
                if way is not None and (provider := way.provider(address)):
                    yield provider, answer

    async def _note(self, one: Handover, place: int, address: Address) -> None:
        one.answers[place] = await self._send(one.claimed.row, address)

    async def _send(self, row: Outbox | Trial, address: Address) -> Answer:
        way = self._ways.get((row.channel, address.kind))
        if way is None:
            return Misconfigured(f"no way set up for {row.channel} by {address.kind}")
        now = self._clock.now()
        if now >= row.deadline_at:
            return TooLate()
        try:
            return await _send_in_time(way, row, address, now)
        except Exception as fault:  # noqa: BLE001  (a task's top: it is this message's end, never the others')
            self._tell(address.kind, fault)
            return Interrupted(f"failed here: {type(fault).__name__}")

    def _tell(self, kind: str, fault: Exception) -> None:
        """Log a kind of fault once: an address may bring it on with every message."""
        if (kind, type(fault)) not in self._faults:
            self._faults.add((kind, type(fault)))
            log.error("a message by %s may not have gone out, which is our fault", kind, exc_info=fault)


async def _send_in_time(way: Channel, row: Outbox | Trial, address: Address, now: Instant) -> Answer:
    left_s = (row.deadline_at - now) / SECOND
    try:
        async with asyncio.timeout(min(left_s, ATTEMPT_TIMEOUT_S)):
            return await way.send(_message(row), address, now)
    except TimeoutError:
        if left_s < ATTEMPT_TIMEOUT_S:
            return Interrupted("no answer before the deadline")
        return Unknown(f"no answer within {ATTEMPT_TIMEOUT_S:g} s")


def _message(row: Outbox | Trial) -> Message:
    campaign, store = (row.subject, "") if isinstance(row, Trial) else (row.campaign, row.store)
    return Message(
        id=row.id,
        campaign=campaign,
        store=store,
        title=row.title,
        body=row.body,
        link=row.link,
        created_at=row.created_at,
        deadline_at=row.deadline_at,
    )
