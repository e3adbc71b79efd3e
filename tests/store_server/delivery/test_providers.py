"""What each push service last said is kept: when it began to refuse, and when it took something again."""

from pathlib import Path

import pytest

from protocol.instants import SECOND
from store_server.db.session import open_database, writing
from store_server.delivery.answer import (
    Accepted,
    Answer,
    Gone,
    Interrupted,
    InvalidAddress,
    Misconfigured,
    Refused,
    RetryAfter,
    TooLate,
    Unknown,
    Unreached,
)
from store_server.delivery.providers import judge_answer, note_providers
from tests.fakes.courier import Courier
from tests.store_server.delivery.waiting import add_phone, dispatcher
from tests.store_server.shop import OPENING, furnish, line, open_shop, read_rows

KEPT = "SELECT name, state, why, since_at - ?, heard_at - ? FROM server_part"


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (Accepted(), ("well", "")),
        (Refused("status 403"), ("refused", "status 403")),
        (RetryAfter("status 503"), ("failing", "status 503")),
        (Unreached("not reached: ConnectError"), ("unreachable", "not reached: ConnectError")),
        (Unknown("no answer"), ("unreachable", "no answer")),
        (Interrupted("failed here"), None),
        (TooLate(), None),
        (Gone(), None),
        (InvalidAddress("status 400"), None),
        (Misconfigured("status 413"), None),
    ],
)
def test_what_is_about_the_address_or_the_message_says_nothing_of_the_provider(
    answer: Answer, word: tuple[str, str] | None
) -> None:
    assert judge_answer(answer) == word


def test_a_word_keeps_its_beginning_until_another_comes_and_a_good_one_wins(tmp_path: Path) -> None:
    path = tmp_path / "aislecue.db"
    furnish(path)
    database = open_database(path)
    said: list[tuple[int, list[Answer]]] = [
        (0, [RetryAfter("status 500")]),
        (30, [RetryAfter("status 503")]),
        (40, [Accepted(), Refused("status 403"), Gone()]),
        (50, [Gone()]),
    ]
    for second, answers in said:
        with writing(database) as session:
            note_providers(session, [("push.example", one) for one in answers], OPENING + second * SECOND)
        if second == 30:
            assert read_rows(path, KEPT, OPENING, OPENING) == [
                ("push.example", "failing", "status 503", 0, 30_000)
            ]
    assert read_rows(path, KEPT, OPENING, OPENING) == [("push.example", "well", "", 40_000, 40_000)]
    database.dispose()


async def test_the_delivery_role_keeps_what_its_providers_say(tmp_path: Path) -> None:
    furnish(tmp_path / "aislecue.db")
    async with open_shop(tmp_path / "aislecue.db") as shop:
        shop.write(lambda session: add_phone(session, "ann", "phone-1"))
        await shop.sight("ann", line("e", OPENING, kind="enter"))
        await shop.go(92)
        await dispatcher(shop, Courier(Refused("status 401"))).round()
        assert shop.rows(KEPT, OPENING, OPENING) == [
            ("push.example", "refused", "status 401", 92_000, 92_000)
        ]
