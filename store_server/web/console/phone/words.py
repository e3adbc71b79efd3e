"""What became of a test message, in plain words: a state of delivery and, where it failed, what to do about it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from protocol.instants import SECOND, Instant
from store_server.db.tables import Trial
from store_server.delivery.verdict import DEADLINE, GAVE_UP, NO_ADDRESS
from store_server.doubt import NO_ANSWER
from store_server.web.console.times import Moment, StoreTime
from store_server.web.console.words import marked

PATIENCE: Instant = 15 * SECOND
"""Delivery looks every five seconds at what another process queued; after three of those it is not there."""

_ENDS: Mapping[str, tuple[str, str, str]] = {
    "displayed": ("good", "check", marked("Shown on your phone")),
    "opened": ("good", "check", marked("Opened on your phone")),
    "dismissed": ("good", "check", marked("Put away on your phone")),
    "expired": ("bad", "warning", marked("Not sent: its five minutes are over")),
    "invalid-address": ("bad", "warning", marked("Not sent: your phone could not be reached")),
    "dead": ("bad", "warning", marked("Not sent: the push service refused it")),
}
_REASONS: Mapping[str, str] = {
    "gone": marked(
        "The push service says that this phone takes no messages any more. It was removed here; pair it again."
    ),
    NO_ADDRESS: marked("The phone was removed meanwhile. Pair it again."),
    NO_ANSWER: marked("The push service did not answer. It may arrive all the same."),
    GAVE_UP: marked("The push service refused it each time."),
    DEADLINE: marked("It could not go out in time."),
}
_UNKNOWN = marked(
    "The push service does not know the phone's address. It was removed here; pair it again (%(reason)s)."
)
_IDENTITY = marked(
    "The push service does not accept this server. Whoever runs it must look at AISLECUE_PUSH_CONTACT (%(reason)s)."
)
_TOO_LONG = marked("It is too long for a push message (%(reason)s).")
_BUSY = marked("The push service is busy and asks to wait (%(reason)s).")
_UNREACHED = marked("The server cannot reach the push service: is it online? (%(reason)s)")
_OTHER = marked("The push service said: %(reason)s.")


@dataclass(frozen=True, slots=True)
class Fate:
    """How a test message stands, ready to show; `is_settled`: nothing more is to come."""

    tone: str
    icon: str
    title: str
    detail: str
    at: Moment
    is_settled: bool


def fate(trial: Trial, times: StoreTime) -> Fate:
    """Return how a test message stands at the times' now."""
    say, now = times.language.gettext, times.now
    if trial.state in _ENDS:
        tone, icon, title = _ENDS[trial.state]
        title = marked("No answer came") if trial.reason == NO_ANSWER else title
        return Fate(tone, icon, say(title), _reason(trial, times), times.clock(trial.changed_at), True)
    tone, title, detail = _under_way(trial, times)
    is_settled = trial.state == "accepted" and now >= trial.deadline_at
    return Fate(tone, "expired", title, detail, times.clock(trial.changed_at), is_settled)


def _under_way(trial: Trial, times: StoreTime) -> tuple[str, str, str]:
    """Return tone, title and detail of what has not come to its end."""
    language, until = times.language, times.clock(trial.deadline_at).text
    if trial.state == "accepted" and times.now < trial.deadline_at:
        return (
            "info",
            language.gettext("The push service has it"),
            language.gettext("Waiting for your phone to show it."),
        )
    if trial.state == "accepted":
        lost = language.gettext(
            "It may have been off or offline, or its settings keep this page from showing messages."
        )
        return "warn", language.gettext("The push service took it, and your phone has not shown it"), lost
    if trial.attempts and trial.reason is not None:
        title = language.say("Not taken yet; tried again until %(until)s", until=until)
        return "warn", title, _reason(trial, times)
    if times.now - trial.created_at >= PATIENCE:
        nobody = language.say(
            "The server's delivery seems not to run. It waits until %(until)s.", until=until
        )
        return "warn", language.gettext("Nobody has taken it yet"), nobody
    return "info", language.gettext("On its way"), ""


def _reason(trial: Trial, times: StoreTime) -> str:
    reason = trial.reason
    if reason is None:
        return ""
    text = _REASONS.get(reason) or _technical(trial.state, reason)
    return times.language.say(text, reason=reason) if "%(" in text else times.language.gettext(text)


def _technical(state: str, reason: str) -> str:
    if state == "invalid-address":
        return _UNKNOWN
    if reason.startswith("not reached"):
        return _UNREACHED
    if reason.startswith("a payload") or reason == "status 413":
        return _TOO_LONG
    if reason in ("status 401", "status 403"):
        return _IDENTITY
    if reason == "status 429" or reason.startswith("status 5"):
        return _BUSY
    return _OTHER
