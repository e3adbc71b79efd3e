"""How long does `aislecue firmware render` take for a chain's beacons, the reading of the plan and the flash sheet included?"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.peers import ROOT, machine

UUID = "8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10"
KINDS = ("espruino", "esphome", "zephyr", "bluez", "vendor-csv")


def plan_text(beacons: int) -> str:
    rows = "\n".join(
        f"  - {{id: B-{k}, zone: z, uuid: {UUID}, major: {k // 1000}, minor: {k % 1000}, measured_power_dbm: -68, "
        f"interval_ms: 350, tx_power_dbm: -12, position: [{k % 90}, {k // 90 % 90}], firmware: {KINDS[k % len(KINDS)]}}}"
        for k in range(beacons)
    )
    head = "store: {id: large, timezone: Europe/Rome, floor: {width_m: 100, depth_m: 100}}"
    zones = "zones: [{id: z, name: Everything, polygon: [[0, 0], [100, 0], [100, 100], [0, 100]]}]"
    return f"version: 1\n{head}\n{zones}\nbeacons:\n{rows}\n"


def measure(beacons: int, on: Path | None) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir=on) as name:
        folder = Path(name)
        (folder / "plan.yaml").write_text(plan_text(beacons))
        command = [
            sys.executable,
            "-m",
            "aislecue.cli",
            "firmware",
            "render",
            "--plan",
            str(folder / "plan.yaml"),
        ]
        command += ["--out", str(folder / "out"), "--no-pdf", "--json"]
        spent, begun = _cpu_s(), time.perf_counter()
        told = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
        seconds = time.perf_counter() - begun
        cpu_s = _cpu_s() - spent
    return {
        "beacons": told["beacons"],
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu_s, 2),
        "files": told["files"],
    }


def _cpu_s() -> float:
    """Return what the programs that ended took: on a machine that others use too, the wall clock measures the others."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--beacons", type=int, default=10_000)
    parser.add_argument("--on", type=Path, metavar="DIR", help="where to write (the disk's temporary folder)")
    args = parser.parse_args()
    result = {**measure(args.beacons, args.on), "on": str(args.on or "disk"), "machine": machine()}
    if args.json:
        print(json.dumps(result))
        return
    print(f"{result['beacons']} beacons of all kinds, {result['files']} files ({result['machine']})")
    print(
        f"  {result['seconds']} s, {result['cpu_seconds']} s of a processor, from the plan's text to the last file, without the PDF, on {result['on']}"
    )


if __name__ == "__main__":
    main()
