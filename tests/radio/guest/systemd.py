"""What of systemd the gateway asks for: RestartUnit of bluetooth.service, on the system bus (org.freedesktop.systemd1(5))."""

import asyncio
from pathlib import Path

from dbus_fast import BusType, Message, MessageType
from dbus_fast.aio import MessageBus

NAME = "org.freedesktop.systemd1"
POLICY_FILE = Path("/etc/dbus-1/system.d/systemd1-of-the-guest.conf")
POLICY = f"""\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <policy user="root"><allow own="{NAME}"/><allow send_destination="{NAME}"/></policy>
</busconfig>
"""


class Systemd:
    """Its place on the bus; whoever restarts bluetoothd waits for `asked`."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self._bus: MessageBus | None = None

    async def start(self) -> None:
        """Take the name; POLICY must be known to the dbus-daemon."""
        self._bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
        self._bus.add_message_handler(self._on_message)
        await self._bus.request_name(NAME)

    def _on_message(self, message: Message) -> Message | None:
        if message.message_type is not MessageType.METHOD_CALL or message.member != "RestartUnit":
            return None
        self.asked.set()
        return Message.new_method_return(message, "o", [f"/{NAME.replace('.', '/')}/job/1"])
