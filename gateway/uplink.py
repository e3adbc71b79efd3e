"""The uplink: spooled presence goes out, live before backlog, until the server's ack; status and health beside it (SPEC 7)."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random

from gateway.batch import Spooled
from gateway.correction import Correction
from gateway.errors import BrokerFault, SpoolFault
from gateway.link import Connect, Incoming, Link, Will
from gateway.mqtt_session import open_session
from gateway.settings import BrokerSettings
from gateway.spool import Spool
from gateway.waiting import event_or_instant
from gateway.window import Window
from protocol.clock import Clock
from protocol.errors import BadMessage
from protocol.instants import MINUTE, SECOND, Instant
from protocol.messages import Ack, Command, Result, Status, decode, encode, encode_status
from protocol.seq_ranges import holds
from protocol.topics import GatewayAddress, Leaf, parse_topic

BACKOFF_MS = (1 * SECOND, 60 * SECOND)
"""First and longest wait before the next connection; halved to doubled at random, so that a store's gateways spread."""
BATCH = 20
"""Backlog messages between two looks for live ones."""
OVERTAKEN_MS = 1 * SECOND
"""A live message sent so long before one that is acknowledged by now was lost on the way: it is sent again at once."""
RESEND_MS = (10 * SECOND, 10 * MINUTE)
"""First and longest wait for an ack before everything unacknowledged is sent again."""
FAILED = "failed"
"""Counted beside the reasons of BadMessage: a message that broke what takes it."""

log = logging.getLogger(__name__)

Obey = Callable[[Command], Awaitable[Result | None]]
"""Carries an order out; None: it was carried out before."""
Configure = Callable[[bytes], None]
"""Takes a configuration, or a certificate, as it came. Raises BadMessage."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What becomes of what the server tells; without `configure` or `renew` the like is not asked for."""

    obey: Obey
    configure: Configure | None = None
    renew: Configure | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """Who we are, at which broker, and how one connects to it."""

    address: GatewayAddress
    broker: BrokerSettings
    connect: Connect = open_session


@dataclass(slots=True)
class _Cursors:
    """How far this connection has sent: live from `live` on, backlog from `backlog` up to `backlog_end`."""

    live: int
    backlog: int
    backlog_end: int


