"""Why a shopper got a message, in sentences: from the decision as kept, and the campaign as it was then (SPEC 5, 8)."""

from collections.abc import Callable
from typing import Any

from campaigns.document import Campaign, Trigger
from protocol.instants import SECOND
from protocol.sighting import IMMEDIATE, NEAR
from store_server.db.tables import DecisionRow
from store_server.web.design.language import Language

_DWELL = {
    IMMEDIATE: "You stayed for %(span)s right at %(zone)s.",
    NEAR: "You stayed for %(span)s near %(zone)s.",
}
_MOMENTS = {
    "arrive": "You arrived at %(store)s.",
    "leave": "You left %(store)s.",
    "enter": "You came to %(zone)s.",
    "exit": "You left %(zone)s.",
    "dwell": "You stayed for %(span)s in %(zone)s.",
}
_QUIETLY = {
    "outranked": "It waited in your inbox because another message mattered more just then.",
    "do_not_disturb": "It waited in your inbox because you were not to be disturbed just then.",
    "quiet_hours": "It waited in your inbox because it was quiet hours.",
    "policy_cap": "It waited in your inbox because you had had enough messages.",
    "no_channel": "It waited in your inbox because you take no other messages.",
}
PURPOSES = {
    "proximity": "your zone",
    "push": "messages",
    "personalisation": "messages chosen for you",
}


def because(
    row: DecisionRow, campaign: Campaign, language: Language, place: dict[str, str], consent: dict[str, bool]
) -> list[str]:
    """Return the reasons, the moment first; `place` gives the names of store and zone."""
    facts, say = row.facts, language.say
    sentences = [_moment(campaign.trigger, language, place)]
    sentences.append(
        say("That set off “%(name)s”, a message this store prepared for that moment.", name=campaign.name)
    )
    if campaign.audience is None:
        sentences.append(say("It is for everyone who agreed."))
    else:
        sentences.append(
            say("It is for a group, and what we know of you fits: %(what)s.", what=_known(facts, language))
        )
    if campaign.trust == "corroborated":
        sentences.append(say("A receiver in the store heard the same beacon as your phone."))
    if row.reason in _QUIETLY:
        sentences.append(say(_QUIETLY[row.reason]))
    sentences += _limits(facts, say)
    agreed = [language.gettext(words) for purpose, words in PURPOSES.items() if consent.get(purpose) is True]
    if agreed:
        sentences.append(
            say("You said yes to: %(what)s. You can change that at any time.", what=", ".join(agreed))
        )
    return sentences


def _moment(trigger: Trigger, language: Language, place: dict[str, str]) -> str:
    text = _MOMENTS[trigger.on]
    if trigger.on == "dwell":
        text = _DWELL.get(trigger.within, text)
    return language.say(text, span=_span(trigger.after_ms // SECOND, language), **place)


def _span(seconds: int, language: Language) -> str:
    if seconds < 120:
        return language.count("%(n)s second", "%(n)s seconds", seconds)
    return language.count("%(n)s minute", "%(n)s minutes", seconds // 60)


def _known(facts: dict[str, Any], language: Language) -> str:
    known = []
    if facts.get("tier"):
        known.append(language.say("level %(tier)s", tier=facts["tier"]))
    if facts.get("tags"):
        known.append(language.say("interests %(tags)s", tags=", ".join(facts["tags"])))
    if facts.get("personalisation"):
        known.append(language.gettext("your earlier visits and purchases"))
    return ", ".join(known) or language.gettext("your language")


def _limits(facts: dict[str, Any], say: Callable[..., str]) -> list[str]:
    a_day = facts.get("interruptions_per_day")
    if not isinstance(a_day, int):
        return []
    return [say("Over all campaigns at most %(n)s messages a day may interrupt you.", n=a_day)]
