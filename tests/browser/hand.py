"""A person at a page: finds things by their visible labels in their own language, by keyboard at the desk, by finger elsewhere."""

from typing import Literal, TypeAlias

from playwright.async_api import Locator, Page

from store_server.web.design.language import Language, load_languages
from tests.browser.looks import Look

Kind: TypeAlias = Literal["button", "link", "radio", "checkbox", "group"]

FURTHEST = 250
"""Presses of Tab after which nothing on a page of ours can still be out of reach."""
REACHED = "(wanted) => wanted === document.activeElement"


class OutOfReach(Exception):
    """The keyboard does not get there."""


class Hand:
    """`actions` counts what a person would count: presses, choices, texts typed."""

    def __init__(self, page: Page, look: Look) -> None:
        self.page, self.look = page, look
        self.language: Language = load_languages()[look.language]
        self.actions = 0

    def say(self, text: str, **values: object) -> str:
        """Return a text of the pages in the person's language."""
        return self.language.say(text, **values) if values else self.language.gettext(text)

    async def press(self, kind: Kind, text: str, *, exact: bool = True, **values: object) -> None:
        """Press what is labelled so, and wait for the page that may come of it."""
        await self.press_this(self.page.get_by_role(kind, name=self.say(text, **values), exact=exact).first)

    async def press_this(self, target: Locator) -> None:
        self.actions += 1
        if self.look.touch:
            await target.tap()
        else:
            await self._reach(target)
            marks = await target.get_attribute("type") in ("radio", "checkbox")
            await self.page.keyboard.press("Space" if marks else "Enter")
        await self.page.wait_for_load_state("load")

    async def write(self, label: str, text: str) -> None:
        """Put a text into a field, in place of what stands there."""
        target = self.page.get_by_label(self.say(label), exact=True).first
        await self.write_this(target, text)

    async def write_this(self, target: Locator, text: str) -> None:
        self.actions += 1
        if self.look.touch:
            await target.tap()
        else:
            await self._reach(target)
        await self.page.keyboard.press("ControlOrMeta+a")
        await self.page.keyboard.insert_text(text)

    async def choose(self, label: str, option: str) -> None:
        """Choose an option of a list by its words, which are data or already in the person's language."""
        target = self.page.get_by_label(self.say(label), exact=True).first
        self.actions += 1
        if not self.look.touch:
            await self._reach(target)
        await target.select_option(label=option)

    async def on(self, title: str) -> None:
        """Wait until the page of this title is there."""
        await self.page.get_by_role("heading", level=1, name=self.say(title), exact=True).wait_for()

    async def see(self, text: str, **values: object) -> None:
        """Wait until a text is on the page."""
        await self.see_this(self.say(text, **values))

    async def see_this(self, words: str) -> None:
        await self.page.get_by_text(words).first.wait_for()

    async def _reach(self, target: Locator) -> None:
        """Go there by Tab alone."""
        await target.wait_for()
        wanted = await target.element_handle()
        for _ in range(FURTHEST):
            if await self.page.evaluate(REACHED, wanted):
                return
            await self.page.keyboard.press("Tab")
        raise OutOfReach(f"{target} on {self.page.url}")
