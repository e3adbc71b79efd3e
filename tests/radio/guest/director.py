"""The guest's only program: real dbus-daemon and bluetoothd, a controller, our gateway; then harm after harm, each reported."""

import argparse
import asyncio
import json
import os
import shutil
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

from protocol.identity import BeaconIdentity
from protocol.instants import SECOND
from tests.eventually import eventually
from tests.radio.guest.controller import Controller
from tests.radio.guest.systemd import POLICY, POLICY_FILE, Systemd
from tests.radio.guest.words import BACK_WITHIN_S, BEACONS, HZ, STORE_UUID, SYSTEM_BUS, Look, Report
from tests.radio.machine import BLUETOOTHD

DATA = Path("/run/gateway")
SEED = 4
LISTEN_MS = 20 * SECOND
AWAY_MS = 3 * SECOND
"""Between harm and its end, where somebody else ends it: as long as systemd's restart or a hand at the dongle."""
PATIENCE_MS = (BACK_WITHIN_S + 30) * SECOND
AGAIN_FRAMES = 50
"""A second's worth: more than what was still on its way."""


class Director:
    """Everything on stage."""

    def __init__(self, controller: Controller, systemd: Systemd, ears: Process) -> None:
        self._controller = controller
        self._systemd = systemd
        self._ears = ears
        self._bluetoothd: Process | None = None

    async def start(self) -> None:
        self._controller.plug()
        await self.start_bluetoothd()

    async def keep_unit(self) -> None:
        """Restart bluetoothd whenever systemd is asked to."""
        while True:
            await self._systemd.asked.wait()
            self._systemd.asked.clear()
            await self.kill_bluetoothd()
            await self.start_bluetoothd()

    async def start_bluetoothd(self) -> None:
        self._bluetoothd = await asyncio.create_subprocess_exec(BLUETOOTHD, "--nodetach", "--experimental")

    async def kill_bluetoothd(self) -> None:
        if self._bluetoothd is not None and self._bluetoothd.returncode is None:
            self._bluetoothd.send_signal(signal.SIGKILL)
            await self._bluetoothd.wait()

    async def listen(self) -> Report:
        """Report how many of the frames in the air reach the tracker, once the gateway has settled."""
        first = await self._until(lambda look: bool(look["measured"]) and look["scan_path"] != "none")
        first = await self._until(lambda look: look["at"] >= first["at"] + SECOND)
        last = await self._until(lambda look: look["at"] >= first["at"] + LISTEN_MS)
        return Report(
            what="listened",
            expected=self._controller.per_s * (last["at"] - first["at"]) / SECOND,
            frames=last["frames"] - first["frames"],
            beacons=last["beacons"],
            measured=last["measured"],
        )

    async def kill(self, *, restarted_by_others: bool) -> Report:
        """Kill bluetoothd; it comes back by its unit's Restart=, or only because the gateway asks for it."""
        before = await self._next()
        await self.kill_bluetoothd()
        if restarted_by_others:
            await self._until(lambda look: look["at"] >= before["at"] + AWAY_MS)
            await self.start_bluetoothd()
        return await self._healed("killed, restarted" if restarted_by_others else "killed, left dead", before)

    async def unplug(self) -> Report:
        before = await self._next()
        self._controller.unplug()
        await self._until(lambda look: look["at"] >= before["at"] + AWAY_MS)
        self._controller.plug()
        return await self._healed("unplugged", before)

    async def stay_away(self) -> list[Report]:
        """Report how soon the gateway says that it is deaf, and how soon it hears when the controller returns."""
        before = await self._next()
        self._controller.unplug()
        last = await self._until(lambda look: look["status"] == "radio-dead", before["at"] + PATIENCE_MS)
        dead_s = (last["at"] - before["at"]) / SECOND if last["status"] == "radio-dead" else None
        dead = Report(what="stayed away", dead_s=dead_s, steps=_steps_since(before, last))
        before = await self._next()
        self._controller.plug()
        return [dead, await self._healed("came back", before)]

    async def _healed(self, what: str, before: Look) -> Report:
        start = await self._next()
        frames, deadline = start["frames"] + AGAIN_FRAMES, before["at"] + PATIENCE_MS
        last = await self._until(
            lambda look: look["frames"] >= frames and look["status"] == "online", deadline
        )
        back_s = (last["at"] - before["at"]) / SECOND if last["frames"] >= frames else None
        return Report(what=what, back_s=back_s, steps=_steps_since(before, last))

    async def _until(self, condition: Callable[[Look], bool], deadline: int | None = None) -> Look:
        """Return the first look that meets the condition, or the first one after the deadline."""
        while True:
            look = await self._next()
            if condition(look) or (deadline is not None and look["at"] > deadline):
                return look

    async def _next(self) -> Look:
        assert self._ears.stdout is not None
        line = await self._ears.stdout.readline()
        look: Look = json.loads(line)
        return look


def _steps_since(before: Look, last: Look) -> list[str]:
    return [step for at, step in last["steps"] if at >= before["at"]]


@asynccontextmanager
async def _stage() -> AsyncIterator[Director]:
    POLICY_FILE.write_text(POLICY)
    shutil.rmtree("/var/lib/bluetooth", ignore_errors=True)
    await asyncio.create_subprocess_exec("dbus-daemon", "--system", "--nofork", "--nopidfile")
    await eventually(SYSTEM_BUS.exists)
    systemd = Systemd()
    await systemd.start()
    beacons = [BeaconIdentity(STORE_UUID, 1, minor) for minor in range(BEACONS)]
    controller = Controller(beacons, HZ, Random(SEED))
    ears = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.radio.guest.ears", DATA, stdout=PIPE
    )
    director = Director(controller, systemd, ears)
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(controller.run(), name="air"),
            group.create_task(director.keep_unit(), name="bluetooth.service"),
        ]
        await director.start()
        yield director
        for task in tasks:
            task.cancel()


def _say(report: Report) -> None:
    print(json.dumps(report), flush=True)


async def main(kills: int, unplugs: int) -> None:
    async with _stage() as director:
        _say(await director.listen())
        for number in range(kills):
            _say(await director.kill(restarted_by_others=number % 2 == 0))
        for _ in range(unplugs):
            _say(await director.unplug())
        for report in await director.stay_away():
            _say(report)
        _say(Report(what="end"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, required=True)
    parser.add_argument("--unplugs", type=int, required=True)
    arguments = parser.parse_args()
    os.environ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    asyncio.run(main(arguments.kills, arguments.unplugs))
