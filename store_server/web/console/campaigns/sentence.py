"""A campaign read as a sentence: when ... and is ... on ... send ...; parts that a manager would change stand out. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from campaigns.conditions import AllOf, AnyOf, Condition, Field, Happened, Not, VisitedZone, Visits
from campaigns.document import Campaign, Trigger
from campaigns.openings import is_on_at, next_change
from protocol.daytime import DaySpan
from protocol.instants import DAY, SECOND
from protocol.sighting import IMMEDIATE, NEAR
from store_server.web.console.times import DAY_NAMES, MONTHS, StoreTime, duration_words
from store_server.web.console.words import CHANNELS, marked, named
from store_server.web.design.language import Language

ZoneName = Callable[[str | None], str]


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the sentence; `strong` where it is the manager's own choice."""

    text: str
    strong: bool = False


_MOMENTS = {
    "arrive": marked("When someone |arrives in the store|"),
    "leave": marked("When someone |leaves the store|"),
    "exit": marked("When someone |leaves %(zone)s|"),
    "enter": marked("When someone |comes to %(zone)s|"),
    "enter near": marked("When someone |comes near %(zone)s|"),
    "enter immediate": marked("When someone |stands right at %(zone)s|"),
    "dwell": marked("When someone |stays %(span)s| in |%(zone)s|"),
    "dwell near": marked("When someone |stays %(span)s| near |%(zone)s|"),
    "dwell immediate": marked("When someone |stays %(span)s| right at |%(zone)s|"),
}

_COMPARED = {
    "eq": marked("has %(field)s %(value)s"),
    "ne": marked("has another %(field)s than %(value)s"),
    "in": marked("has %(field)s %(value)s"),
    "not_in": marked("has another %(field)s than %(value)s"),
    "contains": marked("has %(value)s among the %(field)s"),
    "contains_any": marked("has %(value)s among the %(field)s"),
    "ge": marked("has %(field)s of at least %(value)s"),
    "le": marked("has %(field)s of at most %(value)s"),
    "gt": marked("has %(field)s of more than %(value)s"),
    "lt": marked("has %(field)s of less than %(value)s"),
    "exists": marked("has a known %(field)s"),
}

_FIELDS = {"tier": marked("tier"), "tags": marked("tags"), "locale": marked("language")}

_HAPPENED = {
    "purchase": (marked("bought something"), marked("bought %(what)s")),
    "received": (marked("got a message"), marked("got a message of %(what)s")),
    "opened": (marked("opened a message"), marked("opened a message of %(what)s")),
}


def campaign_sentence(campaign: Campaign, language: Language, zone_name: ZoneName) -> tuple[Part, ...]:
    """Return the whole campaign in one sentence."""
    parts = _parts(_moment(campaign.trigger, language, zone_name))
    if campaign.audience is not None:
        parts += [
            Part(language.gettext(" and ")),
            Part(_condition(campaign.audience, language, zone_name), strong=True),
        ]
    when = schedule_words(campaign, language)
    if when:
        parts += [Part(", "), Part(when, strong=True)]
    parts += _parts(
        language.say(
            ", send |%(words)s| by |%(channels)s|",
            words=_title(campaign, language),
            channels=_channels(campaign, language),
        )
    )
    if campaign.trust == "corroborated":
        parts.append(Part(language.gettext(", if a gateway of the zone heard the beacon too")))
    return (*parts, Part("."))


def moment_part(campaign: Campaign, language: Language, zone_name: ZoneName) -> str:
    """Return the sentence's beginning, "When someone comes to Shoes", unmarked."""
    return "".join(part.text for part in _parts(_moment(campaign.trigger, language, zone_name)))


def schedule_words(campaign: Campaign, language: Language) -> str:
    """Return days, hours and dates in words; nothing where the campaign is always on."""
    schedule = campaign.schedule
    words = []
    if schedule.days is not None and len(schedule.days) < 7:
        words.append(_days(schedule.days, language))
    if schedule.hours:
        words.append(", ".join(map(_hours, schedule.hours)))
    months = language.gettext(MONTHS).split()
    if schedule.starts:
        day = f"{schedule.starts.day} {months[schedule.starts.month - 1]} {schedule.starts.year}"
        words.append(language.say("from %(day)s", day=day))
    if schedule.ends:
        day = f"{schedule.ends.day} {months[schedule.ends.month - 1]} {schedule.ends.year}"
        words.append(language.say("until %(day)s", day=day))
    return " ".join(words)


def audience_words(campaign: Campaign, language: Language, zone_name: ZoneName) -> str:
    """Return whom it is for; nothing where it is for everyone."""
    return "" if campaign.audience is None else _condition(campaign.audience, language, zone_name)


def channel_words(campaign: Campaign, language: Language) -> str:
    """Return the channels in order of preference, "push or inbox"."""
    return _channels(campaign, language)


