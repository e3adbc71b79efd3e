"""The MQTT door: connection, batches, one transaction each, then the ack (ARCHITECTURE, law 3: nothing before its commit)."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Coroutine, Iterable
from typing import Any, NoReturn

from protocol.clock import Clock
from protocol.instants import SECOND, Instant
from protocol.messages import MAX_RANGES, Ack, encode
from protocol.seq_ranges import to_ranges
from protocol.topics import GatewayAddress, Leaf
from store_server.intake.asking import keep_asking
from store_server.intake.broker import Broker, Connection, connected
from store_server.intake.errors import BrokerFault
from store_server.intake.exit import Exit
from store_server.intake.fleet_side import FleetSide
from store_server.intake.presence import RADIO_DEAD, PresenceTaken, is_planned, take_presence
from store_server.intake.reading import Mail, Reader
from store_server.intake.standing import keep_standing
from store_server.intake.tags import TagZones
from store_server.presence_loss import lose_presence
from store_server.rules import RunningRules
from store_server.store.port import Store, Transaction
from store_server.store.rows import GatewayKey, MessageKey

NO_FLEET = FleetSide()
BACKOFF_MS: tuple[Instant, ...] = (1 * SECOND, 2 * SECOND, 5 * SECOND, 15 * SECOND, 30 * SECOND)

log = logging.getLogger(__name__)


class MqttDoor:
    """Takes in what gateways say, for as long as the server runs."""

    def __init__(
        self,
        store: Store,
        rules: RunningRules,
        tags: TagZones,
        clock: Clock,
        broker: Broker,
        fleet: FleetSide = NO_FLEET,
    ) -> None:
        self._store, self._rules, self._tags, self._clock, self._broker = store, rules, tags, clock, broker
        self._fleet = fleet
        self._exit = Exit(clock, fleet.show_out)
        self._reader = Reader()
        self.fault: str | None = "not connected yet"

    async def run(self) -> NoReturn:
        """Connect, serve, and connect again, until cancelled."""
        attempt = 0
        while True:
            try:
                async with connected(self._broker) as connection:
                    await self._note(None)
                    attempt = 0
                    await self._serve_and_tell(connection)
            except BrokerFault as fault:
                await self._note(str(fault))
            wait_ms = BACKOFF_MS[min(attempt, len(BACKOFF_MS) - 1)]
            attempt += 1
            await self._clock.sleep_until(self._clock.now() + wait_ms)

    async def _serve_and_tell(self, connection: Connection) -> None:
        """Take in and keep told until the connection is lost. Raises BrokerFault then."""
        lost: BrokerFault | None = None
        async with asyncio.TaskGroup() as group:
            telling = [group.create_task(work, name=name) for name, work in self._told(connection).items()]
            try:
                await self._serve(connection)
            except BrokerFault as fault:
                lost = fault
                for task in telling:
                    task.cancel()
        if lost is not None:
            raise lost

    def _told(self, connection: Connection) -> dict[str, Coroutine[Any, Any, NoReturn]]:
        """Return what goes on beside taking in, by the name of its task."""
        return {
            "mqtt: standing messages": keep_standing(connection, self._clock, self._fleet.standing),
            "mqtt: commands": keep_asking(connection, self._clock, self._fleet.questions.waiting),
            "mqtt: revoked gateways": self._exit.run(),
        }

    async def _serve(self, connection: Connection) -> NoReturn:
        while True:
            mail = self._reader.read(await connection.arrived())
            mail.ignored += connection.dropped
            connection.dropped.clear()
            taken = await self.take(mail)
            acknowledge(connection, taken.acknowledge)
            self._exit.saw(taken.revoked)
            await self._renew(connection, mail, taken)

    async def _renew(self, connection: Connection, mail: Mail, taken: PresenceTaken) -> None:
        for address, asked in mail.renewals.items():
            if address in taken.revoked:
                continue
            answer = await self._fleet.renew(address, asked)
            connection.publish(address.topic(Leaf.CERTIFICATE), encode(answer))

    async def take(self, mail: Mail) -> PresenceTaken:
        """Keep a batch; it is durable when this returns."""
        now = self._clock.now()
        taken = await self._store.transact(lambda tx: self._keep(tx, mail, now))
        if taken.fresh:
            # Its own transaction: what fusion remembers follows what is kept, and is made again from it after a crash.
            await self._store.transact(lambda tx: self._tags.follow(tx, taken.fresh, now))
        if taken.revoked:
            mail = mail.without(taken.revoked)
        if mail.results:
            await self._fleet.questions.answered(mail.results)
        return taken

    def _keep(self, tx: Transaction, mail: Mail, now: Instant) -> PresenceTaken:
        snapshot = self._rules.current(tx)
        found = tx.revoked_among({GatewayKey(*address) for address in mail.senders()}, now)
        revoked = {GatewayAddress(*one) for one in found}
        if revoked:
            mail = mail.without(revoked)
        taken = take_presence(tx, snapshot, mail.presence, now)
        taken.revoked = revoked
        for address, status in mail.status:
            if is_planned(snapshot, address):
                tx.put_gateway_status(GatewayKey(*address), status, now)
                if status == RADIO_DEAD:
                    lose_presence(tx, GatewayKey(*address), now, now)
        for address, health, spool, fault in mail.health:
            if is_planned(snapshot, address):
                tx.put_gateway_health(GatewayKey(*address), health, now)
                tx.put_gateway_spool(GatewayKey(*address), spool.dropped, fault, now)
        tx.count_ignored("mqtt", taken.ignored + mail.ignored, now)
        return taken

    async def _note(self, fault: str | None) -> None:
        """Log once when the broker is gone, and once when it is back; keep it each time, for pages and alerts."""
        if fault is not None and self.fault is None:
            log.warning("broker: %s", fault)
        elif fault is None and self.fault is not None:
            log.info("broker: connected to %s:%d", self._broker.host, self._broker.port)
        self.fault = fault
        await self._fleet.note(fault)


def acknowledge(connection: Connection, keys: Iterable[MessageKey]) -> None:
    """Tell each gateway what it may forget."""
    seqs: dict[tuple[GatewayAddress, str], list[int]] = defaultdict(list)
    for key in keys:
        seqs[GatewayAddress(key.store, key.gateway), key.boot].append(key.seq)
    for (address, boot), numbers in seqs.items():
        ranges = to_ranges(numbers)
        for first in range(0, len(ranges), MAX_RANGES):
            ack = Ack(boot=boot, seqs=ranges[first : first + MAX_RANGES])
            connection.publish(address.topic(Leaf.ACK), encode(ack))
