"""Test messages to a manager's own phone: sent like any other, counted nowhere; a phone that is gone is removed."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from protocol.instants import MINUTE, SECOND
from store_server.db.session import open_database, reading, writing
from store_server.db.tables import Account, OwnPhone
from store_server.delivery.answer import (
    Accepted,
    Answer,
    Gone,
    InvalidAddress,
    Misconfigured,
    RetryAfter,
    Unknown,
)
from store_server.delivery.dispatch import Dispatcher
from store_server.delivery.errors import BadPhoneCode, NoPhone, TooSoon
from store_server.delivery.lease import LEASE_MS
from store_server.delivery.own_phones import (
    CODE_LIFE,
    hand_out_code,
    open_code,
    pair,
    phone_with,
    remove_phone,
)
from store_server.delivery.trials import (
    MOST,
    SAME_CLICK,
    TRIAL_LIFE,
    WITHIN,
    TrialWords,
    claim_trials,
    queue_trial,
    take_trial_receipt,
)
from store_server.news import News
from tests.fakes.clock import ManualClock
from tests.fakes.courier import Courier
from tests.store_server.delivery.waiting import add_phone
from tests.store_server.shop import OPENING, furnish, line, open_shop

WORDS = TrialWords("Test: Need a hand?", "Ask Anna.", None)
FATE = "SELECT state, reason, attempts FROM trial"
COUNTED = (
    "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM decision) + (SELECT count(*) FROM history)"
)


class Office:
    """An account with a phone, and delivery on a clock that moves by hand."""

    def __init__(self, database: Path) -> None:
        self.engine = open_database(database)
        self.clock = ManualClock(OPENING)
        with writing(self.engine) as session:
            for name in ("Anna", "Bruno"):
                session.add(Account(name=name, role="owner", password_hash="x", created_at=OPENING))
            session.flush()
            hand_out_code(session, "Anna", "k7qf-2m9x-hh4t", OPENING)
            pair(session, "K7QF 2M9X hh4t", {"of": "Anna"}, "Firefox", "secret", OPENING)

    def queue(self, words: TrialWords = WORDS, subject: str = "help") -> str:
        now = self.clock.now()
        with writing(self.engine) as session:
            return queue_trial(session, "Anna", subject, words, f"t{now}-{words.title}", now)

    async def deliver(self, *answers: Answer) -> Courier:
        courier = Courier(*answers)
        await Dispatcher(self.engine, self.clock, {"push": [courier]}, News(), "worker-1").round()
        return courier

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(sql)]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    furnish(tmp_path / "aislecue.db")
    office = Office(tmp_path / "aislecue.db")
    yield office
    office.engine.dispose()


async def test_it_goes_to_the_account_s_own_phone_once_and_is_in_no_count(office: Office) -> None:
    trial = office.queue()

    courier = await office.deliver()
    await office.deliver()

    [(message, address, _)] = courier.sent
    assert (message.id, message.title, message.body) == (trial, "Test: Need a hand?", "Ask Anna.")
    assert (address.install, address.kind, address.value) == ("Anna", "webpush", {"of": "Anna"})
    assert message.deadline_at == OPENING + TRIAL_LIFE
    assert office.rows(FATE) == [("accepted", None, 1)]
    assert office.rows(COUNTED) == [(0,)]


async def test_it_needs_no_campaign_no_consent_and_no_quiet_hour(office: Office) -> None:
    office.queue(subject="new:hesitate")
    with writing(office.engine) as session:
        session.connection().exec_driver_sql("DELETE FROM campaign_revision")
        session.connection().exec_driver_sql("DELETE FROM shopper")

    assert len((await office.deliver()).sent) == 1


async def test_real_messages_and_test_messages_share_a_round_and_stay_apart(tmp_path: Path) -> None:
    furnish(tmp_path / "aislecue.db")
    async with open_shop(tmp_path / "aislecue.db") as shop:
        office = Office(tmp_path / "aislecue.db")
        shop.write(lambda session: add_phone(session, "ann", "phone-1"))
        await shop.sight("ann", line("e", OPENING, kind="enter"))
        await shop.go(92)
        office.clock.go(shop.clock.now())
        office.queue()

        courier = await office.deliver()

        assert sorted(address.install for _, address, _ in courier.sent) == ["Anna", "phone-1"]
        assert shop.rows("SELECT shopper, state FROM outbox") == [("ann", "accepted")]
        assert shop.rows(FATE) == [("accepted", None, 1)]
        assert shop.rows("SELECT used FROM budget WHERE campaign = 'help'") == [(1,)]
        office.engine.dispose()


def test_a_click_sent_twice_is_one_message(office: Office) -> None:
    first = office.queue()
    office.clock.go(OPENING + SAME_CLICK - 1)
    assert office.queue() == first
    assert office.queue(TrialWords("Test: Other", "Words", None)) != first
    assert office.queue(subject="another") != first


async def test_the_same_words_may_go_again_once_the_first_ones_went(office: Office) -> None:
    first = office.queue()
    office.clock.go(OPENING + MINUTE)
    assert office.queue() == first, "still under way"
    await office.deliver()
    assert office.queue() != first


async def test_after_enough_of_them_it_says_when_the_next_may_go(office: Office) -> None:
    for number in range(MOST):
        office.clock.go(OPENING + number * SECOND)
        office.queue(TrialWords(f"Test: {number}", "Words", None))
    with pytest.raises(TooSoon) as refused:
        office.queue()
    assert refused.value.again_at == OPENING + WITHIN
    office.clock.go(OPENING + WITHIN)
    assert office.queue()


@pytest.mark.parametrize("answer", [Gone(), InvalidAddress("status 400")])
async def test_a_phone_that_its_push_service_does_not_know_any_more_is_removed(
    office: Office, answer: Answer
) -> None:
    office.queue()

    await office.deliver(answer)

    reason = "gone" if answer == Gone() else "status 400"
    assert office.rows(FATE) == [("invalid-address", reason, 1)]
    assert office.rows("SELECT count(*) FROM own_phone") == [(0,)]
    assert ("delivery", "phone.gone", "Anna") in office.rows("SELECT actor, action, subject FROM audit")
    with pytest.raises(NoPhone):
        office.queue()


async def test_a_phone_paired_while_the_old_one_was_written_to_stays(office: Office) -> None:
    class Slow(Courier):
        async def send(self, *given: object) -> Answer:
            with writing(office.engine) as session:
                session.get_one(OwnPhone, "Anna").address = {"of": "another"}
            return Gone()

    office.queue()
    await Dispatcher(office.engine, office.clock, {"push": [Slow()]}, News(), "worker-1").round()

    assert office.rows("SELECT count(*) FROM own_phone") == [(1,)]


async def test_it_is_tried_again_within_its_minutes_and_then_never(office: Office) -> None:
    office.queue()

    await office.deliver(RetryAfter("status 503", 5 * SECOND))
    assert office.rows(FATE) == [("queued", "status 503", 1)]
    office.clock.go(OPENING + TRIAL_LIFE)
    assert (await office.deliver()).sent == []

    assert office.rows(FATE) == [("expired", "status 503", 1)]


@pytest.mark.parametrize(
    ("answer", "fate"),
    [
        (Misconfigured("status 403"), ("dead", "status 403", 1)),
        (Unknown("silence"), ("queued", "no-answer", 1)),
        (Accepted(), ("accepted", None, 1)),
    ],
)
async def test_what_the_push_service_said_is_kept(
    office: Office, answer: Answer, fate: tuple[object, ...]
) -> None:
    office.queue()
    await office.deliver(answer)
    assert office.rows(FATE) == [fate]


async def test_a_worker_that_died_while_sending_is_followed_by_another(office: Office) -> None:
    office.queue()
    with writing(office.engine) as session:
        claim_trials(session, "worker-0", 1, office.clock.now())
    assert (await office.deliver()).sent == []
    office.clock.go(OPENING + LEASE_MS)
    assert len((await office.deliver()).sent) == 1
    assert office.rows(FATE) == [("accepted", None, 2)]


async def test_without_a_phone_any_more_it_says_so(office: Office) -> None:
    office.queue()
    with writing(office.engine) as session:
        remove_phone(session, "Anna", "Anna", OPENING)

    assert (await office.deliver()).sent == []

    assert office.rows(FATE) == [("invalid-address", "no-push-address", 1)]


async def test_receipts_move_it_on_and_only_those_of_its_own_phone(office: Office) -> None:
    trial = office.queue()
    await office.deliver()
    told = (("displayed", True), ("displayed", False), ("opened", True), ("displayed", False))
    for kind, news in told:
        with writing(office.engine) as session:
            phone = phone_with(session, "secret")
            assert phone is not None
            assert take_trial_receipt(session, phone, trial, kind, OPENING) is news
    with writing(office.engine) as session:
        stranger = OwnPhone(account="Bruno", credential_hash="", kind="", address={}, agent="", paired_at=0)
        assert take_trial_receipt(session, stranger, trial, "opened", OPENING) is None
    assert office.rows("SELECT state FROM trial") == [("opened",)]


def test_a_code_pairs_one_phone_for_ten_minutes(office: Office) -> None:
    def try_code(session: Session, code: str, at: int) -> str:
        return pair(session, code, {"of": "new"}, "Safari", "other secret", at).account

    with writing(office.engine) as session:
        with pytest.raises(BadPhoneCode):
            try_code(session, "k7qf-2m9x-hh4t", OPENING)  # used
        hand_out_code(session, "Bruno", "aaaa-bbbb-cccc", OPENING)
        hand_out_code(session, "Bruno", "dddd-eeee-ffff", OPENING)
        for bad, at in (("aaaa-bbbb-cccc", OPENING), ("dddd-eeee-ffff", OPENING + CODE_LIFE), ("", OPENING)):
            with pytest.raises(BadPhoneCode):
                try_code(session, bad, at)
        assert open_code(session, "Bruno", OPENING) == OPENING + CODE_LIFE
        assert try_code(session, "ddddeeeeffff", OPENING + CODE_LIFE - 1) == "Bruno"
        assert open_code(session, "Bruno", OPENING) is None


def test_pairing_again_puts_the_new_phone_in_the_old_one_s_place(office: Office) -> None:
    with writing(office.engine) as session:
        hand_out_code(session, "Anna", "dddd-eeee-ffff", OPENING)
        pair(session, "dddd-eeee-ffff", {"of": "new"}, "Safari", "other secret", OPENING)
    with reading(office.engine) as session:
        assert phone_with(session, "secret") is None
        assert session.get_one(OwnPhone, "Anna").address == {"of": "new"}


def test_phone_codes_and_test_messages_go_with_the_account(office: Office) -> None:
    office.queue()
    with writing(office.engine) as session:
        hand_out_code(session, "Anna", "dddd-eeee-ffff", OPENING)
    with writing(office.engine) as session:
        session.delete(session.get_one(Account, "Anna"))
    with reading(office.engine) as session:
        assert session.get(OwnPhone, "Anna") is None
    assert office.rows("SELECT (SELECT count(*) FROM phone_code), count(*) FROM trial") == [(0, 0)]
