"""A shop's internet line with broker and server behind it, in virtual time: bytes take their time, acks come in batches (gateway.link)."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from gateway.errors import BrokerFault
from gateway.link import Incoming, Will
from gateway.settings import BrokerSettings
from protocol.instants import SECOND, Instant
from protocol.messages import Ack, Presence, decode, encode
from protocol.topics import Leaf, parse_topic
from tests.fakes.clock import ManualClock

OVERHEAD_BYTES = 120
"""TCP, TLS and MQTT around a message."""
COMMIT_EVERY_MS = 100
"""How often the server commits and acknowledges what has arrived."""


@dataclass
class Connection:
    """One connection over the line (gateway.link.Link)."""

    line: "Line"
    lost: asyncio.Event = field(default_factory=asyncio.Event)
    inbox: asyncio.Queue[Incoming] = field(default_factory=asyncio.Queue)
    reason: str = ""

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        if self.lost.is_set():
            return False
        self.line.take(topic, payload)
        return True

    async def publish_last(self, topic: str, payload: bytes, *, retain: bool) -> None:
        self.publish(topic, payload, retain=retain)


class Line:
    """`cut` until `mend`; `arrived` is what the server has committed, with the instant."""

    def __init__(self, clock: ManualClock, *, bytes_per_s: int, delay_ms: Instant) -> None:
        self._clock, self._bytes_per_s, self._delay_ms = clock, bytes_per_s, delay_ms
        self._free_at: float = 0
        self._on_the_way: deque[tuple[float, str, bytes]] = deque()
        self._connection: Connection | None = None
        self._fault: str | None = None
        self.arrived: list[tuple[Instant, Presence]] = []
        self.said: defaultdict[Leaf, list[bytes]] = defaultdict(list)
        """Everything but presence, by its leaf."""

    def cut(self) -> None:
        self._fault = "no route to host"
        self._on_the_way.clear()
        if self._connection is not None:
            self._connection.reason = self._fault
            self._connection.lost.set()

    @property
    def up(self) -> bool:
        return self._fault is None

    def mend(self) -> None:
        self._fault = None

    def take(self, topic: str, payload: bytes) -> None:
        """Put a message behind what is on the line already."""
        begins = max(self._free_at, self._clock.now())
        self._free_at = begins + (len(payload) + OVERHEAD_BYTES) * SECOND / self._bytes_per_s
        self._on_the_way.append((self._free_at + self._delay_ms, topic, payload))

    @asynccontextmanager
    async def connect(
        self, broker: BrokerSettings, client_id: str, will: Will, topics: Sequence[str]
    ) -> AsyncIterator[Connection]:
        if self._fault is not None:
            raise BrokerFault(self._fault)
        connection = self._connection = Connection(self)
        serving = asyncio.get_running_loop().create_task(self._serve(connection), name="behind the line")
        try:
            yield connection
        finally:
            serving.cancel()
            self._connection = None

    async def _serve(self, connection: Connection) -> None:
        while True:
            await self._clock.sleep_until(self._clock.now() + COMMIT_EVERY_MS)
            for answer in self._commit():
                connection.inbox.put_nowait(answer)

    def _commit(self) -> list[Incoming]:
        """Commit what has arrived; the ack is written a delay ago, so that it arrives now."""
        acks: dict[tuple[str, str], list[tuple[int, int]]] = {}
        while self._on_the_way and self._on_the_way[0][0] + self._delay_ms <= self._clock.now():
            at, topic, payload = self._on_the_way.popleft()
            address, leaf = parse_topic(topic)
            if leaf is Leaf.PRESENCE:
                presence = decode(Presence, payload)
                self.arrived.append((round(at), presence))
                acks.setdefault((address.topic(Leaf.ACK), presence.boot), []).append(
                    (presence.seq, presence.seq)
                )
            else:
                self.said[leaf].append(payload)
        return [
            Incoming(topic, encode(Ack(boot=boot, seqs=tuple(seqs)))) for (topic, boot), seqs in acks.items()
        ]
