"""An org.bluez of our own: adapters, discovery, advertisement monitors, and every fault of FIELD-NOTES on request.

Its manners are those seen on bluetoothd 5.66: an active session signals every report, a monitor alone only jumps of
8 dB; a restart drops the name without a word about its objects (org.bluez.Adapter(5), org.bluez.AdvertisementMonitor(5)).
"""

import asyncio
from collections import defaultdict, deque
from typing import Any

from dbus_fast import Message, MessageType, NameFlag, Variant
from dbus_fast.aio import MessageBus

from protocol.frame import APPLE_COMPANY_ID

ADAPTER = "org.bluez.Adapter1"
DEVICE = "org.bluez.Device1"
MONITORS = "org.bluez.AdvertisementMonitorManager1"
MONITOR = "org.bluez.AdvertisementMonitor1"
OBJECTS = "org.freedesktop.DBus.ObjectManager"
PROPERTIES = "org.freedesktop.DBus.Properties"
IN_PROGRESS = ("org.bluez.Error.InProgress", "Operation already in progress")
NOT_READY = ("org.bluez.Error.NotReady", "Resource Not Ready")
UNKNOWN_OBJECT = "org.freedesktop.DBus.Error.UnknownObject"
PASSIVE_JUMP_DB = 8
EXPORT_TRIES = 50
"""bleak exports its monitor after registering it; the real bluetoothd learns of it by a signal."""


