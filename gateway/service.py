"""The whole gateway, put together: ears -> decode -> tracker -> spool -> uplink, each task supervised (docs/architecture.md)."""

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from random import Random

from msgspec import UNSET

from gateway.clock import TrueTime, Trusted
from gateway.configuration import Configuration, InForce
from gateway.correction import Correction
from gateway.decode import Decoder
from gateway.excuses import Excuses
from gateway.health import Pulse, adapter_health, cpu_pct, healing_steps, spool_health
from gateway.hearing import Hearing
from gateway.identity import identity_of
from gateway.keeping import Keeping
from gateway.link import Connect
from gateway.metrics import serve_metrics
from gateway.mqtt_session import open_session
from gateway.obeying import Obedience
from gateway.presence import AT_LEAST_EVERY_MS, PresenceWriter
from gateway.radio.port import Advertisement, Radio
from gateway.recollection import LogRing
from gateway.renewal import CertificateRenewal
from gateway.settings import Settings
from gateway.spool import Spool
from gateway.supervision import Supervision
from gateway.tracker import Tracker
from gateway.uplink import Access, Orders, Uplink
from gateway.vitals import look, versions
from protocol.clock import Clock
from protocol.instants import MINUTE, SECOND, Instant
from protocol.messages import Health, Status, WireInstant
from protocol.topics import Leaf

PRESENCE_EVERY_MS = 1 * SECOND
"""SPEC 7: at most one message a second, at least one in ten; tags are followed best at one."""
SPARE_AFTER_MS = 2 * MINUTE
"""Without the server's ack for this long, presence is said as seldom as SPEC 7 lets us: each message now costs the
card a write, and what is told so late decides nothing any more."""
HEALTH_EVERY_MS = 30 * SECOND
WATCH_EVERY_MS = 1 * SECOND
BOOT_BYTES = 8
"""Random bits enough that no two runs of one gateway ever share a boot id."""
SPOOL_FILE = "spool.db"

log = logging.getLogger(__name__)


