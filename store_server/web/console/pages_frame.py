"""What all pages share: assets, the reader's preferences, problems, and the page that shows the design system."""

from urllib.parse import parse_qsl

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from store_server.web.console.accounts.gate import HOME
from store_server.web.console.campaigns.sentence import Part
from store_server.web.console.desk import LANGUAGE_COOKIE, THEME_COOKIE, THEMES, Desk
from store_server.web.console.fleet.equipment import BEACON_WORDS, GATEWAY_WORDS
from store_server.web.console.words import CAMPAIGN_STATES, OUTCOMES, marked
from store_server.web.design.assets import IMMUTABLE
from store_server.web.design.language import NAMES
from store_server.web.design.tokens import LIGHT

YEAR_S = 365 * 86_400
LARGEST_FORM = 16 * 1024
"""Bytes; no form of ours on these pages comes near it."""

_PROBLEMS = {
    404: (
        marked("Not here"),
        marked("There is no such page"),
        marked("The store, campaign or decision may have been removed, or the address is mistyped."),
    ),
    413: (marked("Too large"), marked("This is more than a page takes"), marked("Nothing was changed.")),
    422: (
        marked("Not understood"),
        marked("Something in the address is not as expected"),
        marked("Nothing was changed. Go back and try again."),
    ),
    403: (
        marked("Not allowed"),
        marked("This page is for someone else"),
        marked("Ask the owner of this server for the role you need."),
    ),
}
_PROBLEMS[409] = (
    marked("Changed meanwhile"),
    marked("Someone else has changed this campaign"),
    marked("Nothing was changed. Open the campaign again and see what is new."),
)
_PROBLEMS[401] = (
    marked("Session over"),
    marked("Sign in again"),
    marked("Nothing was changed. Sign in, go back, and send it again: what you typed is still there."),
)
_UNKNOWN = (
    marked("Something went wrong"),
    marked("This page could not be made"),
    marked("Nothing was changed. Try again in a moment."),
)


def add_routes(router: APIRouter, desk: Desk) -> None:
    """Add assets, preferences and the design page."""

    @router.get("/assets/{name}")
    def asset(name: str) -> Response:
        found = desk.assets.find(name)
        if found is None:
            raise HTTPException(404, name)
        headers = {"Cache-Control": IMMUTABLE, "X-Content-Type-Options": "nosniff"}
        return Response(found.body, media_type=found.media_type, headers=headers)

    @router.post("/preferences")
    async def preferences(request: Request) -> Response:
        form = await read_form(request)
        answer = RedirectResponse(safe_return(form.get("back", HOME)), status_code=303)
        secure = request.url.scheme == "https"
        if form.get("lang") in NAMES:
            answer.set_cookie(
                LANGUAGE_COOKIE, form["lang"], YEAR_S, secure=secure, httponly=True, samesite="lax"
            )
        if form.get("theme") in THEMES:
            answer.set_cookie(
                THEME_COOKIE, form["theme"], YEAR_S, secure=secure, httponly=True, samesite="lax"
            )
        return answer

    @router.get("/design")
    def design(request: Request) -> Response:
        say = desk.language(request).gettext
        looks = [*GATEWAY_WORDS.values(), *BEACON_WORDS.values(), *CAMPAIGN_STATES.values()]
        samples = [(tone, say(text), icon) for text, tone, icon in looks]
        samples += [(look.tone, say(look.word), look.icon) for look in OUTCOMES.values()]
        parts = [
            Part("When someone "),
            Part("stays 90 seconds", strong=True),
            Part(" near "),
            Part("Shoes", strong=True),
            Part("."),
        ]
        return desk.page(request, "design.html", colours=list(LIGHT), samples=samples, parts=parts)


def problem_page(desk: Desk, request: Request, status: int) -> Response:
    """Return a page that says what went wrong and where to go."""
    title, subtitle, text = map(desk.language(request).gettext, _PROBLEMS.get(status, _UNKNOWN))
    return desk.page(request, "problem.html", status=status, title=title, subtitle=subtitle, text=text)


async def read_form(request: Request, largest: int = LARGEST_FORM, most_fields: int = 100) -> dict[str, str]:
    """Read a form's fields, the last of a name. Raises HTTPException 413 or 422."""
    return dict(await read_pairs(request, largest, most_fields))


async def read_pairs(request: Request, largest: int, most_fields: int) -> list[tuple[str, str]]:
    """Read a form's fields as they come, names repeated where they are. Raises HTTPException 413 or 422."""
    return pairs_of(await read_body(request, largest), most_fields)


async def read_body(request: Request, largest: int) -> str:
    """Read what a form sent, as it was sent. Raises HTTPException 413 or 422."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > largest:
            raise HTTPException(413)
    try:
        return body.decode()
    except ValueError as fault:
        raise HTTPException(422) from fault


def pairs_of(body: str, most_fields: int) -> list[tuple[str, str]]:
    """Take apart what a form sent. Raises HTTPException 422."""
    try:
        return parse_qsl(body, keep_blank_values=True, max_num_fields=most_fields)
    except ValueError as fault:
        raise HTTPException(422) from fault


def safe_return(path: str) -> str:
    """Return a path of the console, whatever a form asked for: nobody is sent elsewhere."""
    return path if path == HOME or path.startswith((f"{HOME}/", f"{HOME}?")) else HOME
