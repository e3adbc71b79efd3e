"""How a page may be looked at: three sizes, two themes, two languages, keys or finger; a window of Chromium as one of them."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

import pytest
from playwright.async_api import Browser, BrowserContext, ViewportSize, async_playwright

ANSWER_TIMEOUT_MS = 30_000
"""A page comes within one second on a quiet machine; a busy one is given time."""
LOCALES = {"en": "en-GB", "it": "it-IT"}


@dataclass(frozen=True, slots=True)
class Look:
    """One way to look at a page."""

    width: int
    height: int
    theme: Literal["light", "dark"]
    language: str
    touch: bool

    def __str__(self) -> str:
        return f"{self.width}-{self.theme}-{self.language}-{'touch' if self.touch else 'keys'}"


SIZES = ((1280, 800), (768, 1024), (360, 740))
LOOKS = (
    Look(1280, 800, "light", "en", touch=False),
    Look(1280, 800, "dark", "it", touch=False),
    Look(768, 1024, "light", "it", touch=True),
    Look(768, 1024, "dark", "en", touch=True),
    Look(360, 740, "light", "en", touch=True),
    Look(360, 740, "dark", "it", touch=True),
)
"""Every size in both themes and in both languages; the desk has keys, what is held in a hand has none."""
WAYS = tuple(
    Look(width, height, "light" if touch == (language == "it") else "dark", language, touch)
    for width, height in SIZES
    for language in LOCALES
    for touch in (False, True)
)
"""Every size in both languages by keyboard and by finger: a tablet may have keys, a desk a touch screen."""


def chromium_path() -> str:
    """Return the browser's program, or skip with a reason."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    return found


@asynccontextmanager
async def open_chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        yield browser
        await browser.close()


@asynccontextmanager
async def open_window(browser: Browser, look: Look, url: str) -> AsyncIterator[BrowserContext]:
    """Open a window of its own: no cookie, no cache of another's."""
    context = await browser.new_context(
        base_url=url,
        viewport=ViewportSize(width=look.width, height=look.height),
        color_scheme=look.theme,
        locale=LOCALES[look.language],
        has_touch=look.touch,
        is_mobile=look.width < 500,
        accept_downloads=True,
    )
    context.set_default_timeout(ANSWER_TIMEOUT_MS)
    yield context
    await context.close()
