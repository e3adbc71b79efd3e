"""Routes of the page that a manager's phone opens, signed in nowhere: pairing, its service worker, what installs it.

An iPhone takes Web Push only for pages on its home screen (WebKit, iOS 16.4), so the page can be put there.
"""

import json

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from store_server.web.console.accounts.gate import HOME, PHONE
from store_server.web.console.desk import SAFE_HEADERS, Desk
from store_server.web.design.language import Language
from store_server.web.shopper.page import VERSION

ICONS = f"/shop/{VERSION}"
HEADERS = {
    **SAFE_HEADERS,
    "Content-Security-Policy": f"{SAFE_HEADERS['Content-Security-Policy']}; manifest-src 'self'; worker-src 'self'",
}


def add_routes(router: APIRouter, desk: Desk) -> None:
    """Add the phone's page and its files."""

    @router.get("/phone")
    def without_slash() -> Response:
        return RedirectResponse(PHONE, status_code=308)

    @router.get("/phone/")
    def phone(request: Request) -> Response:
        page = desk.page(request, "phone.html", section="phone", icons=ICONS)
        page.headers["Content-Security-Policy"] = HEADERS["Content-Security-Policy"]
        return page

    @router.get("/phone/sw.js")
    def service_worker() -> Response:
        text = desk.assets.text("own-phone-worker.js").replace(
            "{{talk}}", desk.assets.url("own-phone-talk.js")
        )
        return Response(text, media_type="text/javascript", headers=HEADERS)

    @router.get("/phone/manifest.webmanifest")
    def manifest(request: Request) -> Response:
        body = json.dumps(_manifest(desk.language(request)))
        return Response(body, media_type="application/manifest+json", headers=HEADERS)


def _manifest(language: Language) -> dict[str, object]:
    return {
        "name": language.gettext("AisleCue test messages"),
        "short_name": language.gettext("Test messages"),
        "id": PHONE,
        "start_url": PHONE,
        "scope": f"{HOME}/phone/",
        "display": "standalone",
        "icons": [
            {"src": f"{ICONS}/icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png"}
            for size in (192, 512)
        ],
    }
