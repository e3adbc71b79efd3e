"""What the documents' own checks say, said beside a field in the manager's language (campaigns, protocol.reading, lint)."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from protocol.errors import Problem
from store_server.web.console.reader_words import told
from store_server.web.console.words import marked
from store_server.web.design.language import Language


class Saying(NamedTuple):
    """A pattern of "expected ... | got ...", and the words for it; its names are the groups of the pattern."""

    pattern: re.Pattern[str]
    words: str


def _saying(pattern: str, words: str) -> Saying:
    return Saying(re.compile(pattern, re.DOTALL), words)


NUMBER = r"(?P<low>\S+) to (?P<high>\S+) \|"

SAYINGS: Sequence[Saying] = (
    _saying(r"'zone' in |zone of lower-case", marked("Choose a zone.")),
    _saying(r"'title' in |title as text that is not empty", marked("A title is needed.")),
    _saying(r"'body' in |body as text that is not empty", marked("A text is needed.")),
    _saying(r"a message in at least one locale|'message' in ", marked("A title and a text are needed.")),
    _saying(r"'name' in |name as text that is not empty", marked("A name is needed.")),
    _saying(r"'after_s' in ", marked("Say how long.")),
    _saying(r"'(\w+)' in ", marked("This is needed.")),
    _saying(rf"a whole number from {NUMBER}", marked("A whole number from %(low)s to %(high)s.")),
    _saying(r"after_s as a number from 1 to 86400", marked("From 1 second to 24 hours.")),
    _saying(rf"a number from {NUMBER}", marked("A number from %(low)s to %(high)s.")),
    _saying(r"at most (?P<most>\d+) characters \|", marked("At most %(most)s characters.")),
    _saying(
        r"lower-case letters, digits and dashes",
        marked("Small letters, digits and dashes only, at most 63."),
    ),
    _saying(r"as text \||as text that is not empty", marked("A text, please.")),
    _saying(r"a day such as ", marked("A day such as 2026-11-01.")),
    _saying(
        r"a last day not before the first, (?P<first>\S+)",
        marked("The last day comes before the first, %(first)s."),
    ),
    _saying(r"hours such as ", marked("Hours such as 10:00-13:00, with commas between.")),
    _saying(r"a start from 00:00", marked("The hours start between 00:00 and 23:59.")),
    _saying(r"an end from 00:00", marked("The hours end between 00:00 and 24:00.")),
    _saying(r"an end that differs from the start", marked("These hours end when they start.")),
    _saying(r"days as a list|stores as a list|channels as a list", marked("Choose at least one.")),
    _saying(r"store ids, or ", marked("A store of the list, please.")),
    _saying(r"(?P<channel>\w+) once \| got it twice", marked("Each channel once, please.")),
    _saying(r"each variant id once", marked("Each variant has its own name.")),
    _saying(
        r"each campaign id once|based on revision 0", marked("There is a campaign of this name already.")
    ),
    _saying(r"a store that has a plan", marked("There is no such store.")),
    _saying(r"a zone of (?P<store>\S+) \|", marked("There is no such zone in %(store)s.")),
    _saying(
        r"a beacon in zone '(?P<zone>\S+)' of (?P<store>\S+) \|",
        marked("No phone can be seen there: zone %(zone)s of %(store)s has no beacon."),
    ),
    _saying(
        r"a gateway in (zone '(?P<zone>\S+)' of )?(?P<store>\S+) to corroborate",
        marked("No gateway of %(store)s stands there to confirm what phones claim."),
    ),
    _saying(
        r"a (title|body) of at most (?P<most>\d+) characters for a lock screen \| got (?P<got>\d+)",
        marked("A lock screen shows %(most)s characters; these are %(got)s."),
    ),
    _saying(
        r"one SMS .*got (?P<parts>\d+) parts",
        marked("This goes out as %(parts)s text messages instead of one."),
    ),
    _saying(r"words for (push|webhook) that fit", marked("This is too long to be sent.")),
    _saying(
        r"words in '(?P<locale>\S+)', the locale of (?P<store>\S+) \|",
        marked("There are no words in %(locale)s, the language of %(store)s."),
    ),
    _saying(
        r"words in '(?P<locale>\S+)' as in",
        marked("This variant has no words in %(locale)s, and it replaces all of them."),
    ),
    _saying(r"a language tag|a locale ", marked("No phone asks for this language.")),
    _saying(
        r"a priority above (?P<above>\d+), .*only the inbox",
        marked("A campaign with priority %(above)s always comes first, so this one only reaches the inbox."),
    ),
    _saying(
        r"a priority above (?P<above>\d+),",
        marked("A campaign with priority %(above)s always comes first, so nobody gets this one."),
    ),
    _saying(
        r"a trigger, audience or schedule of its own .*the same as '(?P<other>[^']+)'",
        marked("%(other)s has the same moment, audience and times."),
    ),
    _saying(r"a deadline beyond", marked("Too short: the stores compare competing campaigns for longer.")),
    _saying(r"somebody can be in", marked("Nobody can fulfil these conditions.")),
    _saying(r"within the dates", marked("None of these days lies between the first and the last.")),
    _saying(r"a last day from today", marked("The last day is over already.")),
    _saying(r"at least 1 message|a budget of at least 1", marked("With 0 nobody gets it.")),
    _saying(r"a holdout of less than 100", marked("With 100 everybody is held out.")),
    _saying(r"hours outside the quiet hours", marked("All of these hours are quiet hours.")),
    _saying(r"a zone of .* in which messages may interrupt", marked("Nothing interrupts in this zone.")),
    _saying(r"a policy of .* that lets something interrupt", marked("This store lets nothing interrupt.")),
    _saying(
        r"a per_visit that the policy of (?P<store>\S+) allows, at most (?P<most>\d+)",
        marked("%(store)s allows at most %(most)s messages a visit."),
    ),
    _saying(r"per_visit: 1 with", marked("This moment comes once a visit.")),
    _saying(r"a span of more than 0 days", marked("0 days limit nothing.")),
    _saying(r"a cooldown that leaves room", marked("With this pause so many messages never fit.")),
    _saying(r"a campaign that is here", marked("There is no such campaign.")),
    _saying(r"at least two variants", marked("One variant alone compares nothing.")),
    _saying(r"variants that differ", marked("Two variants say the same.")),
    _saying(r"a goal that .* can tell of", marked("These channels cannot tell whether it is opened.")),
    _saying(
        r"a window of at most (?P<most>\d+) days",
        marked("Nothing is kept longer than %(most)s days."),
    ),
    _saying(r"tier, tags, locale or attributes", marked("Give the attribute a name.")),
    _saying(r"value as a list|in the condition on a field|text \(", marked("Say which.")),
    _saying(r"an op for text|contains, contains_any", marked("This comparison does not fit here.")),
    _saying(r"no (?P<key>\w+) with (?P<on>\w+) \|", marked("This does not fit the moment.")),
)
"""Tried in order; the first that fits speaks."""

OTHERWISE = marked("Expected %(expected)s, got %(got)s.")
"""For what the form cannot bring about, and the YAML view can."""


def problem_words(problem: Problem, language: Language) -> str:
    """Return what is wrong as one sentence for the field it is wrong in."""
    text = f"{problem.expected} | got {problem.got}"
    for saying in SAYINGS:
        if found := saying.pattern.search(text):
            return language.say(saying.words, **found.groupdict())
    return language.say(OTHERWISE, expected=told(problem.expected, language), got=told(problem.got, language))
