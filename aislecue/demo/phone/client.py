"""The phone itself: opts in, ranges in the foreground, listens for regions in a pocket, uploads, shows and reports (SPEC 4, 8)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import httpx

from aislecue.demo.phone.api import AppConfig, InboxMessage, PushTarget, StoreApi, Uploaded
from aislecue.demo.phone.backlog import Backlog, Noted
from aislecue.demo.phone.push import Push, PushKeys
from aislecue.demo.phone.ranging import Closest, Heard, Ranging
from aislecue.demo.phone.regions import Region
from protocol.clock import Clock
from protocol.identity import BeaconIdentity
from protocol.instants import SECOND, Instant
from protocol.sighting import BANDS

STALE = 30 * SECOND
"""A region not seen for so long is new when it is seen again (SPEC 2, exit_grace_s)."""


@dataclass
class Tally:
    """What the phone itself knows of its uploads, to be held against the server's database."""

    acknowledged: set[str] = field(default_factory=set)
    accepted: int = 0
    ignored: dict[str, int] = field(default_factory=dict)
    retries: int = 0

    def add(self, batch: Iterable[Noted], answer: Uploaded) -> None:
        self.acknowledged.update(sighting.id for sighting in batch)
        self.accepted += answer.accepted
        for reason, count in answer.ignored.items():
            self.ignored[reason] = self.ignored.get(reason, 0) + count


class Phone:
    """One install of the app. Nothing is ranged, noted or sent before the shopper said yes to `proximity`."""

    def __init__(self, api: StoreApi, clock: Clock, *, app_start: str) -> None:
        """`app_start` is random for every start of the app, so that sighting ids never meet again."""
        self._api, self._clock, self._app_start = api, clock, app_start
        self._ranging, self._backlog = Ranging(), Backlog()
        self._monitored: set[Region] = set()
        self._announced: dict[Region, BeaconIdentity] = {}
        self._closest_bands: dict[Region, tuple[int, Instant]] = {}
        self._count = 0
        self._next_upload_at: Instant = 0
        self._failures = 0
        self._consents: dict[str, bool] = {}
        self.config: AppConfig | None = None
        self.tally = Tally()
        self.pushes: list[Push] = []

    @property
    def install_id(self) -> str:
        return self._api.install_id

    @property
    def may_sight(self) -> bool:
        return self.config is not None and self._consents.get("proximity", False)

    async def opt_in(
        self, consents: Mapping[str, bool], *, locale: str, push: PushTarget | None = None
    ) -> None:
        """Install, then say what the shopper agreed to and where pushes go."""
        self.config = await self._api.app_config()
        self._monitored = {monitored.region for monitored in self.config.regions}
        await self._api.install(locale=locale)
        await self.consent(consents, push)

    async def consent(self, consents: Mapping[str, bool], push: PushTarget | None = None) -> None:
        """Change the consents; where `proximity` is withdrawn, forget what was not yet sent."""
        await self._api.put_consents(consents, push)
        self._consents = dict(consents)
        if not self.may_sight:
            self._backlog.forget()

    async def ranged(self, heard: Iterable[Heard]) -> None:
        """Take in one second of ranging (app in the foreground); uploads at once where something new may begin."""
        if not self.may_sight:
            return
        now = self._clock.now()
        closest = self._ranging.closest(now, (one for one in heard if self._is_ours(one.identity)))
        if closest is not None:
            self._note("ranged", closest.identity, closest.proximity, closest.rssi_dbm)
        await self._upload(now, urgent=closest is not None and self._is_news(closest, now))

    async def entered(self, region: Region, heard: Iterable[Heard]) -> None:
        """Tell of a region entered with the phone in a pocket; the system grants seconds to hear which beacon it is."""
        inside = [one for one in heard if region.holds(one.identity)]
        if not self.may_sight or not inside:
            return
        loudest = max(inside, key=lambda one: one.rssi_dbm)
        self._announced[region] = loudest.identity
        self._note("enter", loudest.identity, "unknown", loudest.rssi_dbm)
        await self._upload(self._clock.now(), urgent=True)

    async def exited(self, region: Region) -> None:
        """Tell of a region left with the phone in a pocket."""
        identity = self._announced.pop(region, None)
        if not self.may_sight or identity is None:
            return
        self._note("exit", identity, "unknown", -100)
        await self._upload(self._clock.now(), urgent=True)

    async def catch_up(self) -> None:
        """Send what waits, as a system does when the network is back."""
        if self._backlog:
            await self._upload(self._clock.now(), urgent=False)

    async def receive(self, keys: PushKeys, body: bytes) -> Push:
        """Open a push, show it, and report that it was shown."""
        push = keys.open(body)
        self.pushes.append(push)
        await self._api.post_receipt(push.id, "displayed", self._clock.now())
        return push

    async def tap(self, message: str) -> None:
        """Report that the shopper opened a message."""
        await self._api.post_receipt(message, "opened", self._clock.now())

    async def inbox(self) -> tuple[InboxMessage, ...]:
        return await self._api.inbox()

    @property
    def waiting(self) -> int:
        """Return how many sightings the server has not acknowledged yet."""
        return len(self._backlog)

    @property
    def let_go(self) -> int:
        """Return how many sightings grew too old before the server took them."""
        return self._backlog.let_go

    def _is_news(self, closest: Closest, now: Instant) -> bool:
        """Say whether a region was entered, or a closer band of it reached: what a dwell may begin with."""
        region, band = Region(closest.identity.uuid, closest.identity.major), BANDS[closest.proximity]
        known_band, seen_at = self._closest_bands.get(region, (BANDS["unknown"], now))
        if now - seen_at > STALE:
            known_band = BANDS["unknown"]
        self._closest_bands[region] = (min(band, known_band), now)
        return band < known_band

    def _is_ours(self, identity: BeaconIdentity) -> bool:
        return (identity.uuid, identity.major) in self._monitored or (identity.uuid, None) in self._monitored

    def _note(self, kind: str, identity: BeaconIdentity, proximity: str, rssi_dbm: int) -> None:
        self._count += 1
        name = f"{self._app_start}-{self._count:06d}"
        self._backlog.note(Noted(name, self._clock.now(), identity, kind, proximity, rssi_dbm))

    async def _upload(self, now: Instant, *, urgent: bool) -> None:
        if self.config is None:
            return
        plan = self.config.upload
        backing_off = self._failures > 0
        if now < self._next_upload_at and (backing_off or not urgent):
            return
        while batch := self._backlog.batch(now, plan.max_batch, round(plan.keep_s * SECOND)):
            try:
                answer = await self._api.post_sightings([one.wire() for one in batch])
            except httpx.TransportError:
                # No answer is no acknowledgement: the batch stays and is repeated with the same ids.
                self._failures += 1
                self.tally.retries += 1
                wait_s = plan.backoff_s[min(self._failures, len(plan.backoff_s)) - 1]
                self._next_upload_at = now + round(wait_s * SECOND)
                return
            self._failures = 0
            self._next_upload_at = now + round(plan.every_s * SECOND)
            self._backlog.answered(batch)
            self.tally.add(batch, answer)
