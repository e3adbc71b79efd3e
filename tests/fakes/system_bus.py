"""A private dbus-daemon in place of the system bus (dbus-daemon(1))."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type><keep_umask/>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""


class SystemBus:
    """One daemon; `stop` and `start` again keep its address."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("dbus-daemon", path=f"{os.environ.get('PATH', '')}:/usr/bin:/usr/sbin")
        if program is None:
            pytest.skip("dbus-daemon is not installed (apt-get install dbus)")
        self._config = folder / "bus.conf"
        self._socket = folder / "bus"
        self._config.write_text(_CONFIG.format(socket=self._socket))
        self._command = [program, f"--config-file={self._config}", "--nofork", "--nopidfile"]
        self._process: subprocess.Popen[str] | None = None
        self.address = f"unix:path={self._socket}"

    def start(self) -> "SystemBus":
        self._process = subprocess.Popen(
            [*self._command, "--print-address=1"], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        with self._process.stdout as said:
            assert said.readline().startswith("unix:")
        return self

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None
            self._socket.unlink(missing_ok=True)
