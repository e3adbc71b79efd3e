"""What the rules say in names, said to people: outcomes, reasons, triggers, states (SPEC 4, 5; STYLE, Words)."""

from collections.abc import Mapping
from dataclasses import dataclass

from store_server.web.design.language import Language


def marked(text: str) -> str:
    """Return the text as it is; the catalogue's test finds what must be translated by this name."""
    return text


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an outcome looks: its word, tone and icon."""

    word: str
    tone: str
    icon: str
    meaning: str


OUTCOMES: Mapping[str, Outcome] = {
    "send": Outcome(marked("Sent"), "good", "send", marked("The message went on its way to the shopper.")),
    "ghost": Outcome(
        marked("Held out"),
        "held",
        "ghost",
        marked(
            "It would have been sent, but this shopper belongs to a group that is left alone, for comparison."
        ),
    ),
    "inbox": Outcome(
        marked("Kept in inbox"),
        "info",
        "inbox",
        marked("It did not interrupt; the shopper finds it in the inbox."),
    ),
    "suppressed": Outcome(
        marked("Silent"), "still", "silent", marked("Nothing was sent and nothing was kept.")
    ),
    "cancelled": Outcome(
        marked("Withdrawn"),
        "warn",
        "cross",
        marked("It was on its way, but the moment ended before it went out."),
    ),
    "expired": Outcome(
        marked("Too late"),
        "warn",
        "expired",
        marked("Its deadline passed before it could go out, so it never will."),
    ),
}
"""In the order pages list them."""

UNKNOWN_OUTCOME = Outcome(marked("Other"), "still", "dash", marked("An outcome this page does not know yet."))

REASONS: Mapping[str, str] = {
    "not_live": marked("the campaign is not live"),
    "outside_schedule": marked("it is outside the campaign's days and hours"),
    "audience": marked("the shopper is not in the campaign's audience"),
    "left": marked("the shopper had already left the zone"),
    "campaign_cap": marked("this shopper has had enough of this campaign"),
    "budget": marked("the campaign's budget is used up"),
    "not_corroborated": marked("no gateway of the zone heard the beacon"),
    "outranked": marked("a more important message came first"),
    "do_not_disturb": marked("the shopper was not to be disturbed just then"),
    "quiet_hours": marked("it was quiet hours"),
    "policy_cap": marked("the shopper has had enough messages for now"),
    "no_channel": marked("the shopper allows none of the campaign's channels"),
    "global_holdout": marked("the shopper is in the chain's comparison group"),
    "holdout": marked("the shopper is in the campaign's comparison group"),
    "deadline": marked("its deadline had passed"),
}
"""Each reads on after "because"; in the order the rules check them."""

ADVICE: Mapping[str, str] = {
    "not_live": marked("Set the campaign live if it should speak."),
    "outside_schedule": marked("Widen its days or hours if this moment should count."),
    "audience": marked("Look at the audience if this shopper should be in it."),
    "left": marked("A shorter wait would reach shoppers who stay briefly."),
    "campaign_cap": marked("The campaign's own limits keep it from repeating itself."),
    "budget": marked("Raise the budget or end the campaign."),
    "not_corroborated": marked("See whether the zone's gateway is online and hears the beacon."),
    "outranked": marked("Priority decides between campaigns that meet."),
    "do_not_disturb": marked("At a till, beside a colleague or while waiting for help nothing interrupts."),
    "quiet_hours": marked("Quiet hours are the store's or the shopper's own."),
    "policy_cap": marked("The store allows only so many messages a visit and a day, over all campaigns."),
    "no_channel": marked("The shopper decides which channels may be used."),
    "global_holdout": marked(
        "A small share of shoppers never gets messages, so that their effect can be measured."
    ),
    "holdout": marked(
        "A small share of the audience gets nothing, so that the campaign's effect can be measured."
    ),
    "deadline": marked("A message about a moment that is over helps nobody, so it is never sent late."),
}

TRIGGERS: Mapping[str, str] = {
    "arrive": marked("arrived in the store"),
    "enter": marked("came to %(zone)s"),
    "dwell": marked("stayed near %(zone)s"),
    "exit": marked("left %(zone)s"),
    "leave": marked("left the store"),
}

CHANNELS: Mapping[str, str] = {
    "push": marked("push"),
    "sms": marked("text message"),
    "webhook": marked("webhook"),
    "inbox": marked("inbox"),
    "email": marked("e-mail"),
    "staff": marked("a colleague"),
}

MESSAGE_STATES: Mapping[str, str] = {
    "queued": marked("waiting to go out"),
    "leased": marked("going out now"),
    "accepted": marked("taken by the provider"),
    "displayed": marked("shown to the shopper"),
    "opened": marked("opened by the shopper"),
    "dismissed": marked("put away by the shopper"),
    "expired": marked("never sent: its deadline passed"),
    "cancelled": marked("withdrawn before it went out"),
    "invalid-address": marked("the shopper's push address is no longer valid"),
    "dead": marked("given up after several tries"),
}

ROLE_WORDS: Mapping[str, str] = {
    "owner": marked("Owner"),
    "manager": marked("Manager"),
    "operator": marked("Operator"),
    "staff": marked("Staff"),
}

CAMPAIGN_STATES: Mapping[str, tuple[str, str, str]] = {
    "live": (marked("Live"), "good", "play"),
    "paused": (marked("Paused"), "warn", "pause"),
    "draft": (marked("Draft"), "still", "dash"),
    "ended": (marked("Ended"), "still", "check"),
}

DELIVERY_REASONS: Mapping[str, str] = {
    "not_live": marked("the campaign was paused before it went out"),
    "no_consent": marked("the shopper took back the consent"),
    "restored": marked("a backup was put back, and it may have gone out already"),
    "not_today": marked("the shopper said not today"),
    "left": marked("the shopper left before it went out"),
    "deadline": marked("its deadline passed before it could go out"),
    "no-answer": marked("the push service never answered, and a second try could have shown it twice"),
    "no-push-address": marked("the shopper has no push address any more"),
    "gave-up": marked("the push service refused it each time"),
}
"""Why a message that was decided did not go out; each reads on after "because"."""


def outcome_of(name: str) -> Outcome:
    return OUTCOMES.get(name, UNKNOWN_OUTCOME)


def reason_words(language: Language, reason: str | None) -> str:
    """Return the clause after "because"; a reason unknown here is shown by its name rather than hidden."""
    if reason is None:
        return ""
    words = REASONS.get(reason) or DELIVERY_REASONS.get(reason)
    return language.gettext(words) if words else reason.replace("_", " ")


def delivery_words(language: Language, reason: str) -> str:
    """Return why a message on its way did not go out; the same name may mean another thing before the decision."""
    words = DELIVERY_REASONS.get(reason)
    return language.gettext(words) if words else reason.replace("_", " ").replace("-", " ")


def named(language: Language, words: Mapping[str, str], name: str) -> str:
    """Return a name's words, or the name itself where we have none."""
    return language.gettext(words[name]) if name in words else name


def verdict(language: Language, outcome: str, reason: str | None, channel: str | None) -> str:
    """Return one decision as a sentence."""
    late = outcome in ("cancelled", "expired")
    because = delivery_words(language, reason) if late and reason else reason_words(language, reason)
    if outcome == "send" and channel == "inbox":
        return language.gettext("Put in the inbox")
    if outcome == "send" and channel:
        return language.say("Sent by %(channel)s", channel=named(language, CHANNELS, channel))
    if outcome == "ghost":
        return language.say("Would have been sent; held out because %(because)s", because=because)
    if outcome == "inbox" and because:
        return language.say("Kept in the inbox because %(because)s", because=because)
    if outcome == "suppressed" and because:
        return language.say("Silent because %(because)s", because=because)
    if because:
        return f"{language.gettext(outcome_of(outcome).word)}: {because}"
    return language.gettext(outcome_of(outcome).meaning)
