"""One alert said to people, on pages and in messages alike (fleet.wording has the words of causes). Pure."""

from store_server.db.tables import Alert
from store_server.fleet.causes import BEACON, GATEWAY, Cause
from store_server.fleet.condition import NEVER, Condition
from store_server.fleet.troubles import CAMPAIGN, DOCUMENT, NOTHING_RUNS, PLAN, SERVER, UNSENT
from store_server.fleet.wording import Wording


def alert_words(alert: Alert, words: Wording) -> str:
    """Return what broke, such as "gateway gw-shoes silent since 14:02"."""
    say = words.speaker.say
    if alert.rule == CAMPAIGN and alert.state == UNSENT:
        when = words.when(alert.since_at or alert.broken_at)
        return say("campaign %(id)s has sent nothing since %(when)s", id=alert.name, when=when)
    if alert.rule == CAMPAIGN:
        return say("campaign %(id)s cannot fire", id=alert.name)
    if alert.rule == DOCUMENT:
        if alert.state == NOTHING_RUNS:
            return say("%(what)s does not read, and no revision before it", what=_document(alert, words))
        return say(
            "the newest revision of %(what)s does not read, the one before runs", what=_document(alert, words)
        )
    kind = alert.name if alert.rule == SERVER else alert.rule
    return words.cause(Cause(kind, alert.name, Condition(alert.state, alert.since_at), alert.why))


def back_words(alert: Alert, words: Wording) -> str:
    """Return that it is well again."""
    say = words.speaker.say
    if alert.rule == CAMPAIGN and alert.state == UNSENT:
        return say("campaign %(id)s sends again", id=alert.name)
    if alert.rule == CAMPAIGN:
        return say("campaign %(id)s can fire again", id=alert.name)
    if alert.rule == DOCUMENT:
        return say("the newest revision of %(what)s reads again", what=_document(alert, words))
    return words.back(alert.name if alert.rule == SERVER else alert.rule, alert.name)


def alert_reasons(alert: Alert, words: Wording) -> list[str]:
    """Return why, where a campaign or document is what broke; of anything else its words say it."""
    if alert.rule == DOCUMENT:
        return [alert.why]
    if alert.rule != CAMPAIGN:
        return []
    if alert.state == UNSENT:
        return [words.speaker.say("it had %(n)s occasions", n=alert.why)]
    # Of equipment only what was never heard stands here; what broke has an alert of its own.
    never = Condition(NEVER, None)
    return [
        words.cause(Cause(kind, name, never if kind in (GATEWAY, BEACON) else None))
        for kind, name in alert.detail
    ]


def _document(alert: Alert, words: Wording) -> str:
    if alert.name == PLAN and alert.store:
        return words.speaker.say("this store's plan")
    return words.speaker.say("campaign %(id)s", id=alert.name)
