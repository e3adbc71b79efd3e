"""A person at a page: knows it by its visible words alone, in their own language, and has either keys or a finger."""

import re
from typing import Literal, TypeAlias

from playwright.async_api import Locator, Page

from store_server.web.design.language import Language, load_languages
from tests.browser.finger import Point, line, stroke
from tests.browser.looks import Look

Kind: TypeAlias = Literal["button", "link"]

FURTHEST = 250
"""Presses of Tab after which nothing on a page of ours can still be out of reach."""
REACHED = "(wanted) => wanted === document.activeElement"
WRITES = "() => document.activeElement.matches('input, textarea')"
CHOSEN = "(list) => list.selectedOptions[0].label"


class OutOfReach(Exception):
    """The keyboard does not get there."""


class Person:
    """`actions` counts what a person would count: presses, choices, texts typed, strokes drawn."""

    def __init__(self, page: Page, look: Look) -> None:
        self.page, self.look = page, look
        self.language: Language = load_languages()[look.language]
        self.actions = 0

    def say(self, text: str, **values: object) -> str:
        """Return a text of the pages in the person's language."""
        return self.language.say(text, **values) if values else self.language.gettext(text)

    async def press(self, kind: Kind, text: str, *, exact: bool = True) -> None:
        """Press the first thing that is labelled so, and wait for the page that may come of it."""
        await self.press_this(self.page.get_by_role(kind, name=self.say(text), exact=exact).first)

    async def press_this(self, target: Locator) -> None:
        await self._go_to(target)
        if not self.look.touch:
            await self.page.keyboard.press("Enter")
        await self.page.wait_for_load_state("load")

    async def fill(self, label: str, text: str) -> None:
        """Put a text into a field, in place of what stands there."""
        await self._go_to(self._labelled(label))
        await self.page.keyboard.press("ControlOrMeta+a")
        await self.page.keyboard.insert_text(text)

    async def write(self, text: str) -> None:
        """Type where the cursor has gone by itself, once it is there."""
        await self.page.wait_for_function(WRITES)
        self.actions += 1
        await self.page.keyboard.insert_text(text)

    async def choose(self, label: str, option: str) -> None:
        """Choose from a list by how an option begins; options are data or already in the person's language."""
        target = self._labelled(label)
        await self._go_to(target)
        if self.look.touch:
            words = await target.get_by_role("option").all_inner_texts()
            await target.select_option(label=next(one for one in words if one.startswith(option)))
        else:
            await self.page.keyboard.type(option)
        assert (await target.evaluate(CHOSEN)).startswith(option)

    async def draw(self, picture: str, start: Point, end: Point, **values: object) -> None:
        """Draw a stroke over a picture with the finger; places are parts of its width and height."""
        target = self.page.get_by_role("group", name=self.say(picture, **values))
        await target.scroll_into_view_if_needed()
        box = await target.bounding_box()
        assert box is not None
        self.actions += 1
        corner = (box["x"], box["y"])
        places = [(corner[0] + x * box["width"], corner[1] + y * box["height"]) for x, y in (start, end)]
        await stroke(self.page, line(*places))

    async def strike(self, *keys: str) -> None:
        """Press keys one after another, for things that have keys of their own."""
        for key in keys:
            self.actions += 1
            await self.page.keyboard.press(key)

    async def on(self, title: str) -> None:
        """Wait until the page of this title is there."""
        await self.page.get_by_role("heading", level=1, name=self.say(title), exact=True).wait_for()

    async def see(self, text: str, **values: object) -> None:
        """Wait until a text is on the page."""
        await self.page.get_by_text(self.say(text, **values)).first.wait_for()

    async def read(self) -> str:
        """Return all that can be read below the page's bar."""
        return await self.page.get_by_role("main").inner_text()

    async def figure(self, word: str) -> int:
        """Return the number that stands over a word."""
        text = await self.read()
        found = re.search(rf"^(\d+)\s+{re.escape(self.say(word))}$", text, re.MULTILINE)
        assert found, f"no figure over {self.say(word)!r} in {text!r}"
        return int(found[1])

    def _labelled(self, label: str) -> Locator:
        return self.page.get_by_label(self.say(label), exact=True).first

    async def _go_to(self, target: Locator) -> None:
        """Touch it, or go there by Tab alone: one action, with what is done there."""
        self.actions += 1
        if self.look.touch:
            await target.tap()
            return
        await target.wait_for()
        wanted = await target.element_handle()
        for _ in range(FURTHEST):
            if await self.page.evaluate(REACHED, wanted):
                return
            await self.page.keyboard.press("Tab")
        raise OutOfReach(f"{target} on {self.page.url}")
