"""axe-core in a page: what it says against it (dequelabs/axe-core, doc/API.md). npm fetches it, as package-lock.json pins it."""

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

HERE = Path(__file__).parent
SCRIPT = HERE / "node_modules" / "axe-core" / "axe.min.js"
FETCH_TIMEOUT_S = 120
RUN = "() => axe.run(document, { resultTypes: ['violations'] }).then((found) => found.violations)"


@cache
def axe_source() -> str:
    """Return axe-core's script, fetched at first use; skip with a reason where npm is missing."""
    npm = shutil.which("npm")
    if npm is None and not SCRIPT.exists():
        pytest.skip("npm is not installed (apt-get install nodejs npm): axe-core cannot be fetched")
    if npm is not None and not SCRIPT.exists():
        subprocess.run(
            [npm, "ci", "--silent"], cwd=HERE, check=True, capture_output=True, timeout=FETCH_TIMEOUT_S
        )
    return SCRIPT.read_text()


async def violations(page: Page) -> list[str]:
    """Return every violation of every rule, one line an element."""
    await page.evaluate(axe_source())
    found: list[dict[str, Any]] = await page.evaluate(RUN)
    return [
        f"{rule['impact']} {rule['id']}: {node['html'][:160]} {node['failureSummary'].splitlines()[-1].strip()}"
        for rule in found
        for node in rule["nodes"]
    ]
