"""The flash sheet as PDF, by a Chromium where one is installed (`--print-to-pdf`)."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from firmware_configs.errors import NotPrinted

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
PRINTING_S: Final = 120
"""200 cards on a loaded Pi; a browser that takes longer hangs."""


def browser() -> str | None:
    """Return the path of a browser that prints without a window, or None."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def print_pdf(program: str, page: Path, out: Path) -> None:
    """Print an HTML file to a PDF. Raises NotPrinted."""
    with tempfile.TemporaryDirectory() as profile:
        command = [
            program,
            "--headless",
            "--disable-gpu",
            f"--user-data-dir={profile}",
            "--no-pdf-header-footer",
        ]
        if os.geteuid() == 0:
            # Chromium's sandbox refuses root; the page is our own and has no script.
            command.append("--no-sandbox")
        command += [f"--print-to-pdf={out}", page.resolve().as_uri()]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=PRINTING_S, check=False)
        except subprocess.TimeoutExpired as fault:
            raise NotPrinted(f"{program}: a PDF within {PRINTING_S} s expected, got none") from fault
    if done.returncode != 0 or not out.exists():
        last = (done.stderr.strip().splitlines() or ["nothing said"])[-1]
        raise NotPrinted(f"{program}: a PDF expected, got exit {done.returncode}: {last}")
