"""The gateway as a program: settings, radios, signals, logging (composition root of the Pi side)."""

import asyncio
import json
import logging
import os
import signal
import sys
from pathlib import Path

from gateway.clock import KernelTime, SteadyClock
from gateway.doctor import examine
from gateway.errors import GatewayError
from gateway.marking import keep_marks, typed_here
from gateway.notify import Systemd, feed_watchdog
from gateway.radio.bleak_radio import BleakRadio
from gateway.radio.port import Radio
from gateway.recording import record as record_trace
from gateway.service import Gateway
from gateway.settings import Settings, read_settings
from protocol.clock import Clock

DONE, PROBLEMS = 0, 1

log = logging.getLogger(__name__)


def settings_from(path: Path) -> Settings:
    """Read the settings file and the environment. Raises BadInput."""
    return read_settings(path, os.environ)  # noqa: TID251  # a setting's home


def radios(settings: Settings, clock: Clock) -> list[Radio]:
    return [BleakRadio(adapter, clock, allow_reboot=settings.allow_reboot) for adapter in settings.adapters]


def systemd_here() -> Systemd:
    """Return the systemd that started us, if one did."""
    return Systemd(os.environ.get("NOTIFY_SOCKET"))  # noqa: TID251  # as sd_notify(3) has it


async def run(settings: Settings, systemd: Systemd) -> int:
    """Run until SIGTERM or SIGINT; return the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    clock = SteadyClock()
    gateway = Gateway(settings, clock, radios(settings, clock), true_time=KernelTime(clock))
    logging.getLogger().addHandler(gateway.log_ring)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    log.info(
        "gateway %s of store %s: boot %s", settings.address.gateway, settings.address.store, gateway.boot
    )
    try:
        await _until(stop, gateway, clock, systemd)
    except GatewayError as fault:
        print(fault, file=sys.stderr)
        return PROBLEMS
    return DONE


async def _until(stop: asyncio.Event, gateway: Gateway, clock: Clock, systemd: Systemd) -> None:
    """Run the gateway until told to stop. Raises what ended it before."""
    async with asyncio.TaskGroup() as group:
        stopping = group.create_task(stop.wait(), name="signals")
        running = group.create_task(_outcome(gateway), name="gateway")
        feeding = group.create_task(
            feed_watchdog(systemd, clock, lambda: gateway.told, gateway.status), name="watchdog"
        )
        systemd.say("READY=1")
        await asyncio.wait([stopping, running], return_when=asyncio.FIRST_COMPLETED)
        systemd.say("STOPPING=1")
        for task in (stopping, running, feeding):
            task.cancel()
    if not running.cancelled() and (fault := running.result()) is not None:
        raise fault


async def _outcome(gateway: Gateway) -> GatewayError | None:
    try:
        await gateway.run()
    except GatewayError as fault:
        return fault
    return None


async def doctor(settings: Settings, *, as_json: bool) -> int:
    """Print what was found; return 1 where something is wrong."""
    clock = SteadyClock()
    findings = await examine(settings, radios(settings, clock), clock.now())
    if as_json:
        print(json.dumps([finding.as_json() for finding in findings]))
    else:
        print(*findings, sep="\n")
    return DONE if all(finding.ok for finding in findings) else PROBLEMS


async def record(
    settings: Settings, path: Path, *, seconds: float, max_bytes: int, marks: Path | None = None
) -> int:
    """Record a trace, and marks of a walk where asked, and say how much it is; return 1 where radio or disk do not let us."""
    clock = SteadyClock()
    lines = 0
    faults: tuple[Exception, ...] = ()
    try:
        async with asyncio.TaskGroup() as group:
            walking = None
            if marks is not None:
                keeping = keep_marks(await typed_here(), marks, clock, _say)
                walking = group.create_task(keeping, name="marks")
            lines = await record_trace(
                settings, radios(settings, clock), path, seconds=seconds, max_bytes=max_bytes
            )
            if walking is not None:
                walking.cancel()
    except* (GatewayError, OSError) as found:
        faults = found.exceptions
    for fault in faults:
        _say(str(fault))
    if not faults:
        _say(f"{path}: {lines} frames")
    return PROBLEMS if faults else DONE


def _say(text: str) -> None:
    print(text, file=sys.stderr)
