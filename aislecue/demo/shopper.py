"""A visitor and their phone, second by second: what the phone perceives, what the person taps."""

from random import Random
from secrets import token_bytes

import httpx
from cryptography.hazmat.primitives.asymmetric import ec

from aislecue.demo.crowd import Visitor
from aislecue.demo.network import PatchyNetwork
from aislecue.demo.phone import Phone
from aislecue.demo.phone.api import PushTarget, StoreApi
from aislecue.demo.phone.push import CURVE, Push, PushKeys
from aislecue.demo.pocket import RegionWatch
from aislecue.demo.push_service import PushService
from aislecue.demo.world import World
from protocol.clock import Clock
from protocol.instants import MINUTE, Instant

TAPS = 0.45
"""Share of pushes that are opened (FIELD-NOTES, Phones)."""
STILL_ABOUT = 5 * MINUTE
"""After the door: the system's last region exits, a push on leaving, a look into the inbox."""


class Shopper:
    """Drives one phone through the visits of one visitor."""

    def __init__(
        self,
        visitor: Visitor,
        http: httpx.AsyncClient,
        network: PatchyNetwork,
        clock: Clock,
        random: Random,
    ) -> None:
        self.visitor = visitor
        self.phone = Phone(StoreApi(http), clock, app_start=random.randbytes(4).hex())
        self._network, self._clock, self._random = network, clock, random
        self._regions = RegionWatch(random)
        self._keys = PushKeys(ec.generate_private_key(CURVE), token_bytes(16))
        self._pushes: list[bytes] = []

    def is_about(self, now: Instant) -> bool:
        """Say whether there is anything to live through: around a visit, and until everything is uploaded."""
        return self.phone.waiting > 0 or any(
            walk.enters_at <= now < walk.leaves_at + STILL_ABOUT for walk in self.visitor.walks
        )

    @property
    def has_push(self) -> bool:
        return bool(self._pushes) and not self._network.down

    async def opt_in(self, push_service: PushService) -> None:
        """Install the app and say yes or no, before the first step into the store."""
        endpoint, self._pushes = push_service.subscribe()
        target = PushTarget(self._keys.subscription(endpoint))
        await self.phone.opt_in(self.visitor.consents, locale=self.visitor.locale, push=target)

    async def perceive(self, world: World) -> None:
        """Hand the phone the frames of the second that ends now."""
        now = self._clock.now()
        heard = world.phone_hears(self.visitor, now)
        if self.visitor.in_hand:
            await self.phone.ranged(heard)
        else:
            for event in self._regions.events(now, heard):
                if event.entered:
                    await self.phone.entered(event.region, heard)
                else:
                    await self.phone.exited(event.region)
        await self.phone.catch_up()

    async def read_pushes(self) -> list[Push]:
        """Show what the push service holds for this phone; now and then the person taps it."""
        shown = []
        while self.has_push:
            push = await self.phone.receive(self._keys, self._pushes.pop(0))
            shown.append(push)
            if self._random.random() < TAPS:
                await self.phone.tap(push.id)
        return shown
