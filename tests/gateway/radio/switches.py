"""A folder that looks like /sys/class/rfkill, and a device that remembers what was written to it."""

from pathlib import Path

from gateway.radio.rfkill import EVENT, Rfkill


class Switches:
    """Switches of one machine; `obey` does what was asked of the device."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "switches"
        self._folder.mkdir()
        self._device = folder / "rfkill"
        self._device.touch()
        self.rfkill = Rfkill(self._folder, self._device)

    def add(
        self, index: int, name: str, *, soft: bool = False, hard: bool = False, kind: str = "bluetooth"
    ) -> None:
        folder = self._folder / f"rfkill{index}"
        folder.mkdir(exist_ok=True)
        for key, value in {"name": name, "type": kind, "index": index}.items():
            (folder / key).write_text(f"{value}\n")
        (folder / "soft").write_text(f"{int(soft)}\n")
        (folder / "hard").write_text(f"{int(hard)}\n")

    def asked(self) -> list[tuple[int, ...]]:
        """Return the events written so far."""
        return list(EVENT.iter_unpack(self._device.read_bytes()))

    def obey(self) -> bool:
        """Lift the blocks that were asked to be; return whether there were any."""
        for index, *_ in self.asked():
            (self._folder / f"rfkill{index}" / "soft").write_text("0\n")
        return bool(self.asked())
