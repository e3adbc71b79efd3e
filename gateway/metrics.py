"""The heartbeat as Prometheus reads it, on loopback only (Prometheus text format 0.0.4)."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress

from protocol.instants import DAY
from protocol.messages import CertificateHealth, Health

LOOPBACK = "127.0.0.1"
REQUEST_TIMEOUT_S = 5
MAX_REQUEST_BYTES = 8_192
PREFIX = "aislecue_gateway_"

Ask = Callable[[], Awaitable[Health]]


async def serve_metrics(port: int, ask: Ask) -> None:
    """Answer GET /metrics until cancelled."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(
                TimeoutError, ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError
            ):
                async with asyncio.timeout(REQUEST_TIMEOUT_S):
                    request = await reader.readuntil(b"\r\n\r\n")
                    writer.write(await _response(request, ask))
                    await writer.drain()
        finally:
            writer.close()

    server = await asyncio.start_server(answer, LOOPBACK, port, limit=MAX_REQUEST_BYTES)
    async with server:
        await server.serve_forever()


async def _response(request: bytes, ask: Ask) -> bytes:
    if not request.startswith(b"GET /metrics "):
        return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    body = render_metrics(await ask()).encode()
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


def render_metrics(health: Health) -> str:
    """Write a heartbeat as metrics; what is not known is left out."""
    lines: list[str] = []
    for name, kind, samples in _metrics(health):
        known = [(labels, value) for labels, value in samples if value is not None]
        if known:
            lines.append(f"# TYPE {PREFIX}{name} {kind}")
            lines += [f"{PREFIX}{name}{labels} {value:g}" for labels, value in known]
    return "\n".join(lines) + "\n"


def _metrics(health: Health) -> Iterator[tuple[str, str, list[tuple[str, float | None]]]]:
    yield "hearing", "gauge", [("", float(health.status == "online"))]
    yield "advertisements_per_minute", "gauge", [("", health.heard_per_min)]
    yield "last_advertisement_age_seconds", "gauge", [("", health.last_heard_age_s)]
    adapters = [
        (_labels(adapter=a.name, path=a.scan_path), float(a.state == "hearing")) for a in health.adapters
    ]
    yield "adapter_hearing", "gauge", list(adapters)
    rates = [
        (_labels(adapter=a.name, path=path), rate)
        for a in health.adapters
        for path, rate in a.path_rates.items()
    ]
    yield "self_test_frames_per_minute", "gauge", list(rates)
    yield (
        "ignored_advertisements_total",
        "counter",
        [(_labels(reason=r), n) for r, n in health.ignored.items()],
    )
    yield "spool_messages", "gauge", [("", health.spool.depth)]
    yield "spool_bytes", "gauge", [("", health.spool.bytes)]
    yield "spool_age_seconds", "gauge", [("", health.spool.age_s)]
    yield "spool_dropped_total", "counter", [("", health.spool.dropped)]
    yield "faults", "gauge", [(_labels(part=part), 1) for part in health.faults]
    yield "cpu_percent", "gauge", [("", health.cpu_pct)]
    yield "temperature_celsius", "gauge", [("", health.temperature_c)]
    yield "disk_free_megabytes", "gauge", [("", health.disk_free_mb)]
    if isinstance(health.certificate, CertificateHealth):
        ends = health.certificate.runs_out_at
        yield (
            "certificate_days_left",
            "gauge",
            [("", None if ends is None else (ends - health.sent_at) / DAY)],
        )
        yield "certificate_state", "gauge", [(_labels(state=health.certificate.state), 1)]
    yield "clock_synced", "gauge", [("", float(health.clock_synced))]


def _labels(**labels: str) -> str:
    quoted = (f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return "{" + ",".join(quoted) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
