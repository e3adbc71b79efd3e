"""A finger on the glass, as Chromium's own input sees it: it may scroll the page, which no synthetic event of a page can."""

from collections.abc import Sequence

from playwright.async_api import Page

STEPS = 6
"""Places a dragging finger is seen at."""
Point = tuple[float, float]


def line(start: Point, end: Point) -> list[Point]:
    """Return the places between two points of the window."""
    return [
        (start[0] + (end[0] - start[0]) * k / STEPS, start[1] + (end[1] - start[1]) * k / STEPS)
        for k in range(STEPS + 1)
    ]


async def stroke(page: Page, path: Sequence[Point], end: str = "touchEnd") -> None:
    """Put a finger down, draw it along the places and lift it; or end as `touchCancel`, when the system takes it away."""
    places = [{"x": x, "y": y} for x, y in path]
    touch = await page.context.new_cdp_session(page)
    for kind, points in [("touchStart", places[:1]), *(("touchMove", [one]) for one in places), (end, [])]:
        await touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    await touch.detach()
