"""The peers' own environment (build/peers, not in git): installed by name when a benchmark first asks for it."""

import json
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "build" / "peers"


def python_with(*packages: str) -> Path:
    """Return a Python that has these packages, apart from the product's own environment."""
    python = HOME / "venv" / "bin" / "python"
    if not python.exists():
        venv.create(HOME / "venv", with_pip=True)
    wanted = HOME / "installed.json"
    have = json.loads(wanted.read_text()) if wanted.exists() else []
    missing = [package for package in packages if package not in have]
    if missing:
        pip = [
            str(python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--quiet",
            "--disable-pip-version-check",
            *missing,
        ]
        subprocess.run(pip, check=True, stdout=sys.stderr)
        wanted.write_text(json.dumps(sorted({*have, *missing})))
    return python


def node_with(*packages: str) -> Path:
    """Return a folder in which Node finds these packages."""
    home = HOME / "node"
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "package.json").exists():
        (home / "package.json").write_text('{"private": true}\n')
    missing = [name for name in packages if not (home / "node_modules" / name).exists()]
    if missing:
        subprocess.run(
            ["npm", "install", "--silent", "--no-audit", "--no-fund", *missing],
            cwd=home,
            check=True,
            stdout=sys.stderr,
        )
    return home


def answer(command: list[str], question: dict[str, Any], *, cwd: Path = ROOT, timeout_s: float = 600) -> Any:
    """Run a peer with a question on standard input; return the JSON that it prints last, or why it failed."""
    try:
        done = subprocess.run(
            command,
            input=json.dumps(question),
            capture_output=True,
            text=True,
            cwd=cwd,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"failed": f"no answer within {timeout_s:g} s"}
    if done.returncode != 0:
        return {"failed": (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1][:300]}
    return json.loads(done.stdout.strip().splitlines()[-1])


def machine() -> str:
    """Name the machine, since only ratios travel."""
    model = next(
        (
            line.partition(": ")[2]
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        "?",
    )
    return f"{model}, Python {sys.version.split()[0]}"
