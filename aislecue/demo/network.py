"""A phone's network: real requests, except where the visitor's script says there is none."""

import asyncio

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


class AnswerTimes(httpx.AsyncBaseTransport):
    """Passes requests on and notes how long uploads wait, in real time, for their durable answer."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self.uploads_ms: list[float] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        answer = await self._inner.handle_async_request(request)
        if request.url.path == "/v1/sightings":
            self.uploads_ms.append((loop.time() - began_s) * 1000)
        return answer
