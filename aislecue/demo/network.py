"""A phone's network: real requests, except where the visitor's script says there is none."""

import httpx

from protocol.clock import Clock
from protocol.instants import Instant


class PatchyNetwork(httpx.AsyncBaseTransport):
    """Passes requests on; when it fails, the first one still reaches the server and only its answer is lost."""

    def __init__(
        self, inner: httpx.AsyncBaseTransport, clock: Clock, offline: tuple[tuple[Instant, Instant], ...]
    ) -> None:
        self._inner, self._clock, self._offline = inner, clock, offline
        self._failing = False

    @property
    def down(self) -> bool:
        now = self._clock.now()
        return any(start <= now < end for start, end in self._offline)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not self.down:
            self._failing = False
            return await self._inner.handle_async_request(request)
        if self._failing:
            raise httpx.ConnectError("no network", request=request)
        self._failing = True
        answer = await self._inner.handle_async_request(request)
        await answer.aread()
        raise httpx.ReadTimeout("the answer was lost", request=request)
