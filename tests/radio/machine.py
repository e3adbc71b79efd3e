"""A machine with a Bluetooth controller where there is none: QEMU, a Debian kernel, and this machine's own / read-only (qemu(1)).

No KVM is needed. The guest's root is the host's over 9p with a tmpfs above it, so the programs tested are those installed here.
"""

import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
BLUETOOTHD = Path("/usr/libexec/bluetooth/bluetoothd")
DEBIAN = "qemu-system-x86 bluez dbus busybox-static cpio kmod linux-image-amd64"
MEMORY_MB = 1_024
MODULES = (
    # its root
    *("virtio_pci", "9pnet_virtio", "9p", "overlay", "virtio_rng"),
    # Bluetooth, and the ciphers that it and bluetoothd ask for by name
    *("hci_vhci", "uhid", "cmac", "ecb", "sha256_generic", "ecdh_generic", "algif_hash", "algif_skcipher"),
)

_INIT = """\
#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc; $b mount -t sysfs sys /sys; $b mount -t devtmpfs dev /dev
for module in $($b cat /modules/order); do $b insmod /modules/$module || echo "no module $module"; done
$b mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=262144 root /host
$b mount -t tmpfs tmpfs /above; $b mkdir /above/upper /above/work
$b mount -t overlay -o lowerdir=/host,upperdir=/above/upper,workdir=/above/work overlay /root
for folder in proc sys dev; do $b mount --move /$folder /root/$folder; done
$b mount -t tmpfs run /root/run; $b mkdir -p /root/run/dbus /root/dev/shm
$b mount -t tmpfs tmp /root/tmp; $b mount -t tmpfs shm /root/dev/shm
# A working copy below /tmp is there too.
$b mkdir -p /root{repository}; $b mount --bind /host{repository} /root{repository}
$b ip link set lo up
$b chroot /root /bin/sh -c {command} >/root/dev/ttyS1
$b poweroff -f
"""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the machine is made of."""

    qemu: str
    busybox: str
    kernel: Path
    release: str


def find_parts() -> Parts | str:
    """Return the parts, or in plain words what is missing."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    programs = {
        name: shutil.which(name, path=path) for name in ("qemu-system-x86_64", "busybox", "cpio", "modprobe")
    }
    missing = [name for name, program in programs.items() if program is None]
    missing += [] if BLUETOOTHD.exists() else ["bluetoothd"]
    missing += [] if shutil.which("dbus-daemon", path=path) else ["dbus-daemon"]
    kernels = sorted(Path("/boot").glob("vmlinuz-*-amd64"))
    missing += [] if kernels else ["a kernel in /boot"]
    if missing:
        return f"{', '.join(missing)} not installed (apt-get install {DEBIAN})"
    kernel = kernels[-1]
    return Parts(
        str(programs["qemu-system-x86_64"]), str(programs["busybox"]), kernel, kernel.name.partition("-")[2]
    )


class Machine:
    """One boot: `run` returns when the machine has switched itself off."""

    def __init__(self, parts: Parts, folder: Path) -> None:
        self._parts = parts
        self._folder = folder
        self.console = folder / "console.log"
        self.said = folder / "said.jsonl"
        """What the guest's program wrote to its standard output."""

    def run(self, module: str, arguments: list[str], *, timeout_s: float) -> None:
        """Run a module of this repository as the only program. Raises subprocess.TimeoutExpired."""
        python = [sys.executable, "-m", module, *arguments]
        initrd = self._initrd(f"cd {shlex.quote(str(REPOSITORY))} && exec {shlex.join(python)}")
        subprocess.run(self._command(initrd), check=True, timeout=timeout_s, stdin=subprocess.DEVNULL)

    def _command(self, initrd: Path) -> list[str]:
        return [
            *(
                self._parts.qemu,
                "-accel",
                "tcg,thread=multi",
                "-cpu",
                "max",
                "-m",
                str(MEMORY_MB),
                "-smp",
                "2",
            ),
            *("-display", "none", "-nodefaults", "-no-reboot"),
            *("-serial", f"file:{self.console}", "-serial", f"file:{self.said}"),
            *("-kernel", str(self._parts.kernel), "-initrd", str(initrd)),
            *("-append", "console=ttyS0 quiet panic=-1 cryptomgr.notests"),
            *("-fsdev", "local,id=root,path=/,security_model=none,readonly=on,multidevs=remap"),
            *("-device", "virtio-9p-pci,fsdev=root,mount_tag=root"),
            *("-object", "rng-random,id=rng,filename=/dev/urandom", "-device", "virtio-rng-pci,rng=rng"),
        ]

    def _initrd(self, command: str) -> Path:
        root = self._folder / "initrd"
        for folder in ("bin", "proc", "sys", "dev", "modules", "host", "above", "root"):
            (root / folder).mkdir(parents=True)
        shutil.copy(self._parts.busybox, root / "bin" / "busybox")
        order = [Path(shutil.copy(module, root / "modules")).name for module in self._modules()]
        (root / "modules" / "order").write_text("\n".join(order))
        init = root / "init"
        init.write_text(_INIT.format(command=shlex.quote(command), repository=shlex.quote(str(REPOSITORY))))
        init.chmod(0o755)
        packed = self._folder / "initrd.cpio"
        names = "\n".join(str(path.relative_to(root)) for path in [root, *sorted(root.rglob("*"))])
        with packed.open("wb") as out:
            pack = ["cpio", "--create", "--format=newc", "--quiet"]
            subprocess.run(pack, cwd=root, input=names.encode(), stdout=out, check=True)
        return packed

    def _modules(self) -> list[Path]:
        """Return the files of MODULES and of what they need, in the order of loading."""
        files: dict[Path, None] = {}
        for name in MODULES:
            ask = ["modprobe", "--set-version", self._parts.release, "--show-depends", name]
            environment = os.environ | {"PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"}
            answer = subprocess.run(ask, env=environment, check=True, capture_output=True, text=True)
            for line in answer.stdout.splitlines():
                if line.startswith("insmod "):
                    files[Path(line.split()[1])] = None
        return list(files)
