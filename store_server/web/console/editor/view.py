"""What the editor's page shows beside the typed texts: choices, sections, the sentence's pieces, rows of words. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from campaigns.conditions import OPS
from campaigns.document import CHANNELS, GOALS, TRUSTS
from campaigns.schedule import WEEKDAYS
from protocol.plan import StorePlan
from store_server.web.console.campaigns.differences import BLOCKED, GOAL_WORDS, TRUST_WORDS
from store_server.web.console.campaigns.places import zone_names
from store_server.web.console.campaigns.sentence import (
    audience_words,
    campaign_sentence,
    channel_words,
    schedule_words,
)
from store_server.web.console.editor.audience import FIELDS, HISTORY, from_fields
from store_server.web.console.editor.checking import Judged
from store_server.web.console.editor.fields import UNITS, Fields
from store_server.web.console.editor.form import channel_choices
from store_server.web.console.editor.messages import OWN, VARIANTS, numbers
from store_server.web.console.editor.moments import PREFIX
from store_server.web.console.editor.preview import Preview
from store_server.web.console.times import DAY_NAMES
from store_server.web.console.words import CHANNELS as CHANNEL_WORDS
from store_server.web.console.words import marked
from store_server.web.design.language import Language

Options = list[tuple[str, str]]

SENTENCES = {
    "arrive": marked("When someone |trigger.on|, send this:"),
    "leave": marked("When someone |trigger.on|, send this:"),
    "exit": marked("When someone |trigger.on| |trigger.zone|, send this:"),
    "enter": marked("When someone |trigger.on| |trigger.within| |trigger.zone|, send this:"),
    "dwell": marked(
        "When someone |trigger.on| |trigger.after_s| |trigger.within| |trigger.zone|, send this:"
    ),
}
_TRIGGERS = {
    "arrive": marked("arrives in the store"),
    "enter": marked("comes"),
    "dwell": marked("stays"),
    "exit": marked("leaves"),
    "leave": marked("leaves the store"),
}
_WITHIN = {
    "enter": {"far": marked("into"), "near": marked("near"), "immediate": marked("right up to")},
    "dwell": {"far": marked("anywhere in"), "near": marked("near"), "immediate": marked("right at")},
}
_UNITS = {"s": marked("seconds"), "min": marked("minutes"), "h": marked("hours"), "d": marked("days")}
_KINDS = {
    "tier": marked("tier"),
    "tags": marked("tags"),
    "locale": marked("language"),
    "attribute": marked("attribute"),
    "visits": marked("visits"),
    "purchased": marked("purchases"),
    "received": marked("messages received"),
    "opened": marked("messages opened"),
    "visited_zone": marked("zone of this visit"),
}
_OPS = {
    "eq": marked("is"),
    "ne": marked("is another than"),
    "in": marked("is one of"),
    "not_in": marked("is none of"),
    "contains": marked("have"),
    "contains_any": marked("have one of"),
    "ge": marked("is at least"),
    "le": marked("is at most"),
    "gt": marked("is more than"),
    "lt": marked("is less than"),
    "exists": marked("is known"),
}
_LISTS = ("contains", "contains_any", "exists")
_YES_NO = {"yes": marked("is not sent any more"), "no": marked("is sent all the same")}
_LOCALES = ("en", "it", "de", "fr", "es", "pt", "nl", "pl", "ar", "he", "zh", "ja")
"""Offered where a language is added; any other may be typed."""

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "who": ("audience",),
    "when": ("schedule.",),
    "often": ("limits.", "priority", "holdout_pct"),
    "how": ("channels", "trust", "blocked", "deadline_s", "cancel_on_exit"),
    "compare": ("variants",),
    "goal": ("goal.",),
    "which": ("id", "name", "stores"),
}
"""The second layer's sections and the fields in each."""


@dataclass(frozen=True, slots=True)
class Places:
    """What zones and stores there are to choose from."""

    zones: Options
    stores: Options
    locales: tuple[str, ...]


