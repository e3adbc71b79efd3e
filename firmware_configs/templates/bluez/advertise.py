"""Advertise one iBeacon from this machine until told to stop (org.bluez.LEAdvertisement(5)). Rendered, do not edit.

Ends with 1 when bluetoothd lets go of the advertisement or goes away; systemd then starts it anew.
"""

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Annotated, Any

from dbus_fast import BusType, Message, MessageType, PropertyAccess, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusInt16, DBusSignature, DBusStr, DBusUInt32
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property

APPLE = 0x004C
PATH = "/aislecue/beacon"
ADAPTER = "/org/bluez/hci0"
ANSWER_S = 20.0
ManufacturerData = Annotated[dict[int, Variant], DBusSignature("a{qv}")]


class Advertisement(ServiceInterface):
    """What bluetoothd reads from us."""

    def __init__(self, told: dict[str, Any], over: asyncio.Event) -> None:
        super().__init__("org.bluez.LEAdvertisement1")
        self._frame = bytes.fromhex(told["frame"])
        self._interval_ms = int(told["interval_ms"])
        self._tx_power_dbm = int(told["tx_power_dbm"])
        self._over = over

    @dbus_property(access=PropertyAccess.READ, name="Type")
    def kind(self) -> DBusStr:
        return "broadcast"

    @dbus_property(access=PropertyAccess.READ, name="ManufacturerData")
    def manufacturer_data(self) -> ManufacturerData:
        return {APPLE: Variant("ay", self._frame)}

    @dbus_property(access=PropertyAccess.READ, name="MinInterval")
    def shortest(self) -> DBusUInt32:
        return self._interval_ms

    @dbus_property(access=PropertyAccess.READ, name="MaxInterval")
    def longest(self) -> DBusUInt32:
        return self._interval_ms

    @dbus_property(access=PropertyAccess.READ, name="TxPower")
    def tx_power(self) -> DBusInt16:
        return self._tx_power_dbm

    @dbus_method(name="Release")
    def release(self) -> None:
        self._over.set()


async def advertise(told: dict[str, Any]) -> int:
    """Register the advertisement and wait; return the exit code."""
    asked, over = asyncio.Event(), asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, asked.set)
    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    try:
        bus.export(PATH, Advertisement(told, over))
        bus.add_message_handler(lambda message: over.set() if _bluetoothd_left(message) else None)
        await _call(bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "AddMatch", "s", [_LEAVING])
        await _call(bus, "org.bluez", ADAPTER, "RegisterAdvertisement", "oa{sv}", [PATH, {}])
        print(f"{told['beacon']} advertises", flush=True)
        async with asyncio.TaskGroup() as group:
            ways = [group.create_task(way.wait()) for way in (asked, over)]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
        return 0 if asked.is_set() else 1
    finally:
        bus.disconnect()


_LEAVING = "type='signal',interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='org.bluez'"
_INTERFACES = {"AddMatch": "org.freedesktop.DBus", "RegisterAdvertisement": "org.bluez.LEAdvertisingManager1"}


def _bluetoothd_left(message: Message) -> bool:
    return message.member == "NameOwnerChanged" and message.body[0] == "org.bluez" and not message.body[2]


async def _call(bus: MessageBus, to: str, path: str, member: str, signature: str, body: list[Any]) -> None:
    asked = Message(to, path, _INTERFACES[member], member, signature=signature, body=body)
    answer = await asyncio.wait_for(bus.call(asked), ANSWER_S)
    if answer.message_type is MessageType.ERROR:
        raise SystemExit(f"{member}: {answer.error_name} {answer.body}")


if __name__ == "__main__":
    sys.exit(asyncio.run(advertise(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))))
