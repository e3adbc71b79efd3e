"""Test messages to one's own phone, as a manager meets them: pairing, sending from the editor, what became of it in words."""

from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine
from sqlmodel import select

from protocol.instants import MINUTE, SECOND
from store_server.db.session import reading, writing
from store_server.db.tables import OwnPhone, PhoneCode, Trial
from store_server.delivery.answer import Accepted, Answer, Gone, Misconfigured, RetryAfter, Unknown
from store_server.delivery.dispatch import Dispatcher
from store_server.delivery.own_phones import hand_out_code, pair
from store_server.news import News
from store_server.web.console.accounts.accounts import add_account, remove_account
from store_server.web.console.phone.words import PATIENCE, fate
from store_server.web.console.times import StoreTime
from store_server.web.design.language import load_languages
from tests.fakes.courier import Courier
from tests.store_server.web.console.editor.test_editor import EDIT, NEW, opened, send
from tests.store_server.web.console.filling import FilledForm
from tests.store_server.web.console.reading import Page
from tests.store_server.web.console.sample import NOW
from tests.store_server.web.console.still_clock import StillClock

PASSWORD = "four words of mine"
ADDRESS = {"endpoint": "https://fcm.googleapis.com/x", "keys": {}}
TO_MY_PHONE = "trial:message.0"


@dataclass
class Editor:
    """Anna at the console, signed in."""

    console: httpx.AsyncClient
    engine: Engine

    async def tries(self, do: str = TO_MY_PHONE, address: str = EDIT, **typed: str) -> Page:
        form = await opened(self.console, address)
        return Page((await send(self.console, form, typed, do, address)).text)

    async def deliver(self, answer: Answer) -> Courier:
        courier = Courier(answer)
        await Dispatcher(self.engine, StillClock(NOW), {"push": [courier]}, News(), "worker-1").round()
        return courier

    def pair(self, name: str = "Anna") -> None:
        with writing(self.engine) as session:
            hand_out_code(session, name, "code", NOW)
            pair(session, "code", ADDRESS, "Mozilla/5.0 (Android 14) Firefox/140.0", f"of {name}", NOW)

    def trials(self) -> list[Trial]:
        with reading(self.engine) as session:
            found = list(session.exec(select(Trial)))
            session.expunge_all()
        return found


@pytest.fixture
async def anna(console: httpx.AsyncClient, engine: Engine) -> Editor:
    with writing(engine) as session:
        add_account(session, "Anna", PASSWORD, "owner", NOW)
        add_account(session, "Bruno", PASSWORD, "manager", NOW)
        add_account(session, "Dario", PASSWORD, "staff", NOW)
    await console.post("/console/sign-in", data={"name": "Anna", "password": PASSWORD})
    return Editor(console, engine)


async def test_a_phone_is_paired_by_a_code_that_is_shown_once(anna: Editor) -> None:
    account = Page((await anna.console.get("/console/account")).text)
    assert "Pair your phone once" in account.text()
    shown = await anna.console.post("/console/account/phone", data={"do": "pair"})
    page = Page(shown.text)
    code = page.text("code")
    assert (shown.status_code, page.faults, len(code)) == (200, [], 14)
    assert "Code handed out. It expires in 10 min." in page.text()
    assert code not in (await anna.console.get("/console/account/phone")).text
    with writing(anna.engine) as session:
        assert code not in session.exec(select(PhoneCode)).one().code_hash
        pair(session, code, ADDRESS, "Mozilla/5.0 (Android 14) Firefox/140.0", "secret", NOW)
    progress = Page((await anna.console.get("/console/account/phone/progress")).text)
    assert "Paired: Firefox 140, Android" in progress.text()
    assert "Firefox 140, Android" in (await anna.console.get("/console/account")).text
    removed = await anna.console.post("/console/account/phone", data={"do": "remove"})
    assert removed.headers["location"] == "/console/account"
    with reading(anna.engine) as session:
        assert session.get(OwnPhone, "Anna") is None