class Gateway:
    """One gateway; `run` lasts until cancelled. `spool.depth()` is 0 once the server has everything."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        radios: Sequence[Radio],
        *,
        presence_every_ms: Instant = PRESENCE_EVERY_MS,
        true_time: TrueTime | None = None,
        random: Random | None = None,
        connect: Connect = open_session,
    ) -> None:
        self.settings = settings
        self.boot = secrets.token_hex(BOOT_BYTES)
        self._clock = clock
        self._began_at = clock.now()
        self._presence_every_ms = presence_every_ms
        self._true_time = true_time or Trusted()
        self.decoder = Decoder(settings.allowed_uuids)
        self.tracker = Tracker(settings.allowed_uuids)
        self.spool = Spool(settings.data_dir / SPOOL_FILE, owner=settings.address)
        self.configuration = _configuration(settings)
        self.hearings = [
            Hearing(radio, clock, self._hear, partial(self._another_hears, radio)) for radio in radios
        ]
        self.log_ring = LogRing()
        """Takes what is logged, where it is added to a logger."""
        self._obedience = Obedience(
            settings, self.hearings, lambda: self.health(clock.now()), self._true_now, self.log_ring
        )
        random = random or Random()  # noqa: S311  # spreads reconnects, guards nothing
        identity = identity_of(settings.broker, settings.data_dir, connect)
        self.uplink = Uplink(
            Access(settings.address, settings.broker, identity.connect if identity else connect),
            self.spool,
            clock,
            random,
            Correction(self.boot, self._began_at, self._true_time),
            Orders(
                self._obedience.obey,
                None if self.configuration is None else self._configure,
                None if identity is None else self._renew,
            ),
        )
        self._keeping = Keeping(self.spool, self.uplink, clock, self._true_time)
        self._pulses = [Pulse() for _ in radios]
        self._writer = PresenceWriter(self.boot)
        self._supervision = Supervision(clock)
        self._identity = identity
        self._renewal = (
            None
            if identity is None
            else CertificateRenewal(identity, self.uplink, clock, self._true_time, random)
        )
        self._heard_at: Instant | None = None
        """When a beacon of an allowed UUID was last heard."""
        self.told = 0
        """Presence messages handed on since the start: the progress a watchdog may trust."""

    async def run(self) -> None:
        """Hear, remember and tell until cancelled."""
        await self._keeping.open(self.settings.data_dir)
        if self.configuration is not None:
            self._apply(self.configuration.load())
        try:
            async with asyncio.TaskGroup() as group:
                for hearing in self.hearings:
                    name = f"hearing {hearing.radio.name}"
                    group.create_task(self._supervision.keep(name, hearing.run), name=name)
                for name, work in self._tasks().items():
                    group.create_task(self._supervision.keep(name, work), name=name)
        finally:
            await self._keeping.close()

    def _tasks(self) -> dict[str, Callable[[], Awaitable[None]]]:
        tasks: dict[str, Callable[[], Awaitable[None]]] = {
            "presence": self._tell_presence,
            "health": self._tell_health,
            "watch": self._watch,
            "uplink": self.uplink.run,
        }
        if self._renewal is not None:
            tasks["renewal"] = self._renewal.run
        port = self.settings.metrics_port
        if port is not None:
            tasks["metrics"] = lambda: serve_metrics(port, lambda: self.health(self._clock.now()))
        return tasks

    def _true_now(self) -> Instant:
        return self._clock.now() + (self._true_time.offset_ms() or 0)

    def status(self) -> Status:
        """Return `radio-dead` where no radio has heard anything for RADIO_DEAD_MS, else `online`."""
        now = self._clock.now()
        return "radio-dead" if all(hearing.dead(now) for hearing in self.hearings) else "online"

    def _another_hears(self, radio: Radio) -> bool:
        now = self._clock.now()
        return any(hearing.hears(now) for hearing in self.hearings if hearing.radio is not radio)

    def faults(self) -> dict[str, str]:
        """Return what is wrong now, in plain words, by part."""
        faults = self._supervision.faults()
        faults |= {f"radio {h.radio.name}": h.reason for h in self.hearings if h.reason is not None}
        if self.uplink.fault is not None:
            faults["broker"] = self.uplink.fault
        if (spool := self._keeping.fault) is not None:
            faults["spool"] = spool
        if self.configuration is not None and self.configuration.fault is not None:
            faults["config"] = self.configuration.fault
        if (ending := self._certificate_fault()) is not None:
            faults["certificate"] = ending
        return faults

    def _certificate_fault(self) -> str | None:
        offset_ms = self._true_time.offset_ms()
        if self._identity is None or self._renewal is None or offset_ms is None:
            return None
        now = self._clock.now() + offset_ms
        said = (self._identity.certificate.fault(now), self._renewal.fault(now))
        return "; ".join(one for one in said if one) or None

    def _hear(self, advertisement: Advertisement) -> None:
        frame = self.decoder.read(advertisement.payload, advertisement.rssi_dbm)
        if frame is not None:
            self._heard_at = advertisement.at
            self.tracker.heard(
                advertisement.at, frame.identity, advertisement.rssi_dbm, frame.measured_power_dbm
            )

    async def _tell_presence(self) -> None:
        excuses = Excuses(self._clock.now())
        while True:
            now = self._clock.now()
            self.tracker.excuse(excuses.look(now, sum(hearing.heard for hearing in self.hearings)))
            message = self._writer.write(now, self.tracker.report(now), self._true_time.offset_ms())
            if message is not None:
                await self._keeping.keep(message)
                self.told += 1
            await self._clock.sleep_until(now + self._pace_ms(now))

    def _pace_ms(self, now: Instant) -> Instant:
        """Return how long to gather before the next message."""
        reached_at = self.uplink.acknowledged_at or self._began_at
        return self._presence_every_ms if now - reached_at < SPARE_AFTER_MS else AT_LEAST_EVERY_MS

    async def _watch(self) -> None:
        """Say the status when it changes."""
        told = self.status()
        while True:
            now = self._clock.now()
            for hearing, pulse in zip(self.hearings, self._pulses, strict=True):
                pulse.take(now, hearing.heard)
            status = self.status()
            self._judge_configuration(now)
            if status != told:
                log.warning("status: %s", status)
                self.uplink.say_status(status)
                told = status
            await self._clock.sleep_until(now + WATCH_EVERY_MS)

    async def _tell_health(self) -> None:
        before_at, before = self._clock.now(), look(self.settings.data_dir)
        while True:
            await self._clock.sleep_until(before_at + HEALTH_EVERY_MS)
            now, seen = self._clock.now(), look(self.settings.data_dir)
            health = await self.health(now, cpu_pct(before, seen, now - before_at))
            self.uplink.say(Leaf.HEALTH, self._obedience.heartbeats.add(health))
            before_at, before = now, seen

    async def health(self, now: Instant, cpu: float | None = None) -> Health:
        """Return the heartbeat as of now."""
        offset_ms = self._true_time.offset_ms()
        shift_ms = offset_ms or 0
        vitals = look(self.settings.data_dir)
        last_heard = max(
            (h.last_heard_at for h in self.hearings if h.last_heard_at is not None), default=None
        )
        return Health(
            boot=self.boot,
            sent_at=WireInstant(now + shift_ms),
            clock_synced=offset_ms is not None,
            status=self.status(),
            adapters=tuple(
                adapter_health(hearing, pulse, shift_ms)
                for hearing, pulse in zip(self.hearings, self._pulses, strict=True)
            ),
            spool=await spool_health(self.spool, now + shift_ms),
            heard_per_min=sum(max(0, pulse.per_min()) for pulse in self._pulses),
            last_heard_age_s=None if last_heard is None else (now - last_heard) / SECOND,
            ignored=dict(self.decoder.ignored + self.uplink.ignored + self._overflow()),
            steps=healing_steps(self.hearings, shift_ms),
            faults={part: text[:500] for part, text in self.faults().items()},
            cpu_pct=cpu,
            temperature_c=vitals.temperature_c,
            disk_free_mb=vitals.disk_free_mb,
            clock_skew_ms=offset_ms,
            versions=versions(),
            certificate=UNSET if self._renewal is None else self._renewal.health(),
            config_version=0 if self.configuration is None else self.configuration.in_force.version,
        )

    def _overflow(self) -> Counter[str]:
        """Return what was not tracked or not told because there was too much of it."""
        return Counter(overflow=self.tracker.overflow + self._writer.overflow)

    def _configure(self, payload: bytes) -> None:
        if self.configuration is not None:
            self._apply(self.configuration.take(payload, self._clock.now()))

    def _renew(self, payload: bytes) -> None:
        if self._renewal is not None:
            self._renewal.take(payload)

    def _judge_configuration(self, now: Instant) -> None:
        if self.configuration is not None:
            self._apply(self.configuration.look(now, self.uplink.acknowledged_at, self._heard_at))

    def _apply(self, config: InForce | None) -> None:
        if config is not None:
            self.decoder.allow(config.allowed_uuids)
            self.tracker.allow(config.allowed_uuids)


def _configuration(settings: Settings) -> Configuration | None:
    """Return what takes configurations; nothing does where no server's key was pinned."""
    if settings.config_key is None:
        return None
    return Configuration(settings.address, settings.config_key, settings.data_dir, settings.allowed_uuids)
