"""New campaigns from a moment: what each one asks, and the document its answers make (campaigns/moments). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from campaigns.moments.template import drafted, slots
from protocol.document import Path
from store_server.web.console.editor.fields import Control, Fields, items, read_field, show_field
from store_server.web.console.words import marked
from store_server.web.design.language import Language


@dataclass(frozen=True, slots=True)
class Offer:
    """A moment as the gallery and its form show it; between bars in `asks` stands a field of the form."""

    title: str
    about: str
    icon: str
    asks: str
    name: str
    """How the campaign is called until somebody calls it otherwise."""


OFFERS: Mapping[str, Offer] = {
    "arrive": Offer(
        marked("Arrive"),
        marked("A quiet note in the inbox when a visit begins."),
        "door",
        marked("When someone arrives in the store, leave this in the inbox:"),
        marked("Arrive: what is on today"),
    ),
    "hesitate": Offer(
        marked("Hesitate"),
        marked("Help for who stays long, and close, in one zone."),
        "help",
        marked("When someone stays |after_s| near |zone|, send this:"),
        marked("Hesitate: help in %(zone)s"),
    ),
    "return": Offer(
        marked("Return"),
        marked("A word for shoppers on their second, third, nth visit."),
        "return",
        marked("When someone arrives for visit number |visits| in |within_days| days, send this:"),
        marked("Return: thanks for coming back"),
    ),
    "queue": Offer(
        marked("Queue"),
        marked("A tip for who waits in the zone before the till."),
        "queue",
        marked("When someone waits |after_s| in |zone|, send this:"),
        marked("Queue: pay without waiting"),
    ),
    "leave-without-buying": Offer(
        marked("Leave without buying"),
        marked("A question for who looked and left with empty hands."),
        "leave",
        marked("When someone leaves the store, was at |zone| and bought nothing, send this:"),
        marked("Leave without buying: %(zone)s"),
    ),
    "quest": Offer(
        marked("Quest"),
        marked("A stamp in every zone of a visit, and a reward at the last."),
        "flag",
        marked("For everyone who finds |zones|, a stamp in each zone and a reward at the last:"),
        marked("Quest"),
    ),
    "coupon": Offer(
        marked("Coupon"),
        marked("A one-time code for who stays in a zone."),
        "coupon",
        marked("When someone stays |after_s| near |zone|, send a coupon, |total| in all:"),
        marked("Coupon in %(zone)s"),
    ),
}
"""In the order of a visit, as campaigns/moments has them."""

QUEST = "quest"
PREFIX = "moment"
_KINDS = {"after_s": "span", "visits": "number", "within_days": "number", "total": "number"}


def asked(moment: str) -> tuple[Control, ...]:
    """Return the fields of a moment's own sentence."""
    names = OFFERS[moment].asks.split("|")[1::2]
    return tuple(Control(f"{PREFIX}.{name}", _KINDS.get(name, "text")) for name in names)


def first_answers(moment: str) -> dict[str, str]:
    """Return a moment's fields as its form shows them first: the template's own defaults."""
    found = {parameter: path for path, parameter in slots(moment)}
    document = drafted(moment, {})[0] if moment != QUEST else {}
    out: dict[str, str] = {}
    for control in asked(moment):
        parameter = control.name.removeprefix(f"{PREFIX}.")
        value = _part(document, found[parameter]) if parameter in found and document else None
        out |= show_field(control, value or None)
    return out


def documents(
    moment: str, answers: Fields, words: Mapping[str, Any], language: Language, zones: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return the moment's documents as answered so far; `zones` are names by id, `words` the messages asked for."""
    given: dict[str, Any] = dict(words)
    for control in asked(moment):
        parameter = control.name.removeprefix(f"{PREFIX}.")
        value = items(answers.get(control.name, "")) if parameter == "zones" else read_field(control, answers)
        given[parameter] = "" if value is None else value
    zone = str(given.get("zone", ""))
    given.setdefault("name", language.say(OFFERS[moment].name, zone=zones.get(zone, zone)).strip())
    return [_said(one) for one in drafted(moment, given)]


def places(moment: str) -> dict[Path, str]:
    """Return which of the moment's own fields each part of its document comes from."""
    names = {control.name for control in asked(moment)}
    return {path: f"{PREFIX}.{one}" for path, one in slots(moment) if f"{PREFIX}.{one}" in names}


def first_words(locales: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return empty words in the languages of the stores."""
    return {locale: {"title": "", "body": ""} for locale in locales}


def _said(value: Any) -> Any:
    """Leave out what a template says nothing about."""
    if isinstance(value, dict):
        return {key: _said(part) for key, part in value.items() if part is not None}
    return [_said(part) for part in value] if isinstance(value, list) else value


def _part(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value
