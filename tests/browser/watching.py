"""What a page must not do while it is looked at: ask elsewhere, complain, break its policy, jump about."""

from playwright.async_api import BrowserContext, ConsoleMessage, Page, Request, Response

SHIFT_WORTH_THE_NAME = 0.01
"""Cumulative layout shift; 0.1 is what web.dev calls good, a tenth of it nobody sees."""

OBSERVE = """
globalThis.observed = { shift: 0, refused: [] };
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) observed.shift += one.value;
}).observe({ type: "layout-shift", buffered: true });
document.addEventListener("securitypolicyviolation", (event) => {
  observed.refused.push(`${event.violatedDirective} ${event.blockedURI}`);
});
"""
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
STREAMING = (
    "() => !document.querySelector('[data-stream]') || document.querySelector('.pulse[data-state=live]')"
)
"""A live page changes once its stream is open: what that moves counts too."""
HIDDEN_BUT_SEEN = """() => [...document.querySelectorAll("[hidden]")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }))
  .map((one) => one.outerHTML.slice(0, 160));
"""
"""What a script brings later answers nobody before: a style that shows it all the same makes dead buttons."""
SMALLEST_PX = 44
"""What a finger meets; links within a sentence may be as low as its lines (WCAG 2.2, 2.5.5)."""
TOO_SMALL = """(least) => {
  const targets = "button, select, textarea, summary, input:not([type=hidden]), nav a, a.button, a.choice";
  return [...document.querySelectorAll(targets)]
    .filter((one) => one.checkVisibility() && !one.matches(".unseen, .skip"))
    .map((one) => [one, [one, one.closest("label") ?? one].map((box) => box.getBoundingClientRect())])
    .filter(([, boxes]) => ["width", "height"].some((side) => Math.max(...boxes.map((box) => box[side])) < least))
    .map(([one]) => one.outerHTML.slice(0, 160));
}"""
NOT_OURS = "Failed to load resource: the server responded with a status of"
"""What Chromium itself writes of a page that answers 404 or 422, as an error page has to."""


class Watch:
    """Everything objectionable that the windows' pages did, one line each; use `watched`."""

    def __init__(self, own: str) -> None:
        self._own = own
        self.found: list[str] = []

    def request(self, request: Request) -> None:
        if not request.url.startswith((f"{self._own}/", "data:", "blob:")):
            self.found.append(f"asked {request.url}")

    def response(self, response: Response) -> None:
        if response.status >= 500:
            self.found.append(f"{response.status} for {response.url}")

    def message(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(NOT_OURS):
            self.found.append(f"{message.type}: {message.text}")

    async def settle(self, page: Page) -> None:
        """Look at what the page measured itself, once it has been drawn."""
        await page.wait_for_function(STREAMING)
        await page.evaluate(DRAWN)
        observed = await page.evaluate("() => globalThis.observed")
        self.found += [f"policy refused {one} at {page.url}" for one in observed["refused"]]
        if observed["shift"] > SHIFT_WORTH_THE_NAME:
            self.found.append(f"layout shifted by {observed['shift']:.3f} at {page.url}")
        self.found += [f"seen though hidden: {one}" for one in await page.evaluate(HIDDEN_BUT_SEEN)]
        width = await page.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
        if width[0] > width[1]:
            self.found.append(f"{width[0]} px wide in a window of {width[1]} at {page.url}")


async def too_small(page: Page) -> list[str]:
    """Return what a finger would miss."""
    found: list[str] = await page.evaluate(TOO_SMALL, SMALLEST_PX - 0.5)
    return [f"small for a finger: {one}" for one in found]


async def watched(context: BrowserContext, own: str) -> Watch:
    """Watch a window from its first page on."""
    watch = Watch(own)
    await context.add_init_script(OBSERVE)
    context.on("request", watch.request)
    context.on("response", watch.response)
    context.on("console", watch.message)
    context.on("weberror", lambda error: watch.found.append(f"threw: {error.error}"))
    return watch