async def test_what_is_typed_and_not_saved_goes_to_the_phone_marked_as_a_test(anna: Editor) -> None:
    anna.pair()
    page = await anna.tries(**{"message.0.title": "Hello {first_name|you} 👟", "message.0.body": "Now שלום"})
    assert "On its way" in page.text()
    [(message, _, _)] = (await anna.deliver(Accepted())).sent
    assert (message.title, message.body) == ("Test: Hello you 👟", "Now שלום")
    part = await anna.console.get("/console/account/phone/trial", params={"of": "shoes-help"})
    assert "The push service has it" in part.text
    with reading(anna.engine) as session:
        running = session.connection().exec_driver_sql("SELECT max(revision) FROM campaign_revision")
        assert running.scalar() == 3, "nothing was saved"


async def test_it_is_marked_in_the_person_s_language_whatever_the_text_s(anna: Editor) -> None:
    anna.pair()
    await anna.tries("trial:message.1", f"{EDIT}?lang=it")
    [trial] = anna.trials()
    assert trial.title is not None
    assert trial.title.startswith("Prova: ")


async def test_each_language_variant_and_new_campaign_has_its_button(anna: Editor) -> None:
    anna.pair()
    variant = FilledForm((await send(anna.console, await opened(anna.console), {}, "variant:variants")).text)
    texts = {"variants.0.message.0.title": "Of a", "variants.0.message.0.body": "Words of a"}
    page = Page((await send(anna.console, variant, texts, "trial:variants.0.message.0")).text)
    buttons = [one["value"] for one in page.elements["button"] if one.get("value", "").startswith("trial:")]
    assert {"trial:message.0", "trial:variants.0.message.0"} <= set(buttons)
    fresh = await opened(anna.console, NEW, moment="quest")
    stamp = {"stamp.0.title": "A stamp", "stamp.0.body": "Well found"}
    await send(anna.console, fresh, stamp, "trial:stamp.0", NEW)
    assert [(one.subject, one.title) for one in anna.trials()] == [
        ("shoes-help", "Test: Of a"),
        ("new:quest", "Test: A stamp"),
    ]


async def test_a_campaign_that_does_not_push_says_how_the_shop_would_show_it(anna: Editor) -> None:
    anna.pair()
    page = await anna.tries(channels="inbox")
    assert "In the shop this waits quietly in the inbox. Your phone shows the same words" in page.text()
    await anna.tries(channels="sms", **{"message.0.sms": "By text: ask Anna"})
    assert [(one.title, one.body) for one in anna.trials()][1:] == [("Test: a message", "By text: ask Anna")]


async def test_a_text_that_is_not_one_is_not_sent(anna: Editor) -> None:
    anna.pair()
    page = await anna.tries(**{"message.0.title": ""})
    assert "Mend this text first: A title is needed." in page.text()
    quest = await opened(anna.console, NEW, moment="quest")
    empty = {f"stamp.0.{key}": "" for key in ("title", "body")}
    answer = await send(anna.console, quest, empty, "trial:stamp.0", NEW)
    assert "There is nothing to send yet: write a title and a text first." in Page(answer.text).text()
    assert anna.trials() == []


async def test_without_a_phone_it_says_where_to_pair_one(anna: Editor) -> None:
    page = await anna.tries()
    assert "No phone is paired with your account yet." in page.text()
    assert "/console/account/phone" in [one["href"] for one in page.elements["a"]]


async def test_on_a_machine_without_accounts_it_says_so(console: httpx.AsyncClient) -> None:
    answer = await send(console, await opened(console), {}, TO_MY_PHONE)
    assert "there are no accounts here" in answer.text


