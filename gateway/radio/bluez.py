"""One adapter of BlueZ over D-Bus: its state, its news, and what can be done to it (org.bluez.Adapter(5)).

bleak notices none of this: a restarted bluetoothd or a pulled adapter leaves its scanner silent for good (FIELD-NOTES).
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from dbus_fast import BusType, DBusError, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from gateway.errors import RadioFault

BLUEZ = "org.bluez"
ADAPTER = "org.bluez.Adapter1"
PROPERTIES = "org.freedesktop.DBus.Properties"
OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager"
DBUS = "org.freedesktop.DBus"
SYSTEMD = "org.freedesktop.systemd1"
LOGIND = "org.freedesktop.login1"
CALL_TIMEOUT_S = 10
"""bluetoothd answers in milliseconds, powering on in a second or two; longer means it hangs."""

DBUS_FAULTS = (DBusError, OSError, EOFError, TimeoutError)
"""What dbus-fast raises: an error reply, no daemon (OSError, EOFError), or no answer."""

log = logging.getLogger(__name__)

Tell = Callable[[str | None], None]
"""Told of every change; the text says why the adapter cannot be hearing any more, None where it may again."""


@dataclass(frozen=True, slots=True)
class AdapterState:
    """The adapter's own words; None for one that BlueZ does not know."""

    powered: bool
    discovering: bool
    address: str


class BluezAdapter:
    """A watched adapter; `connect` may be called again after the bus has gone."""

    def __init__(self, name: str, tell: Tell) -> None:
        self.name = name
        self.path = f"/org/bluez/{name}"
        self._tell = tell
        self._bus: MessageBus | None = None
        self._ending: asyncio.Task[None] | None = None
        """Ends when the connection does, whoever ended it."""

    async def connect(self) -> None:
        """Join the system bus and watch. Raises RadioFault."""
        if self._bus is not None and self._bus.connected:
            return
        await self.disconnect()
        async with _as_radio_fault("the system D-Bus cannot be reached"):
            bus = MessageBus(bus_type=BusType.SYSTEM)
            try:
                async with asyncio.timeout(CALL_TIMEOUT_S):
                    await bus.connect()
            except BaseException:
                bus.disconnect()  # releases the socket that the constructor opened
                raise
            self._bus = bus
            self._ending = asyncio.get_running_loop().create_task(
                self._await_end(bus), name=f"{self.name}: D-Bus"
            )
            bus.add_message_handler(self._on_message)
            for rule in self._rules():
                await self._call(DBUS, "/org/freedesktop/DBus", DBUS, "AddMatch", "s", [rule])

    async def disconnect(self) -> None:
        """Leave the bus; nothing is told any more."""
        if self._bus is not None:
            self._bus.remove_message_handler(self._on_message)
            self._bus.disconnect()
            self._bus = None

    async def _await_end(self, bus: MessageBus) -> None:
        try:
            await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
        except Exception as fault:  # noqa: BLE001  # whatever was wrong with the connection, it is gone
            log.debug("%s: D-Bus: %r", self.name, fault)
        if bus is self._bus:
            self._tell("D-Bus is gone")

    @property
    def connected(self) -> bool:
        return self._bus is not None and self._bus.connected

    async def state(self) -> AdapterState | None:
        """Return what BlueZ says of the adapter, None where it knows none. Raises RadioFault."""
        async with _as_radio_fault("bluetoothd does not answer"):
            (objects,) = await self._call(BLUEZ, "/", OBJECT_MANAGER, "GetManagedObjects")
        adapter = objects.get(self.path, {}).get(ADAPTER)
        if adapter is None:
            return None
        return AdapterState(
            powered=adapter["Powered"].value,
            discovering=adapter["Discovering"].value,
            address=adapter["Address"].value,
        )

    async def adapters(self) -> list[str]:
        """Return the names of all adapters BlueZ knows. Raises RadioFault."""
        async with _as_radio_fault("bluetoothd does not answer"):
            (objects,) = await self._call(BLUEZ, "/", OBJECT_MANAGER, "GetManagedObjects")
        return sorted(path.rpartition("/")[2] for path, faces in objects.items() if ADAPTER in faces)

    async def set_powered(self, on: bool) -> None:
        """Switch the adapter. Raises RadioFault."""
        async with _as_radio_fault(f"{self.name} cannot be switched {'on' if on else 'off'}"):
            value = Variant("b", on)
            await self._call(BLUEZ, self.path, PROPERTIES, "Set", "ssv", [ADAPTER, "Powered", value])

    async def restart_bluetoothd(self) -> None:
        """Ask systemd for a restart of bluetooth.service, where we may. Raises RadioFault."""
        async with _as_radio_fault("bluetoothd cannot be restarted"):
            unit = ["bluetooth.service", "replace"]
            path, face = "/org/freedesktop/systemd1", f"{SYSTEMD}.Manager"
            await self._call(SYSTEMD, path, face, "RestartUnit", "ss", unit)

    async def reboot(self) -> None:
        """Ask logind to start the machine anew, which polkit may allow to a plain account. Raises RadioFault."""
        async with _as_radio_fault("the machine cannot be restarted"):
            path, face = "/org/freedesktop/login1", f"{LOGIND}.Manager"
            await self._call(LOGIND, path, face, "Reboot", "b", [False])

    def _rules(self) -> list[str]:
        manager = f"type='signal',sender='{BLUEZ}',interface='{OBJECT_MANAGER}',path='/'"
        return [
            f"type='signal',sender='{DBUS}',member='NameOwnerChanged',arg0='{BLUEZ}'",
            f"{manager},arg0path='{self.path}'",
            f"type='signal',sender='{BLUEZ}',member='PropertiesChanged',path='{self.path}',arg0='{ADAPTER}'",
        ]

    async def _call(
        self, to: str, path: str, face: str, member: str, signature: str = "", body: list[Any] | None = None
    ) -> list[Any]:
        if self._bus is None or not self._bus.connected:
            raise ConnectionResetError("not connected to D-Bus")
        message = Message(
            destination=to, path=path, interface=face, member=member, signature=signature, body=body or []
        )
        async with asyncio.timeout(CALL_TIMEOUT_S):
            reply = await self._bus.call(message)
        if reply is None:
            raise EOFError("D-Bus hung up")
        if reply.message_type is MessageType.ERROR:
            raise DBusError(reply.error_name or DBUS, f"{reply.error_name}: {' '.join(map(str, reply.body))}")
        return list(reply.body)

    def _on_message(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL:
            return
        match message.member:
            case "NameOwnerChanged" if message.body[0] == BLUEZ:
                self._tell("bluetoothd has restarted" if message.body[2] else "bluetoothd is not running")
            case "InterfacesRemoved" if message.body[0] == self.path and ADAPTER in message.body[1]:
                self._tell(f"adapter {self.name} was removed")
            case "InterfacesAdded" if message.body[0] == self.path and ADAPTER in message.body[1]:
                self._tell(f"adapter {self.name} has come back")
            case "PropertiesChanged" if message.path == self.path and "Powered" in message.body[1]:
                on = message.body[1]["Powered"].value
                self._tell(None if on else f"adapter {self.name} was powered off")


@asynccontextmanager
async def _as_radio_fault(what: str) -> AsyncIterator[None]:
    try:
        yield
    except TimeoutError as fault:
        raise RadioFault(f"{what}: no answer in {CALL_TIMEOUT_S} s") from fault
    except DBUS_FAULTS as fault:
        raise RadioFault(f"{what}: {fault}") from fault
