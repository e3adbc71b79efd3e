"""The part of org.bluez that advertises: takes what is registered and reads it back, as bluetoothd does (org.bluez.LEAdvertisingManager(5))."""

import asyncio
from typing import Any

from dbus_fast import Message, MessageType, NameFlag, Variant
from dbus_fast.aio import MessageBus

MANAGER = "org.bluez.LEAdvertisingManager1"
ADVERTISEMENT = "org.bluez.LEAdvertisement1"
PROPERTIES = "org.freedesktop.DBus.Properties"


class FakeAdvertising:
    """One bluetoothd with an adapter that advertises whatever it is asked to."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._bus: MessageBus | None = None
        self._owner: tuple[str, str] | None = None
        self._reading: asyncio.Task[None] | None = None
        self.registered: asyncio.Queue[dict[str, Variant]] = asyncio.Queue()
        self.refuses = False

    async def start(self) -> "FakeAdvertising":
        self._bus = await MessageBus(bus_address=self._address).connect()
        self._bus.add_message_handler(self._answer)
        await self._bus.request_name("org.bluez", NameFlag.REPLACE_EXISTING)
        return self

    async def stop(self) -> None:
        """End without a word, as a killed bluetoothd does."""
        if self._bus is not None:
            bus, self._bus = self._bus, None
            bus.disconnect()
            await asyncio.wait_for(bus.wait_for_disconnect(), 5)  # type: ignore[no-untyped-call]

    async def release(self) -> None:
        """Let go of the advertisement, as bluetoothd does when the adapter is pulled."""
        await self._call("Release", ADVERTISEMENT, "", [])

    def _answer(self, message: Message) -> Message | None:
        if message.interface != MANAGER or message.message_type is not MessageType.METHOD_CALL:
            return None
        if self.refuses:
            return Message.new_error(
                message, "org.bluez.Error.NotPermitted", "Maximum advertisements reached"
            )
        self._owner = (message.sender or "", message.body[0])
        self._reading = asyncio.get_running_loop().create_task(self._read())
        return Message.new_method_return(message)

    async def _read(self) -> None:
        answer = await self._call("GetAll", PROPERTIES, "s", [ADVERTISEMENT])
        self.registered.put_nowait(answer.body[0])

    async def _call(self, member: str, interface: str, signature: str, body: list[Any]) -> Message:
        assert self._bus is not None
        assert self._owner is not None
        owner, path = self._owner
        answer = await self._bus.call(Message(owner, path, interface, member, signature=signature, body=body))
        assert answer is not None
        assert answer.message_type is not MessageType.ERROR, answer.body
        return answer
