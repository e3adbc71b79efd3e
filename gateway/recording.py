"""Record what a gateway hears as a trace (SPEC 9): allow-listed iBeacons only, no addresses, bounded in size."""

import asyncio
import gzip
import io
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from gateway.decode import Decoder
from gateway.radio.port import Advertisement, Radio
from gateway.settings import Settings
from protocol.trace import Heard, trace_line


class Recorder:
    """Writes lines until the bound is reached; `full` is set then."""

    def __init__(self, out: gzip.GzipFile | io.BufferedWriter, settings: Settings, max_bytes: int) -> None:
        self._out, self._gateway, self._left = out, settings.address.gateway, max_bytes
        self._decoder = Decoder(settings.allowed_uuids)
        self.lines = 0
        self.full = asyncio.Event()
        self.fault: OSError | None = None

    def hear(self, advertisement: Advertisement) -> None:
        if self._decoder.read(advertisement.payload, advertisement.rssi_dbm) is None:
            return
        line = trace_line(
            Heard(advertisement.at, self._gateway, advertisement.payload, advertisement.rssi_dbm)
        )
        if len(line) > self._left:
            self.full.set()
            return
        try:
            self._out.write(line)
        except OSError as fault:  # the radio calls back from a place that handles nothing
            self.fault = fault
            self.full.set()
            return
        self._left -= len(line)
        self.lines += 1


async def record(
    settings: Settings, radios: Sequence[Radio], path: Path, *, seconds: float, max_bytes: int
) -> int:
    """Record for a while, or until the bound; return the lines written. Raises RadioFault and OSError."""
    with _opened(path) as out:
        recorder = Recorder(out, settings, max_bytes)
        async with AsyncExitStack() as stack:
            for radio in radios:
                stack.push_async_callback(radio.close)
                await radio.open(recorder.hear)
            try:
                async with asyncio.timeout(seconds):
                    await recorder.full.wait()
            except TimeoutError:
                pass  # the time asked for is over
        if recorder.fault is not None:
            raise recorder.fault
        return recorder.lines


def _opened(path: Path) -> gzip.GzipFile | io.BufferedWriter:
    return gzip.GzipFile(path, "wb") if path.suffix == ".gz" else path.open("wb")