def next_words(campaign: Campaign, times: StoreTime) -> str:
    """Return when its schedule opens or closes next, in the store's time; nothing where it never changes."""
    at = next_change(campaign.schedule, times.timezone, times.now)
    if at is None:
        return ""
    when = times.day_and_time(at)
    if is_on_at(campaign.schedule, times.timezone, times.now):
        return times.language.say("open until %(when)s", when=when)
    return times.language.say("opens %(when)s", when=when)


def limit_words(campaign: Campaign, language: Language) -> list[str]:
    """Return each limit of the campaign in words, shares kept out and priority last."""
    limits, found = campaign.limits, []
    found.append(
        language.count("at most %(n)s message a visit", "at most %(n)s messages a visit", limits.per_visit)
    )
    if limits.per_shopper is not None:
        span = limits.per_shopper_ms
        if span is None:
            found.append(language.say("at most %(n)s a shopper, ever", n=limits.per_shopper))
        else:
            found.append(
                language.say(
                    "at most %(n)s a shopper in %(span)s",
                    n=limits.per_shopper,
                    span=duration_words(language, span),
                )
            )
    if limits.cooldown_ms is not None:
        found.append(
            language.say("at least %(span)s between two", span=duration_words(language, limits.cooldown_ms))
        )
    if limits.total is not None:
        found.append(language.say("at most %(n)s messages in all", n=limits.total))
    if campaign.holdout_pct:
        found.append(
            language.say("%(n)s %% of shoppers held out, for comparison", n=f"{campaign.holdout_pct:g}")
        )
    found.append(
        language.say(
            "never later than %(span)s after the moment", span=duration_words(language, campaign.deadline_ms)
        )
    )
    found.append(language.say("priority %(n)s of 100", n=campaign.priority))
    return found


def _moment(trigger: Trigger, language: Language, zone_name: ZoneName) -> str:
    band = (
        {IMMEDIATE: " immediate", NEAR: " near"}.get(trigger.within, "")
        if trigger.on in ("enter", "dwell")
        else ""
    )
    span = duration_words(language, trigger.after_ms // SECOND * SECOND)
    return language.say(
        _MOMENTS[trigger.on + band], zone=zone_name(trigger.zone).replace("|", "/"), span=span
    )


def _parts(text: str) -> list[Part]:
    """Split at bars: what stands between two is strong."""
    return [Part(piece, strong=bool(index % 2)) for index, piece in enumerate(text.split("|")) if piece]


def _title(campaign: Campaign, language: Language) -> str:
    text = campaign.message.text(language.code, "en")
    return f"“{text.title}”".replace("|", "/")


def _channels(campaign: Campaign, language: Language) -> str:
    return _either([named(language, CHANNELS, channel) for channel in campaign.channels], language)


def _days(days: Iterable[int], language: Language) -> str:
    chosen = frozenset(days)
    if chosen == frozenset(range(5)):
        return language.gettext("on weekdays")
    if chosen == frozenset((5, 6)):
        return language.gettext("at weekends")
    names = language.gettext(DAY_NAMES).split()
    runs = [
        f"{names[run[0]]}–{names[run[-1]]}" if len(run) > 2 else ", ".join(names[day] for day in run)
        for run in _runs(chosen)
    ]
    return language.say("on %(days)s", days=", ".join(runs))


def _runs(days: Iterable[int]) -> list[list[int]]:
    """Group days that follow one another."""
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def _hours(span: DaySpan) -> str:
    return str(span).replace("-", "–")


def _condition(node: Condition, language: Language, zone_name: ZoneName) -> str:
    match node:
        case AllOf(parts):
            return language.gettext(" and ").join(_nested(part, language, zone_name) for part in parts)
        case AnyOf(parts):
            return _either([_nested(part, language, zone_name) for part in parts], language)
        case Not(part):
            return language.say("not (%(what)s)", what=_condition(part, language, zone_name))
        case Field():
            return _field(node, language)
        case Visits(at_least, within):
            words = language.count(
                "has visited at least %(n)s time", "has visited at least %(n)s times", at_least
            )
            return words + _within(within, language)
        case Happened(kind, what, within):
            plain, specific = _HAPPENED[kind]
            words = language.say(specific, what=what) if what else language.gettext(plain)
            return language.say("has %(done)s", done=words) + _within(within, language)
        case VisitedZone(zone):
            return language.say("has been at %(zone)s on this visit", zone=zone_name(zone))


def _nested(part: Condition, language: Language, zone_name: ZoneName) -> str:
    words = _condition(part, language, zone_name)
    return f"({words})" if isinstance(part, AllOf | AnyOf) else words


def _field(node: Field, language: Language) -> str:
    name = node.attribute.replace("_", " ") if node.attribute else language.gettext(_FIELDS[node.name])
    values = node.value if isinstance(node.value, tuple) else (node.value,)
    return language.say(
        _COMPARED[node.op], field=name, value=_either([str(value) for value in values], language)
    )


def _within(span: int | None, language: Language) -> str:
    if span is None:
        return ""
    return language.say(" within %(span)s", span=duration_words(language, max(span, DAY)))


def _either(words: list[str], language: Language) -> str:
    return language.gettext(" or ").join(words)
