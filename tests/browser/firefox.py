"""A real headless Firefox, driven over WebDriver BiDi (W3C WebDriver BiDi; Remote Agent, moz:scope for its own windows)."""

import asyncio
import itertools
import json
import os
import shutil
import subprocess
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import websockets

from tests.brokers import free_port

START_TIMEOUT_S = 40
ANSWER_TIMEOUT_S = 20
NOWHERE = ""
A_MOMENT = "new Promise((resolve) => setTimeout(resolve, 20))"
"""Of the page's own time; frames do not come to a tab in the background."""

PREFERENCES: dict[str, object] = {
    "alerts.useSystemBackend": False,  # its own alert windows, which a test can click
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.aboutwelcome.enabled": False,
    "browser.region.update.enabled": False,
    "browser.safebrowsing.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.healthreport.uploadEnabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "dom.push.connection.enabled": True,
    "dom.push.enabled": True,
    "dom.push.testing.allowInsecureServerURL": True,
    "dom.webnotifications.requireuserinteraction": False,
    "extensions.systemAddon.update.enabled": False,
    "extensions.update.enabled": False,
    "intl.accept_languages": "en",
    "media.gmp-manager.updateEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "permissions.default.desktop-notification": 1,
    "remote.prefs.recommended": True,
    "services.settings.server": "data:,#no-remote-settings",
    "toolkit.telemetry.server": NOWHERE,
}
"""Nothing asks, nothing updates, nothing calls home; notifications are allowed as by a tap on Allow."""


def firefox_path() -> str:
    """Return the browser's program, or skip with a reason."""
    found = shutil.which("firefox-esr") or shutil.which("firefox")
    if found is None:
        pytest.skip("Firefox is not installed (apt-get install firefox-esr)")
    return found


class ScriptFailed(Exception):
    """A script in the page threw."""


class Firefox:
    """One browser session; `page` is its one tab."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.page = ""

    async def listen(self) -> None:
        async for text in self._socket:
            answer = json.loads(text)
            waiting = self._answers.pop(answer.get("id"), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(answer)

    async def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send one command and return its result."""
        number = next(self._numbers)
        answered = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            answer = await answered
        if answer["type"] != "success":
            raise ScriptFailed(f"{method}: {answer}")
        result: dict[str, Any] = answer["result"]
        return result

    async def open(self, url: str) -> None:
        await self.ask("browsingContext.navigate", context=self.page, url=url, wait="complete")

    async def run(self, script: str, context: str | None = None) -> Any:
        """Evaluate an expression, awaiting a promise, as from a user's gesture; return what JSON can carry."""
        wrapped = f"(async () => JSON.stringify(await ({script})))()"
        answer = await self.ask(
            "script.evaluate",
            expression=wrapped,
            target={"context": context or self.page},
            awaitPromise=True,
            userActivation=True,
        )
        if answer["type"] != "success":
            raise ScriptFailed(json.dumps(answer)[:1_000])
        value = answer["result"].get("value")
        return None if value is None else json.loads(value)

    async def until(self, script: str) -> Any:
        """Return the first truthy value of a script of the page."""
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            while not (value := await self.run(script)):
                await self.run(A_MOMENT)
        return value

    async def notifications(self, count: int) -> list[dict[str, Any]]:
        """Return what Firefox shows for the shopper page, once it is that many."""
        shown: list[dict[str, Any]] = await self.until(
            "navigator.serviceWorker.ready.then((r) => r.getNotifications())"
            f".then((all) => all.length === {count} && all.map(({{ title, body }}) => ({{ title, body }})))"
        )
        return shown

    async def screenshot(self) -> bytes:
        """Return what the page looks like, as PNG."""
        answer = await self.ask("browsingContext.captureScreenshot", context=self.page)
        return b64decode(answer["data"])

    async def click_alert(self) -> None:
        """Click the notification that Firefox shows, as a person would."""
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            while not (alerts := [one for one in await self.windows() if "alert.xhtml" in one["url"]]):
                await self.run(A_MOMENT)
        await self.run("document.getElementById('alertBox').click()", alerts[0]["context"])

    async def windows(self) -> list[dict[str, Any]]:
        """Return Firefox's own windows, alerts among them."""
        tree = await self.ask("browsingContext.getTree", **{"moz:scope": "chrome"})
        contexts: list[dict[str, Any]] = tree["contexts"]
        return contexts


@asynccontextmanager
async def open_firefox(profile: Path, push_server: str) -> AsyncIterator[Firefox]:
    """Start Firefox on a fresh profile and close it at the end."""
    port = free_port()
    process = _start(profile, port, {**PREFERENCES, "dom.push.serverURL": push_server})
    try:
        async with await _connect(port, process) as socket, asyncio.TaskGroup() as group:
            firefox = Firefox(socket)
            listening = group.create_task(firefox.listen(), name="firefox answers")
            await firefox.ask("session.new", capabilities={})
            tree = await firefox.ask("browsingContext.getTree")
            firefox.page = tree["contexts"][0]["context"]
            yield firefox
            listening.cancel()
    finally:
        process.terminate()
        process.wait(20)


def _start(profile: Path, port: int, preferences: dict[str, object]) -> subprocess.Popen[bytes]:
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in preferences.items())
    profile.mkdir(exist_ok=True)
    (profile / "user.js").write_text("\n".join(lines))
    return subprocess.Popen(
        [
            firefox_path(),
            "--headless",
            "--no-remote",
            "--remote-allow-system-access",
            f"--remote-debugging-port={port}",
            "--profile",
            str(profile),
            "about:blank",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": str(profile), "MOZ_DISABLE_CONTENT_SANDBOX": "1"},
    )


async def _connect(port: int, process: subprocess.Popen[bytes]) -> Any:
    async with asyncio.timeout(START_TIMEOUT_S):
        while process.poll() is None:
            try:
                return await websockets.connect(f"ws://127.0.0.1:{port}/session", max_size=2**25)
            except OSError:
                await asyncio.sleep(0.1)  # it opens its port when it is up, and says so nowhere
    raise RuntimeError(f"Firefox ended with {process.returncode} before it listened")
