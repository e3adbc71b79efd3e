"""What every console page stands on: the database, the clock, plans and campaigns as they run now, templates, languages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import HTTPException, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import Engine
from sqlmodel import Session

from protocol.clock import Clock
from protocol.plan import StorePlan
from store_server.db.scope import sees, visible_stores
from store_server.documents import Documents, RunningCampaign
from store_server.news import News
from store_server.web.console.accounts.accounts import NewSecret
from store_server.web.console.accounts.gate import HOME
from store_server.web.console.campaigns.counting import Counting
from store_server.web.console.reader_words import told
from store_server.web.console.times import StoreTime
from store_server.web.design.assets import Assets
from store_server.web.design.language import NAMES, Language, choose_language

LANGUAGE_COOKIE, THEME_COOKIE = "aislecue_lang", "aislecue_theme"
THEMES = ("auto", "light", "dark")

_TEMPLATES = (Path(__file__).parent / "templates", Path(__file__).parent.parent / "design" / "templates")

SAFE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
"""Nothing from anywhere else, no inline script or style, and no page of a signed-in person in a shared cache."""


@dataclass(frozen=True, slots=True)
class Reach:
    """By which names others find what runs here; None where nobody said. And whether alerts reach anybody."""

    public_url: str | None = None
    gateway_broker_host: str | None = None
    alerts_sent: bool = False


@dataclass(frozen=True)
class Desk:
    """The console's parts, made once by the composition root."""

    engine: Engine
    clock: Clock
    assets: Assets
    languages: Mapping[str, Language]
    environments: Mapping[str, Environment]
    new_secret: NewSecret
    counting: Counting
    review: bool = False
    """Whether what goes live needs a second person."""
    documents: Documents = field(default_factory=Documents)
    reach: Reach = Reach()
    messages: News = field(default_factory=News)
    """Told when a test message was queued: delivery in this process need not look for it."""

    def plans(self, session: Session) -> dict[str, StorePlan]:
        """Return the running plan of every store that the request may see, by id."""
        stores, plans = visible_stores(), self.documents.plans(session)
        return {name: plan for name, plan in plans.items() if sees(stores, name)}

    def plan(self, session: Session, store: str) -> StorePlan:
        """Return one store's running plan. Raises HTTPException 404."""
        plans = self.plans(session)
        if store not in plans:
            raise HTTPException(404, f"store {store}")
        return plans[store]

    def campaigns(self, session: Session) -> dict[str, RunningCampaign]:
        """Return every campaign that runs in a store the request may see, by id."""
        stores, found = visible_stores(), self.documents.campaigns(session)
        if stores is None:
            return found
        return {name: one for name, one in found.items() if any(map(one.campaign.runs_in, stores))}

    def language(self, request: Request) -> Language:
        """Return the language to speak to this reader."""
        wished = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
        return self.languages[choose_language(wished, request.headers.get("accept-language", ""))]

    def server_url(self, request: Request) -> str:
        """Return where browsers and gateways find this server: as it was told, or as it was just asked."""
        return (self.reach.public_url or str(request.base_url)).rstrip("/")

    def times(self, plan: StorePlan, language: Language) -> StoreTime:
        return StoreTime(plan.timezone, language, self.clock.now())

    def render(self, template: str, language: Language, **context: Any) -> str:
        """Render a template, or a part of a page, in a language."""
        return self.environments[language.code].get_template(template).render(**context)

    def page(self, request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """Render a whole page with what its frame needs."""
        language = self.language(request)
        theme = request.cookies.get(THEME_COOKIE, "auto")
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        frame = {
            "asset": self.assets.url,
            "here": here,
            "home": HOME,
            "lang": language.code,
            "other_languages": [(code, name) for code, name in NAMES.items() if code != language.code],
            "theme": theme if theme in THEMES else "auto",
            "section": template.partition(".")[0],
            "store": None,
            "person": getattr(request.state, "person", None),
        }
        html = self.render(template, language, **{**frame, **context})
        return HTMLResponse(html, status_code=status, headers=SAFE_HEADERS)


def build_environments(languages: Mapping[str, Language]) -> dict[str, Environment]:
    """Make one template environment a language; a name that is not given fails rather than shows nothing."""
    environments = {}
    for code, language in languages.items():
        environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        environment.install_gettext_callables(language.gettext, language.ngettext, newstyle=True)  # type: ignore[attr-defined]
        environment.globals["query"] = query
        environment.globals["told"] = partial(told, language=language)
        environments[code] = environment
    return environments


def query(path: str, **values: object) -> str:
    """Return a link with the values that are given; empty ones are left out."""
    pairs = {key: value for key, value in values.items() if value not in (None, "")}
    return f"{path}?{urlencode(pairs)}" if pairs else path
