"""GET /shop/: the shopper's page, its service worker, manifest and files; nothing from anywhere else."""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from store_server.web.api.deps import Side
from store_server.web.api.problems import Refused
from store_server.web.design.language import NAMES, Language, choose_language
from store_server.web.design.tokens import tokens_css
from store_server.web.shopper.languages import languages
from store_server.web.shopper.words import SPOKEN_BY_SCRIPT

router = APIRouter(include_in_schema=False)

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""No inline script, no other host (W3C Content Security Policy 3)."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
LANGUAGE_COOKIE = "shopper_language"
MEDIA_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml", "png": "image/png"}


def _read_files() -> dict[str, bytes]:
    files = {path.name: path.read_bytes() for path in sorted((HERE / "static").iterdir())}
    files["shop.css"] = tokens_css().encode() + b"\n" + files["shop.css"]
    return files


FILES: Mapping[str, bytes] = _read_files()
VERSION = sha256(b"".join(FILES.values())).hexdigest()[:10]
"""In every file's address: a browser may keep it for ever, and a new version is a new address."""

_TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


@router.get("/shop")
def without_slash(request: Request) -> Response:
    """Send on to the page: a service worker serves what lies below its own folder."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/shop/{query}", status_code=308)


@router.get("/shop/")
def page(request: Request, side: Side, lang: Annotated[str | None, Query(max_length=5)] = None) -> Response:
    """Give the page in the shopper's language."""
    wished = lang or request.cookies.get(LANGUAGE_COOKIE)
    language = languages()[choose_language(wished, request.headers.get("accept-language", ""))]
    plans = side.plans.by_store()
    html = _TEMPLATES.get_template("page.html").render(
        _=language.gettext,
        language=language.code,
        names=NAMES,
        version=VERSION,
        stores=[(plan.id, plan.name) for plan in plans.values()],
        settings=json.dumps(_settings(side, language)),
    )
    answer = Response(html, media_type="text/html", headers={**HEADERS, "Cache-Control": "no-cache"})
    if lang in NAMES:
        answer.set_cookie(LANGUAGE_COOKIE, str(lang), max_age=31_536_000, path="/shop/", samesite="lax")
    return answer


@router.get("/shop/sw.js")
def service_worker() -> Response:
    """Give the service worker; its address never changes, its text names the version."""
    text = FILES["sw.js"].decode().replace("{{version}}", VERSION)
    return Response(text, media_type=MEDIA_TYPES["js"], headers={**HEADERS, "Cache-Control": "no-cache"})


@router.get("/shop/manifest.webmanifest")
def manifest(request: Request) -> Response:
    """Give what a phone needs to install the page (W3C Web App Manifest)."""
    wished = request.cookies.get(LANGUAGE_COOKIE)
    say = languages()[choose_language(wished, request.headers.get("accept-language", ""))].gettext
    body = {
        "name": say("In the store"),
        "short_name": say("Store"),
        "description": say("A quiet helper in the store."),
        "id": "/shop/",
        "start_url": "/shop/",
        "scope": "/shop/",
        "display": "standalone",
        "background_color": "#f5f4f0",
        "theme_color": "#0b5f6b",
        "icons": [
            {"src": f"/shop/{VERSION}/icon.svg", "sizes": "any", "type": "image/svg+xml"},
            *(
                {"src": f"/shop/{VERSION}/icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png"}
                for size in (192, 512)
            ),
            {
                "src": f"/shop/{VERSION}/icon-maskable.png",
                "sizes": "512x512",
                "type": "image/png",
                "purpose": "maskable",
            },
        ],
    }
    return Response(json.dumps(body), media_type="application/manifest+json", headers=HEADERS)


@router.get("/shop/{version}/{name}")
def file(version: str, name: str) -> Response:
    """Give a file of the page; an old version's address gets the present one, unkept."""
    if name not in FILES:
        raise Refused(404, "There is no such file.")
    kept = "public, max-age=31536000, immutable" if version == VERSION else "no-store"
    media_type = MEDIA_TYPES[name.rpartition(".")[2]]
    return Response(FILES[name], media_type=media_type, headers={**HEADERS, "Cache-Control": kept})


def _settings(side: Side, language: Language) -> dict[str, Any]:
    """Return what the page's script needs to know, words included."""
    return {
        "language": language.code,
        "version": VERSION,
        "vapid_public_key": side.vapid_public_key,
        "words": {text: language.gettext(text) for text in SPOKEN_BY_SCRIPT},
    }