class FakeBluez:
    """One bluetoothd; `refuse` holds errors to answer with, by method, each once."""

    def __init__(self, address: str, *, experimental: bool = True) -> None:
        self._address = address
        self._experimental = experimental
        self._bus: MessageBus | None = None
        self._objects: dict[str, dict[str, dict[str, Variant]]] = {}
        self._discovering: defaultdict[str, set[str]] = defaultdict(set)
        self._by_rssi: dict[str, bool] = {}
        self._monitors: defaultdict[str, dict[tuple[str, str], bool]] = defaultdict(dict)
        self.refuse: defaultdict[str, deque[tuple[str, str]]] = defaultdict(deque)
        self.calls: list[str] = []
        self.aired = 0
        self.silent = False
        """Scanning, but nothing arrives: a stuck controller."""

    async def start(self) -> "FakeBluez":
        self._bus = await MessageBus(bus_address=self._address).connect()
        self._bus.add_message_handler(self._answer)
        await self._bus.request_name("org.bluez", NameFlag.REPLACE_EXISTING)
        return self

    async def crash(self) -> None:
        """End without a word, as a killed bluetoothd does."""
        if self._bus is not None:
            bus, self._bus = self._bus, None
            bus.disconnect()
            await asyncio.wait_for(bus.wait_for_disconnect(), 5)  # type: ignore[no-untyped-call]
        self._discovering.clear()
        self._monitors.clear()

    def scanning(self, name: str = "hci0") -> set[str]:
        """Return how this adapter is scanned: active, passive, both or not at all."""
        path = _path(name)
        return {
            kind
            for kind, on in {"active": self._discovering[path], "passive": self._monitors[path]}.items()
            if on
        }

    def add_adapter(self, name: str = "hci0", *, powered: bool = True) -> None:
        faces: dict[str, dict[str, Variant]] = {
            ADAPTER: {
                "Address": Variant("s", "DC:A6:32:00:00:01"),
                "Name": Variant("s", "gateway"),
                "Alias": Variant("s", "gateway"),
                "Powered": Variant("b", powered),
                "Discovering": Variant("b", False),
                "UUIDs": Variant("as", []),
                "Roles": Variant("as", ["central", "peripheral"]),
            }
        }
        if self._experimental:
            faces[MONITORS] = {"SupportedMonitorTypes": Variant("as", ["or_patterns"])}
        self._objects[_path(name)] = faces
        self._signal("/", OBJECTS, "InterfacesAdded", "oa{sa{sv}}", [_path(name), faces])

    def remove_adapter(self, name: str = "hci0") -> None:
        """Pull the dongle."""
        path = _path(name)
        self._discovering.pop(path, None)
        self._monitors.pop(path, None)
        for one in [p for p in self._objects if p.startswith(f"{path}/")] + [path]:
            self._signal("/", OBJECTS, "InterfacesRemoved", "oas", [one, list(self._objects.pop(one))])

    def set_powered(self, on: bool, name: str = "hci0") -> None:
        path = _path(name)
        if not on:
            self._discovering.pop(path, None)
            self._monitors.pop(path, None)
        self._change(path, ADAPTER, {"Powered": Variant("b", on)})

    def advertise(self, address: str, payload: bytes, rssi_dbm: int, name: str = "hci0") -> bool:
        """Let one advertisement of Apple's company arrive; return whether it was signalled."""
        self.aired += 1
        adapter = _path(name)
        modes = self.scanning(name)
        if not modes or self.silent:
            return False
        path = f"{adapter}/dev_{address.replace(':', '_')}"
        data = Variant("a{qv}", {APPLE_COMPANY_ID: Variant("ay", payload)})
        known = self._objects.get(path)
        if known is None:
            self._objects[path] = {DEVICE: _device(adapter, address, data, rssi_dbm)}
            self._signal("/", OBJECTS, "InterfacesAdded", "oa{sa{sv}}", [path, self._objects[path]])
            return True
        if not self._tells_all(adapter) and abs(known[DEVICE]["RSSI"].value - rssi_dbm) < PASSIVE_JUMP_DB:
            return False
        self._change(path, DEVICE, {"RSSI": Variant("n", rssi_dbm), "ManufacturerData": data})
        return True

    def _tells_all(self, adapter: str) -> bool:
        """Say whether small changes of RSSI are signalled: of active scans only, in 2026's BlueZ only where they filter by RSSI."""
        return any(self._by_rssi.get(sender) for sender in self._discovering[adapter])

    def _signal(self, path: str, face: str, member: str, signature: str, body: list[Any]) -> None:
        self._send(Message.new_signal(path, face, member, signature, body))

    def _send(self, message: Message) -> None:
        if self._bus is not None and self._bus.connected:
            self._sent = self._bus.send(message)

    def _change(self, path: str, face: str, changed: dict[str, Variant]) -> None:
        self._objects[path][face].update(changed)
        self._signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", [face, changed, []])

    def _answer(self, call: Message) -> Message | None:
        if call.message_type is not MessageType.METHOD_CALL or call.member is None:
            return None
        self.calls.append(call.member)
        if self.refuse[call.member]:
            return Message.new_error(call, *self.refuse[call.member].popleft())
        if call.member == "GetManagedObjects":
            return Message.new_method_return(call, "a{oa{sa{sv}}}", [self._objects])
        method = getattr(self, f"_on_{call.member}", None)
        if method is None:
            return None
        if call.path not in self._objects:
            return Message.new_error(call, UNKNOWN_OBJECT, f"no {call.path}")
        answer: Message = method(call, call.path, call.sender)
        return answer

    def _on_SetDiscoveryFilter(self, call: Message, path: str, sender: str) -> Message:
        self._by_rssi[sender] = "RSSI" in call.body[0]
        return Message.new_method_return(call)

    def _on_StartDiscovery(self, call: Message, path: str, sender: str) -> Message:
        if not self._objects[path][ADAPTER]["Powered"].value:
            return Message.new_error(call, *NOT_READY)
        if sender in self._discovering[path]:
            return Message.new_error(call, *IN_PROGRESS)
        self._discovering[path].add(sender)
        self._change(path, ADAPTER, {"Discovering": Variant("b", True)})
        return Message.new_method_return(call)

    def _on_StopDiscovery(self, call: Message, path: str, sender: str) -> Message:
        if not self._objects[path][ADAPTER]["Powered"].value:
            return Message.new_error(call, *NOT_READY)
        if sender not in self._discovering[path]:
            return Message.new_error(call, "org.bluez.Error.Failed", "No discovery started")
        self._discovering[path].discard(sender)
        self._change(path, ADAPTER, {"Discovering": Variant("b", False)})
        return Message.new_method_return(call)

    def _on_RegisterMonitor(self, call: Message, path: str, sender: str) -> Message:
        if MONITORS not in self._objects[path]:
            return Message.new_error(call, "org.freedesktop.DBus.Error.UnknownMethod", "no such method")
        loop = asyncio.get_running_loop()
        self._activating = loop.create_task(self._activate(path, sender, call.body[0]))
        return Message.new_method_return(call)

    def _on_UnregisterMonitor(self, call: Message, path: str, sender: str) -> Message:
        self._monitors[path].pop((sender, call.body[0]), None)
        return Message.new_method_return(call)

    def _on_Set(self, call: Message, path: str, sender: str) -> Message:
        if call.body[:2] == [ADAPTER, "Powered"]:
            self.set_powered(call.body[2].value, path.rpartition("/")[2])
        return Message.new_method_return(call)

    async def _activate(self, adapter: str, client: str, monitor: str) -> None:
        """Read the client's monitor and tell it that it is active."""
        for _ in range(EXPORT_TRIES):
            if self._bus is None:
                return
            ask = Message(
                destination=client,
                path=monitor,
                interface=PROPERTIES,
                member="GetAll",
                signature="s",
                body=[MONITOR],
            )
            reply = await self._bus.call(ask)
            if reply.message_type is MessageType.METHOD_RETURN:
                self._monitors[adapter][client, monitor] = True
                activate = Message(destination=client, path=monitor, interface=MONITOR, member="Activate")
                self._send(activate)
                return


def _path(name: str) -> str:
    return f"/org/bluez/{name}"


def _device(adapter: str, address: str, data: Variant, rssi_dbm: int) -> dict[str, Variant]:
    return {
        "Address": Variant("s", address),
        "AddressType": Variant("s", "random"),
        "Alias": Variant("s", address.replace(":", "-")),
        "Adapter": Variant("o", adapter),
        "RSSI": Variant("n", rssi_dbm),
        "ManufacturerData": data,
        "UUIDs": Variant("as", []),
        "Connected": Variant("b", False),
        "Paired": Variant("b", False),
        "Trusted": Variant("b", False),
        "Blocked": Variant("b", False),
        "ServicesResolved": Variant("b", False),
    }