async def test_a_double_click_is_one_message_and_the_eleventh_waits(anna: Editor) -> None:
    anna.pair()
    form = await opened(anna.console)
    for _ in range(2):
        await send(anna.console, form, {}, TO_MY_PHONE)
    assert len(anna.trials()) == 1
    for number in range(9):
        await send(anna.console, form, {"message.0.title": f"No. {number}"}, TO_MY_PHONE)
    page = Page((await send(anna.console, form, {"message.0.title": "One more"}, TO_MY_PHONE)).text)
    assert "Enough test messages for now. The next may go at" in page.text()
    assert len(anna.trials()) == 10


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Gone(), "takes no messages any more. It was removed here; pair it again."),
        (Misconfigured("status 403"), "AISLECUE_PUSH_CONTACT (status 403)"),
        (Misconfigured("a payload of at most 3993 bytes expected, got 5000"), "too long for a push message"),
        (RetryAfter("status 503"), "The push service is busy and asks to wait (status 503)."),
        (RetryAfter("not reached: ConnectError"), "is it online? (not reached: ConnectError)"),
        (Unknown("silence"), "The push service did not answer. It may arrive all the same."),
    ],
)
async def test_a_refusal_is_told_in_plain_words(anna: Editor, answer: Answer, said: str) -> None:
    anna.pair()
    await anna.tries()
    await anna.deliver(answer)
    assert said in Page((await anna.console.get(EDIT)).text).text()


def test_how_it_stands_changes_with_time_and_what_the_phone_says() -> None:
    def told(later: int = 0, **now: Any) -> tuple[str, bool]:
        given: dict[str, Any] = {
            "state": "queued",
            "deadline_at": NOW + 5 * MINUTE,
            "created_at": NOW,
            "changed_at": NOW,
        }
        trial = Trial(id="t", account="Anna", subject="x", channel="push", body="B", **{**given, **now})
        found = fate(trial, StoreTime("Europe/Rome", load_languages()["en"], NOW + later))
        return found.title, found.is_settled

    assert told() == ("On its way", False)
    assert told(PATIENCE) == ("Nobody has taken it yet", False)
    assert told(SECOND, state="leased", attempts=1) == ("On its way", False)
    assert told(state="accepted") == ("The push service has it", False)
    assert told(5 * MINUTE, state="accepted") == (
        "The push service took it, and your phone has not shown it",
        True,
    )
    assert told(state="displayed") == ("Shown on your phone", True)
    assert told(state="expired", reason="deadline") == ("Not sent: its five minutes are over", True)
    assert told(state="dead", reason="no-answer") == ("No answer came", True)


async def test_nobody_sees_another_s_test_message_and_staff_sends_none(anna: Editor) -> None:
    anna.pair()
    anna.pair("Bruno")
    await anna.tries()
    await anna.console.post("/console/sign-in", data={"name": "Bruno", "password": PASSWORD})
    assert "On its way" not in (await anna.console.get(EDIT)).text
    part = await anna.console.get("/console/account/phone/trial", params={"of": "shoes-help"})
    assert part.text.strip() == ""
    await anna.console.post("/console/sign-in", data={"name": "Dario", "password": PASSWORD})
    assert (await anna.console.get("/console/account/phone")).status_code == 403
    assert (await anna.console.post("/console/account/phone", data={"do": "pair"})).status_code == 403
    assert "Pair a phone" not in (await anna.console.get("/console/account")).text


async def test_the_phone_goes_with_its_account(anna: Editor) -> None:
    anna.pair("Bruno")
    with writing(anna.engine) as session:
        remove_account(session, "Bruno", "Anna", NOW)
    with reading(anna.engine) as session:
        assert session.get(OwnPhone, "Bruno") is None


@pytest.mark.parametrize("lang", ["en", "it"])
async def test_the_phone_s_page_needs_no_account_and_nothing_from_elsewhere(anna: Editor, lang: str) -> None:
    anna.console.cookies.clear()
    answer = await anna.console.get("/console/phone/", headers={"Accept-Language": lang})
    page = Page(answer.text)
    assert (answer.status_code, page.faults) == (200, [])
    assert "manifest-src 'self'" in answer.headers["content-security-policy"]
    worker = await anna.console.get("/console/phone/sw.js")
    talk = worker.text.partition('importScripts("')[2].partition('"')[0]
    assert (await anna.console.get(talk)).status_code == 200
    manifest = (await anna.console.get("/console/phone/manifest.webmanifest")).json()
    assert manifest["start_url"] == "/console/phone/"
    assert (await anna.console.get("/console/phone")).status_code == 303, "only the page itself is open"