def places_of(plans: Mapping[str, StorePlan]) -> Places:
    """Return the chain's zones, stores and languages, each once."""
    zones = {zone.id: zone.name for plan in plans.values() for zone in plan.zones}
    stores = [(plan.id, plan.name) for plan in plans.values()]
    return Places(list(zones.items()), stores, tuple(dict.fromkeys(plan.locale for plan in plans.values())))


def choices(form: Fields, places: Places, language: Language) -> dict[str, Options]:
    """Return what each select of the form offers, in the reader's language."""
    say = language.gettext
    on = form.get("trigger.on", "")
    return {
        "zone": [("", say("choose a zone")), *places.zones],
        "on": [(key, say(text)) for key, text in _TRIGGERS.items()],
        "within": [(key, say(text)) for key, text in _WITHIN.get(on, {}).items()],
        "unit": [(key, say(_UNITS[key])) for key in UNITS],
        "kind": [(key, say(_KINDS[key])) for key in (*FIELDS, *HISTORY, "visited_zone")],
        "op": [(key, say(_OPS[key])) for key in OPS if key not in _LISTS[:2]],
        "list_op": [(key, say(_OPS[key])) for key in _LISTS],
        "day": list(zip(WEEKDAYS, say(DAY_NAMES).split(), strict=True)),
        "store": places.stores,
        "channel": [("", "–"), *((key, say(CHANNEL_WORDS[key])) for key in CHANNELS)],
        "trust": [(key, say(TRUST_WORDS[key])) for key in TRUSTS],
        "blocked": [(key, say(BLOCKED[key])) for key in BLOCKED],
        "goal": [("", say("none")), *((key, say(GOAL_WORDS[key])) for key in GOALS)],
        "on_exit": [
            ("", say("as usual: not sent any more")),
            *((k, say(text)) for k, text in _YES_NO.items()),
        ],
        "locale": [(one, one) for one in dict.fromkeys((*places.locales, *_LOCALES))],
    }


def context(
    form: Fields, judged: Judged, shown: list[Preview], places: Places, language: Language, touched: str = ""
) -> dict[str, Any]:
    """Return everything the editor's template needs of a form and its judgement."""
    return {
        "form": form,
        "errors": judged.errors,
        "warnings": judged.warnings,
        "options": choices(form, places, language),
        "tree": from_fields(form),
        "rows": lambda prefix: numbers(form, prefix, "locale"),
        "variants": [
            (f"{VARIANTS}.{n}", f"{VARIANTS}.{n}.{OWN}", numbers(form, f"{VARIANTS}.{n}.{OWN}", "locale"))
            for n in numbers(form, VARIANTS, "id")
        ],
        "channels": channel_choices(form),
        "open": _open(judged, touched),
        "previews": shown,
    }


def pieces(sentence: str, language: Language) -> list[tuple[str, bool]]:
    """Return a sentence's pieces in turn: words, and the names of the fields between its bars."""
    parts = language.gettext(sentence).split("|")
    return [(part, bool(k % 2)) for k, part in enumerate(parts) if part.strip() or k % 2]


def in_one_sentence(judged: Judged, plans: Mapping[str, StorePlan], language: Language) -> dict[str, Any]:
    """Return the campaign's sentence and its chosen parts in words; nothing while it is refused."""
    one = judged.campaign
    if one is None:
        return {"parts": (), "aside": None}
    names: Callable[[str | None], str] = zone_names(one, plans)
    aside = (
        audience_words(one, language, names) or language.gettext("everyone"),
        schedule_words(one, language) or language.gettext("always"),
        channel_words(one, language),
    )
    return {"parts": campaign_sentence(one, language, names), "aside": aside}


def _open(judged: Judged, touched: str) -> frozenset[str]:
    """Return the sections that have something to mend, or that a button was just pressed in."""
    fields = [one.field for one in judged.faults if one.field and not one.field.startswith(PREFIX)]
    return frozenset(
        name
        for name, begins in SECTIONS.items()
        if any(one.startswith(begins) for one in fields) or touched.startswith(begins)
    )
