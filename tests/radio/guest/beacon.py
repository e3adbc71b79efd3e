"""The guest's program: a rendered beacon's own script on hci0, our gateway on hci1, real dbus-daemon and bluetoothd between them."""

import asyncio
import json
import os
import shutil
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from random import Random

from tests.eventually import eventually
from tests.firmware_configs.plans import rendered
from tests.radio.guest.advertiser import Advertiser
from tests.radio.guest.controller import Controller
from tests.radio.guest.words import SYSTEM_BUS, Advertised, Overheard
from tests.radio.machine import BLUETOOTHD

HERE = Path("/run/beacon")
ADAPTERS = [Path(f"/sys/class/bluetooth/hci{number}") for number in range(2)]
SEED = 6
PATIENCE_S = 60


async def main() -> None:
    _install()
    shutil.rmtree("/var/lib/bluetooth", ignore_errors=True)
    await asyncio.create_subprocess_exec("dbus-daemon", "--system", "--nofork", "--nopidfile")
    await eventually(SYSTEM_BUS.exists)
    ears = Controller([], 1, Random(SEED))
    chip = Advertiser(ears.hear)
    async with asyncio.TaskGroup() as group:
        air = group.create_task(chip.run(), name="air")
        chip.plug()
        await eventually(ADAPTERS[0].exists)
        ears.plug()
        await eventually(ADAPTERS[1].exists)
        for options in (["--experimental"], []):
            bluetoothd = await asyncio.create_subprocess_exec(BLUETOOTHD, "--nodetach", *options)
            beacon = await _beacon()
            print(json.dumps(await _advertised(chip, experimental=bool(options))), flush=True)
            if options:
                print(json.dumps(await _overheard()), flush=True)
            bluetoothd.kill()
            await bluetoothd.wait()
            # As its unit would see it: it ends with a fault, and is started anew.
            async with asyncio.timeout(PATIENCE_S):
                print(json.dumps({"what": "ended", "code": await beacon.wait()}), flush=True)
            chip.quiet()
        air.cancel()
    print(json.dumps({"what": "end"}), flush=True)


def _install() -> None:
    HERE.mkdir()
    below = "beacons/bluez/"
    for name, text in rendered().files.items():
        if name.startswith(below):
            (HERE / Path(name).name).write_text(text)


async def _beacon() -> Process:
    """Start the rendered script until bluetoothd takes its advertisement; systemd does the same with Restart=."""
    while True:
        beacon = await asyncio.create_subprocess_exec(
            sys.executable, HERE / "advertise.py", HERE / "BLU-1.json", stdout=PIPE
        )
        assert beacon.stdout is not None
        if await beacon.stdout.readline():
            return beacon
        await beacon.wait()


async def _advertised(chip: Advertiser, *, experimental: bool) -> Advertised:
    async with asyncio.timeout(PATIENCE_S):
        asked = await chip.asked()
    return Advertised(
        what="advertised",
        experimental=experimental,
        interval_ms=asked.interval_ms,
        tx_power_dbm=asked.tx_power_dbm,
        data=asked.data.hex(),
    )


async def _overheard() -> Overheard:
    command = [sys.executable, "-m", "tests.radio.guest.overheard", "/run/gateway", "hci1"]
    gateway = await asyncio.create_subprocess_exec(*command, stdout=PIPE)
    async with asyncio.timeout(PATIENCE_S):
        said, _ = await gateway.communicate()
    return Overheard(what="heard", message=said.decode())


if __name__ == "__main__":
    os.environ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    asyncio.run(main())
