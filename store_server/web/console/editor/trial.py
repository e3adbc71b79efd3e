"""A text of the editor's form as a test message to one's own phone: what it says, why it is not sent, what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from sqlmodel import Session

from campaigns.message import Text, words
from protocol.plan import StorePlan
from store_server.db.session import reading, writing
from store_server.delivery.errors import NoPhone, TooSoon
from store_server.delivery.trials import TrialWords, latest_trial, queue_trial
from store_server.ids import new_id
from store_server.web.console.accounts.accounts import Person
from store_server.web.console.accounts.gate import person_of
from store_server.web.console.desk import Desk
from store_server.web.console.editor.fields import Fields, items
from store_server.web.console.editor.messages import TEXTS
from store_server.web.console.editor.reading import Sent
from store_server.web.console.phone.words import Fate, fate
from store_server.web.console.times import StoreTime
from store_server.web.console.words import marked
from store_server.web.design.language import Language

TRIAL = "trial:"
"""Begins the value of the buttons that send; the row of the text follows."""

ELSEWHERE: Mapping[str, str] = {
    "sms": marked("In the shop this goes out as a text message."),
    "webhook": marked("In the shop this goes to another system."),
    "inbox": marked("In the shop this waits quietly in the inbox."),
    "email": marked("In the shop this goes out as an e-mail."),
    "staff": marked("In the shop this goes to a colleague."),
}
"""What a campaign's first channel does, where it is no push; a test shows the same words as a notification."""
_AS_PUSH = marked("Your phone shows the same words as a notification.")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a test message was not queued; `way_out` is where that can be changed, and its name."""

    why: str
    way_out: tuple[str, str] | None = None


def try_out(
    desk: Desk, request: Request, sent: Sent, subject: str, errors: Mapping[str, str]
) -> Refusal | None:
    """Queue the text whose button was pressed, or say why not."""
    by, row, language = person_of(request), sent.do.removeprefix(TRIAL), desk.language(request)
    if not by.signed_in:
        return Refusal(
            language.gettext("Test messages go to the phone of an account, and there are no accounts here."),
            ("accounts", language.gettext("Accounts")),
        )
    fault = next((errors[name] for name in errors if name.startswith(f"{row}.")), None)
    if fault is not None:
        return Refusal(language.say("Mend this text first: %(fault)s", fault=fault))
    said = trial_words(sent.form, row, language)
    if said is None:
        return Refusal(language.gettext("There is nothing to send yet: write a title and a text first."))
    return _queued(desk, by, subject, said, language)


def _queued(desk: Desk, by: Person, subject: str, said: TrialWords, language: Language) -> Refusal | None:
    now = desk.clock.now()
    try:
        with writing(desk.engine) as session:
            queue_trial(session, by.name, subject, said, new_id(), now)
    except NoPhone:
        why = language.gettext("No phone is paired with your account yet.")
        return Refusal(why, ("account/phone", language.gettext("Pair a phone")))
    except TooSoon as fault:
        with reading(desk.engine) as session:
            at = _times(desk, desk.plans(session), language).clock(fault.again_at).text
        return Refusal(language.say("Enough test messages for now. The next may go at %(at)s.", at=at))
    return None


def trial_words(form: Fields, row: str, language: Language) -> TrialWords | None:
    """Return what a row of words shows on the phone, marked as a test; None where there is nothing to show."""
    said = {key: form.get(f"{row}.{key}", "").replace("\r\n", "\n").strip() for key in TEXTS}
    own = {key: said[key] for key in ("sms", "webhook") if said[key]}
    text = Text(said["title"], said["body"], said["link"] or None, own)
    title, body, link = words(text, first_channel(form), {})
    if not body or title == "":
        return None
    return TrialWords(
        language.say("Test: %(title)s", title=title or language.gettext("a message")), body, link
    )


def first_channel(form: Fields) -> str:
    """Return the channel that a campaign prefers."""
    return next(iter(items(form.get("channels", ""))), "push")


def shown_elsewhere(form: Fields, language: Language) -> str:
    """Return in words that the shop would not push this; "" where it would."""
    told = ELSEWHERE.get(first_channel(form))
    return f"{language.gettext(told)} {language.gettext(_AS_PUSH)}" if told else ""


def latest_fate(
    desk: Desk, session: Session, by: Person | None, subject: str, language: Language
) -> Fate | None:
    """Return how the newest test message of what is being edited stands."""
    if by is None or not by.signed_in:
        return None
    trial = latest_trial(session, by.name, subject, desk.clock.now())
    return None if trial is None else fate(trial, _times(desk, desk.plans(session), language))


def shown_trial(desk: Desk, request: Request, form: Fields, subject: str) -> dict[str, Any]:
    """Return what the editor's template says of test messages."""
    language = desk.language(request)
    with reading(desk.engine) as session:
        found = latest_fate(desk, session, person_of(request), subject, language)
    return {"fate": found, "subject": subject, "elsewhere": shown_elsewhere(form, language)}


def _times(desk: Desk, plans: Mapping[str, StorePlan], language: Language) -> StoreTime:
    plan = next(iter(plans.values()), None)
    return desk.times(plan, language) if plan else StoreTime("UTC", language, desk.clock.now())
