"""A new campaign's form: the moment's own fields make a document, what else was typed is put onto it. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from campaigns.lint.finding import ERROR
from store_server.web.console.editor import moments
from store_server.web.console.editor.checking import Fault, Judged, Surroundings, judge
from store_server.web.console.editor.fields import Fields, alike, items
from store_server.web.console.editor.form import Built, applied, opened
from store_server.web.console.editor.messages import OWN, message_fields, patch_message
from store_server.web.console.editor.moments import PREFIX, QUEST, first_words
from store_server.web.console.words import marked
from store_server.web.design.language import Language

SEED = "seed"
"""The moment's own fields as the form was last shown: what else differs from the document they make, somebody typed."""
STAMP, REWARD = "stamp", "reward"
MOST_ZONES = 12
NO_ZONE = marked("Choose two zones or more.")
TOO_MANY = marked("At most 12 zones, please.")


@dataclass(frozen=True, slots=True)
class Draft:
    """A new campaign as far as it is typed: the form to show again, its documents, what there is to say about them."""

    form: dict[str, str]
    builts: Sequence[Built]
    judged: Judged
    is_named: bool
    """Whether somebody chose the id, which then is not changed for a free one."""

    def documents(self, attempt: int) -> list[dict[str, Any]]:
        """Return the documents, at a second try under other ids."""
        if attempt == 1:
            return [built.value for built in self.builts]
        [built] = self.builts
        return [{**built.value, "id": f"{built.value['id']}-{attempt}"}]


def draft(moment: str, typed: Fields, among: Surroundings, language: Language) -> Draft:
    """Return the campaign that a moment's form makes."""
    value = _document(moment, typed, among, language)
    before = _document(moment, _seed(typed), among, language) if SEED in typed else value
    made = applied(value, before, typed)
    built = Built(made.value, {**made.places, **moments.places(moment)})
    shown = opened(before)
    own = {name: text for name, text in typed.items() if not alike(text, shown.get(name, "\0"), lines=True)}
    form = {**opened(made.value), **own, SEED: _seed_text(typed)}
    named = made.value.get("id") != value.get("id")
    return Draft(form, [built], judge(built, among, language), named)


def opened_moment(moment: str, among: Surroundings, language: Language) -> dict[str, str]:
    """Return a moment's form as it is first shown."""
    answers = moments.first_answers(moment)
    if moment == QUEST:
        words = first_words(_locales(among, language))
        return {**answers, **message_fields(words, STAMP), **message_fields(words, REWARD)}
    return {**answers, **opened(_document(moment, answers, among, language))}


def quest(typed: Fields, among: Surroundings, language: Language, attempt: int = 1) -> Draft:
    """Return a quest: a stamp for each zone, and a reward at whichever comes last."""
    zones = items(typed.get(f"{PREFIX}.zones", ""))
    words, places = {}, {}
    for name in (STAMP, REWARD):
        found: dict[Any, str] = {}
        words[name] = patch_message(first_words(_locales(among, language)), {}, typed, found, name) or {}
        places[name] = {**found, (OWN,): f"{name}.0.title", ("name",): "name"}
    given = {**words, **_own_stores(among), "id": "quest" if attempt == 1 else f"quest-{attempt}"}
    if typed.get("name", "").strip():
        given["name"] = typed["name"]
    made = moments.documents(QUEST, typed, given, language, {})
    parts = [STAMP] * len(zones) + [REWARD] * len(zones)
    builts = [Built(one, places[part]) for one, part in zip(made, parts, strict=True)]
    return Draft(dict(typed), builts, _judged_all(builts, zones, among, language), is_named=False)


def _judged_all(
    builts: Sequence[Built], zones: Sequence[str], among: Surroundings, language: Language
) -> Judged:
    """Judge every campaign of a quest among the others; each fault is told once."""
    if not 2 <= len(zones) <= MOST_ZONES:
        words = TOO_MANY if zones[1:] else NO_ZONE
        return Judged(None, (Fault(f"{PREFIX}.zones", ERROR, language.gettext(words)),))
    alone = [judge(built, among, language) for built in builts]
    campaigns = {one.campaign.id: one.campaign for one in alone if one.campaign}
    together = Surroundings(among.plans, {**among.campaigns, **campaigns}, among.today)
    all_judged = [judge(built, together, language) for built in builts]
    faults = dict.fromkeys(fault for one in all_judged for fault in one.faults)
    whole = len(campaigns) == len(builts)
    return Judged(all_judged[0].campaign if whole else None, tuple(faults))


def _document(moment: str, answers: Fields, among: Surroundings, language: Language) -> dict[str, Any]:
    zones = {zone.id: zone.name for plan in among.plans.values() for zone in plan.zones}
    given: dict[str, Any] = {OWN: first_words(_locales(among, language)), **_own_stores(among)}
    [document] = moments.documents(moment, answers, given, language, zones)
    return document


def _own_stores(among: Surroundings) -> dict[str, Any]:
    """Return the stores a new campaign runs in where its maker has not all of them."""
    return {} if among.stores is None else {"stores": sorted(among.stores)}


def _locales(among: Surroundings, language: Language) -> list[str]:
    found = dict.fromkeys(plan.locale for plan in among.plans.values())
    return list(found) or [language.code]


def _seed(typed: Fields) -> Mapping[str, str]:
    try:
        found = json.loads(typed[SEED])
    except ValueError:
        return {}
    return {str(key): str(text) for key, text in found.items()} if isinstance(found, dict) else {}


def _seed_text(typed: Fields) -> str:
    return json.dumps({name: text for name, text in typed.items() if name.startswith(f"{PREFIX}.")})
