"""A test message from the editor to a real browser's notification and back: paired by code, shown, opened, gone."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from aislecue.demo.web import listen, serving
from store_server.app import create_app
from store_server.db.session import open_database, writing
from store_server.settings import Settings
from store_server.web.console.accounts.accounts import add_account
from tests.browser.firefox import Firefox, firefox_path, open_firefox
from tests.browser.push_service import PushService
from tests.eventually import eventually
from tests.fakes.clock import ManualClock
from tests.store_server.shop import OPENING, furnish, read_rows
from tests.store_server.web.console.filling import FilledForm
from tests.store_server.web.console.reading import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]

PASSWORD = "four words of mine"
EDIT = "/console/campaigns/help/edit"


@dataclass
class Office:
    """Anna at the console, her phone's Firefox, and the push service between."""

    console: httpx.AsyncClient
    firefox: Firefox
    push: PushService
    url: str
    database: Path

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return read_rows(self.database, sql)

    async def pair(self) -> None:
        """Scan the code with the phone and tap the button."""
        shown = await self.console.post("/console/account/phone", data={"do": "pair"})
        await self.firefox.open(f"{self.url}/console/phone/#{Page(shown.text).text('code')}")
        await self.firefox.until("!document.querySelector('[data-view=asking]').hidden")
        await self.firefox.run("document.querySelector('[data-view=asking] button').click()")
        await self.firefox.until("!document.querySelector('[data-view=paired]').hidden")

    async def send(self, title: str) -> str:
        """Type a title in the editor, send it to the phone, and return what the page says."""
        form = FilledForm((await self.console.get(EDIT)).text)
        pairs = [*form.changed({"message.0.title": title}), ("do", "trial:message.0")]
        head = {"Content-Type": "application/x-www-form-urlencoded"}
        return Page((await self.console.post(EDIT, content=urlencode(pairs), headers=head)).text).text()


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    firefox_path()
    push, door, push_door = PushService(), listen(), listen()
    push_port, port = push_door.getsockname()[1], door.getsockname()[1]
    push.origin = f"http://localhost:{push_port}"
    url = f"http://localhost:{port}"
    settings = Settings(data_dir=tmp_path / "server", port=port, public_url=url, push_allow_loopback=True)
    furnish(settings.database)
    engine = open_database(settings.database)
    with writing(engine) as session:
        add_account(session, "Anna", PASSWORD, "owner", OPENING)
    engine.dispose()
    async with (
        serving(push.app, push_door),
        serving(create_app(settings, ManualClock(OPENING)), door),
        open_firefox(tmp_path / "firefox", f"ws://localhost:{push_port}/") as firefox,
        httpx.AsyncClient(base_url=url) as console,
    ):
        await console.post("/console/sign-in", data={"name": "Anna", "password": PASSWORD})
        yield Office(console, firefox, push, url, settings.database)


async def test_a_test_message_is_shown_opened_and_counted_nowhere(office: Office) -> None:
    await office.pair()
    assert "Anna" in await office.firefox.run("document.querySelector('[data-account]').textContent")

    assert "On its way" in await office.send("Hello 👟")

    shown = [{"title": "Test: Hello 👟", "body": "Ask Anna."}]
    assert await office.firefox.notifications(1) == shown
    await eventually(lambda: office.rows("SELECT state FROM trial") == [("displayed",)])
    assert "Shown on your phone" in (await office.console.get(EDIT)).text
    await office.firefox.click_alert()
    await eventually(lambda: office.rows("SELECT state FROM trial") == [("opened",)])
    for table in ("outbox", "decision", "receipt", "history", "install"):
        assert office.rows(f"SELECT count(*) FROM {table}") == [(0,)], table


async def test_a_phone_that_took_its_subscription_back_is_removed_and_may_be_paired_again(
    office: Office,
) -> None:
    await office.pair()
    await office.firefox.run(
        "navigator.serviceWorker.ready.then((r) => r.pushManager.getSubscription()).then((s) => s.unsubscribe())"
    )

    await office.send("Hello")

    await eventually(lambda: office.rows("SELECT state, reason FROM trial") == [("invalid-address", "gone")])
    assert "takes no messages any more. It was removed here" in (await office.console.get(EDIT)).text
    assert office.rows("SELECT count(*) FROM own_phone") == [(0,)]
    await office.firefox.open(f"{office.url}/shop/")
    await office.pair()
    await office.send("Hello again")
    assert [one["title"] for one in await office.firefox.notifications(1)] == ["Test: Hello again"]


async def test_a_wrong_code_is_told_and_the_phone_can_leave(office: Office) -> None:
    await office.firefox.open(f"{office.url}/console/phone/#xxxx-xxxx-xxxx")
    await office.firefox.until("!document.querySelector('[data-view=asking]').hidden")
    await office.firefox.run("document.querySelector('[data-view=asking] button').click()")
    await office.firefox.until("!document.querySelector('[data-said=code]').hidden")
    await office.firefox.open(f"{office.url}/shop/")
    await office.pair()

    await office.firefox.run("document.querySelector('[data-remove]').click()")

    await office.firefox.until("!document.querySelector('[data-said=removed]').hidden")
    assert office.rows("SELECT count(*) FROM own_phone") == [(0,)]