class Uplink:
    """One gateway's way to its server; `run` lasts until cancelled and survives everything a broker does."""

    def __init__(
        self,
        access: Access,
        spool: Spool,
        clock: Clock,
        random: Random,
        correction: Correction,
        orders: Orders,
    ) -> None:
        self._access, self._address, self._spool = access, access.address, spool
        self._clock, self._random, self._correction, self._orders = clock, random, correction, orders
        self._session: Link | None = None
        self._status: Status = "online"
        self._work = asyncio.Event()
        self._in_flight: dict[tuple[str, int], tuple[int, Instant]] = {}
        self._cursors = _Cursors(0, 0, 0)
        self._window = Window()
        self._resend_ms = RESEND_MS[0]
        self.ignored: Counter[str] = Counter()
        self.fault: str | None = "not connected yet"
        self.acknowledged_at: Instant | None = None
        """When the server last was heard to have committed something: the proof that it is reached."""

    @property
    def connected(self) -> bool:
        return self._session is not None

    def wake(self) -> None:
        """Say that the spool holds something new."""
        self._work.set()

    def say_status(self, status: Status) -> None:
        """Publish a status now, retained, and with every connection from now on."""
        self._status = status
        self._say(Leaf.STATUS, encode_status(status), retain=True)

    def say(self, leaf: Leaf, payload: bytes) -> bool:
        """Publish something that need not survive an outage; return whether there was a connection."""
        return self._say(leaf, payload, retain=False)

    def come_in_anew(self, why: str) -> None:
        """End this connection for another one; what is not acknowledged is sent again, the will stands until then."""
        session = self._session
        if session is not None and not session.lost.is_set():
            session.reason = why
            session.lost.set()

    async def run(self) -> None:
        """Connect, serve, and connect again, until cancelled."""
        wait_ms = BACKOFF_MS[0]
        while True:
            began = self._clock.now()
            try:
                await self._serve_once()
            except BrokerFault as fault:
                self._note(str(fault))
            if self._clock.now() - began > BACKOFF_MS[1]:
                wait_ms = BACKOFF_MS[0]
            await self._clock.sleep_until(self._clock.now() + round(wait_ms * self._random.uniform(0.5, 1.5)))
            wait_ms = min(wait_ms * 2, BACKOFF_MS[1])

    async def _serve_once(self) -> None:
        will = Will(self._address.topic(Leaf.STATUS), encode_status("offline"))
        asked_for = {Leaf.CONFIG: self._orders.configure, Leaf.CERTIFICATE: self._orders.renew}
        leaves = (Leaf.ACK, Leaf.COMMAND, *(leaf for leaf, order in asked_for.items() if order is not None))
        topics = [self._address.topic(leaf) for leaf in leaves]
        client_id = f"{self._address.store}/{self._address.gateway}"
        async with self._access.connect(self._access.broker, client_id, will, topics) as session:
            self._session = session
            self._note(None)
            try:
                self.say_status(self._status)
                await self._serve(session)
            finally:
                self._session = None
                if not session.lost.is_set():
                    await session.publish_last(will.topic, will.payload, retain=True)

    async def _serve(self, session: Link) -> None:
        """Send and receive until the connection is lost. Raises BrokerFault then."""
        self._window = Window()
        self._send_all_again()
        end: str | None = None
        try:
            async with asyncio.TaskGroup() as group:
                sending = group.create_task(self._send(session), name="uplink: send")
                receiving = group.create_task(self._receive(session), name="uplink: receive")
                await session.lost.wait()
                sending.cancel()
                receiving.cancel()
        except* SpoolFault as faults:
            end = str(faults.exceptions[0])
        raise BrokerFault(end or f"connection lost: {session.reason}")

    def _send_all_again(self) -> None:
        self._in_flight.clear()
        settled = self._spool.settled_id  # what is only held is live: said a moment ago
        self._cursors = _Cursors(live=settled, backlog=0, backlog_end=settled)
        self._work.set()

    async def _send(self, session: Link) -> None:
        while not session.lost.is_set():
            self._work.clear()
            more = await self._send_some(session)
            if more:
                continue
            if not await event_or_instant(self._work, self._clock, self._resend_at()):
                self._resend_ms = min(self._resend_ms * 2, RESEND_MS[1])
                self._send_all_again()

    async def _send_some(self, session: Link) -> bool:
        """Send what is live, then a batch of backlog; return whether there may be more to send at once."""
        cursors = self._cursors
        for live in await self._spool.after(cursors.live, self._spool.last_id, BATCH):
            self._send_one(session, live)
            cursors.live = live.id
        room = min(BATCH, self._window.size - self._backlog_in_flight())
        if room <= 0 or cursors.backlog >= cursors.backlog_end:
            return cursors.live < self._spool.last_id
        backlog = await self._spool.after(cursors.backlog, cursors.backlog_end, room)
        for old in backlog:
            self._send_one(session, old)
        cursors.backlog = backlog[-1].id if backlog else cursors.backlog_end
        return True

    def _send_one(self, session: Link, message: Spooled) -> None:
        now = self._clock.now()
        if session.publish(self._address.topic(Leaf.PRESENCE), self._correction.payload(message, now)):
            self._in_flight[message.boot, message.seq] = (message.id, now)

    def _backlog_in_flight(self) -> int:
        return sum(1 for message_id, _ in self._in_flight.values() if message_id <= self._cursors.backlog_end)

    def _resend_at(self) -> Instant:
        first_sent = min((at for _, at in self._in_flight.values()), default=self._clock.now())
        return first_sent + self._resend_ms

    async def _receive(self, session: Link) -> None:
        while True:
            incoming = await session.inbox.get()
            try:
                await self._take(incoming)
            except BadMessage as fault:
                if not self.ignored[fault.reason]:
                    log.warning("message of the server ignored, further ones are counted: %s", fault)
                self.ignored[fault.reason] += 1
            except SpoolFault:
                # The spool tells it; what the card could not forget is sent again, and the server knows it.
                self.ignored["card"] += 1
            except Exception:
                # A bug of ours, but what is retained comes again with every connection: none would last.
                if not self.ignored[FAILED]:
                    log.exception("message on %s failed, further ones are counted", incoming.topic)
                self.ignored[FAILED] += 1

    async def _take(self, incoming: Incoming) -> None:
        address, leaf = parse_topic(incoming.topic)
        if address != self._address:
            raise BadMessage("unknown_topic", f"topics of {self._address} expected, got {incoming.topic}")
        if leaf is Leaf.ACK:
            await self._acknowledged(decode(Ack, incoming.payload))
        elif leaf is Leaf.COMMAND:
            result = await self._orders.obey(decode(Command, incoming.payload))
            if result is not None:
                self.say(Leaf.RESULT, encode(result))
        elif leaf is Leaf.CONFIG and self._orders.configure is not None:
            self._orders.configure(incoming.payload)
        elif leaf is Leaf.CERTIFICATE and self._orders.renew is not None:
            self._orders.renew(incoming.payload)

    async def _acknowledged(self, ack: Ack) -> None:
        self.acknowledged_at = now = self._clock.now()
        newest = 0
        for key in [key for key in self._in_flight if key[0] == ack.boot and holds(ack.seqs, key[1])]:
            message_id, sent_at = self._in_flight.pop(key)
            newest = max(newest, message_id)
            if message_id <= self._cursors.backlog_end:
                self._window.acked(sent_at, now)
        self._resend_ms = RESEND_MS[0]
        self._send_overtaken_again(newest, now)
        self._work.set()
        await self._spool.forget(ack.boot, ack.seqs)

    def _send_overtaken_again(self, newest: int, now: Instant) -> None:
        """Go back to the oldest live message overtaken by the newest acknowledged, as where the server came in after it."""
        overtaken = [
            message_id
            for message_id, sent_at in self._in_flight.values()
            if self._cursors.backlog_end < message_id < newest and now - sent_at >= OVERTAKEN_MS
        ]
        if overtaken:
            self._cursors.live = min(self._cursors.live, min(overtaken) - 1)

    def _say(self, leaf: Leaf, payload: bytes, *, retain: bool) -> bool:
        session = self._session
        return session is not None and session.publish(self._address.topic(leaf), payload, retain=retain)

    def _note(self, fault: str | None) -> None:
        if (fault is None) != (self.fault is None):
            log.info("broker: connected") if fault is None else log.warning("broker: %s", fault)
        self.fault = fault
