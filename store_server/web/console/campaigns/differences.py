"""Two revisions of a campaign side by side: the parts of its sentence that changed, and the lines of its YAML. Pure."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from campaigns.document import Campaign
from campaigns.message import Message
from protocol.instants import SECOND
from store_server.web.console.campaigns.sentence import (
    ZoneName,
    audience_words,
    channel_words,
    limit_words,
    moment_part,
    schedule_words,
)
from store_server.web.console.times import duration_words
from store_server.web.console.words import CAMPAIGN_STATES, marked
from store_server.web.design.language import Language

_Part: TypeAlias = tuple[str, tuple[str, ...]]
"""A label, and what is said under it."""


@dataclass(frozen=True, slots=True)
class ChangedPart:
    """One part of a campaign as it read in the one revision and reads in the other; empty where it was not there."""

    label: str
    before: str
    after: str


SEPARATOR = " · "

BLOCKED = {"inbox": marked("kept in the inbox"), "drop": marked("nothing is kept")}
_ON_EXIT = {True: marked("not sent any more"), False: marked("sent all the same")}
TRUST_WORDS = {
    "app": marked("the phone's word is enough"),
    "corroborated": marked("a gateway must have heard the beacon"),
}
GOAL_WORDS = {
    "purchase": marked("a purchase"),
    "visit": marked("another visit"),
    "opened": marked("the message is opened"),
}


def changed_parts(
    before: Campaign, after: Campaign, language: Language, zone_name: ZoneName
) -> list[ChangedPart]:
    """Return what reads differently, in the order of the sentence."""
    old = dict(_parts(before, language, zone_name))
    new = dict(_parts(after, language, zone_name))
    labels = [*new, *(label for label in old if label not in new)]
    return [
        ChangedPart(
            label,
            _only(old.get(label, ()), new.get(label, ())),
            _only(new.get(label, ()), old.get(label, ())),
        )
        for label in labels
        if old.get(label) != new.get(label)
    ]


def changed_lines(before: str, after: str, names: tuple[str, str]) -> str:
    """Return a unified difference of two texts."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), *names, lineterm="")
    return "\n".join(lines)


def line_counts(before: str, after: str) -> tuple[int, int]:
    """Return how many lines came and how many went."""
    came = went = 0
    for line in difflib.ndiff(before.splitlines(), after.splitlines()):
        came += line.startswith("+ ")
        went += line.startswith("- ")
    return came, went


def _only(of: Sequence[str], other: Sequence[str]) -> str:
    return SEPARATOR.join(one for one in of if one not in other)


def _parts(campaign: Campaign, language: Language, zone_name: ZoneName) -> Iterator[_Part]:
    say = language.gettext
    yield say("Name"), (campaign.name,)
    yield say("State"), (say(CAMPAIGN_STATES[campaign.status][0]),)
    stores = (say("every store"),) if campaign.stores is None else tuple(sorted(campaign.stores))
    yield say("Stores"), stores
    yield say("Moment"), (moment_part(campaign, language, zone_name),)
    yield say("Audience"), (audience_words(campaign, language, zone_name) or say("everyone"),)
    yield say("Schedule"), (schedule_words(campaign, language) or say("always"),)
    yield say("Channels"), (channel_words(campaign, language),)
    yield say("Limits"), tuple(limit_words(campaign, language))
    yield say("If it may not interrupt"), (say(BLOCKED[campaign.blocked]),)
    yield say("If the stay ends first"), (say(_ON_EXIT[campaign.cancel_on_exit]),)
    yield say("Trust"), (say(TRUST_WORDS[campaign.trust]),)
    yield say("Goal"), (_goal(campaign, language),)
    yield from _words(language, campaign.message)
    for variant in campaign.variants:
        label = language.say("Variant %(id)s", id=variant.id)
        yield label, (language.say("weight %(n)s", n=variant.weight),)
        if variant.message is not None:
            yield from _words(language, variant.message, f"{label}, ")


def _goal(campaign: Campaign, language: Language) -> str:
    if campaign.goal is None:
        return language.gettext("none")
    goal = language.gettext(GOAL_WORDS[campaign.goal.kind])
    span = duration_words(language, campaign.goal.within_ms // SECOND * SECOND)
    tag = f" ({campaign.goal.tag})" if campaign.goal.tag else ""
    return language.say("%(goal)s within %(span)s", goal=f"{goal}{tag}", span=span)


def _words(language: Language, message: Message, of: str = "") -> Iterator[_Part]:
    for locale, text in message.texts.items():
        label = f"{of}{language.say('Words (%(locale)s)', locale=locale)}"
        own = [f"{channel}: {words}" for channel, words in text.own.items()]
        yield label, tuple(filter(None, (text.title, text.body, text.link, *own)))
