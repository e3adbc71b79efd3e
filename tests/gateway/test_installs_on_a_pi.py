"""The wheel installs on a 64-bit Raspberry Pi OS with the gateway extra alone, and no compiler (PEP 425, PEP 600)."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PI = [
    "--python-version",
    "3.11",
    "--implementation",
    "cp",
    "--abi",
    "cp311",
    "--abi",
    "abi3",
    "--abi",
    "none",
]
GLIBC = ("manylinux2014", "manylinux_2_17", "manylinux_2_28", "manylinux_2_34", "manylinux_2_36")
"""What a system with glibc 2.36 (Debian 12) can run."""
UNREACHABLE = ("NewConnectionError", "ConnectTimeoutError", "ReadTimeoutError", "NameResolutionError")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.iterdir()
    return built


def test_the_wheel_runs_on_every_processor(wheel: Path) -> None:
    assert wheel.name.endswith("-py3-none-any.whl")


@pytest.mark.timeout(300)  # asks a package index
def test_everything_the_gateway_needs_comes_ready_for_arm64(wheel: Path, tmp_path: Path) -> None:
    platforms = [part for name in GLIBC for part in ("--platform", f"{name}_aarch64")]
    command = [sys.executable, "-m", "pip", "download", "--only-binary=:all:", "--retries", "0", *platforms]
    done = subprocess.run(
        [*command, *PI, "--dest", str(tmp_path), f"{wheel}[gateway]"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0 and any(sign in done.stderr for sign in UNREACHABLE):
        pytest.skip("the package index cannot be reached")
    assert done.returncode == 0, done.stderr
    found = {path.name.split("-")[0]: path.name for path in tmp_path.iterdir()}
    assert {"aislecue", "bleak", "cryptography", "dbus_fast", "msgspec", "paho_mqtt", "pyyaml"} <= set(found)
    assert all(name.endswith(("aarch64.whl", "none-any.whl")) for name in found.values()), found
    assert not {"fastapi", "sqlmodel", "uvicorn"} & set(found), "the server's parts came along"
