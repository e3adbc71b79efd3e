from typing import Any

from campaigns.lint.gsm7 import sms_size
from tests.campaigns.lint.found import fine, found


def says(channel: str, **text: str) -> list[tuple[str, str, str]]:
    words: dict[str, Any] = {"title": "T", "body": "B"} | text
    one = fine(channels=[channel], message={"it": words})
    return [(severity, lint, got) for severity, lint, _, got in found(one)]


def test_a_lock_screen_shows_fifty_and_a_hundred_and_fifty_characters() -> None:
    assert says("push", title="x" * 50, body="x" * 150) == []
    assert says("push", title="x" * 51, body="x" * 151) == [
        ("warning", "lock-screen", "51"),
        ("warning", "lock-screen", "151"),
    ]
    assert says("inbox", title="x" * 51, body="x" * 151) == []


def test_slots_count_with_their_default() -> None:
    assert says("push", title="x" * 44 + "{first_name|friend}") == []
    assert says("push", title="x" * 45 + "{first_name|friend}") == [("warning", "lock-screen", "51")]


def test_an_sms_is_160_plain_or_70_other_characters() -> None:
    assert says("sms", sms="x" * 160) == []
    assert says("sms", sms="x" * 161) == [("warning", "sms-parts", "2 parts (161 characters)")]
    assert says("sms", sms="’" + "x" * 70) == [("warning", "sms-parts", "2 parts (71 characters)")]
    assert says("sms", body="x" * 1000, sms="short") == []


def test_without_words_of_its_own_an_sms_carries_title_and_body() -> None:
    assert says("sms", title="x" * 40, body="y" * 119) == []
    assert says("sms", title="x" * 40, body="y" * 120) == [
        ("warning", "sms-parts", "2 parts (161 characters)")
    ]


def test_the_size_of_an_sms() -> None:
    assert sms_size("é" * 160) == (1, 160, None)
    assert sms_size("€" * 80) == (1, 160, None)
    assert sms_size("€" * 81) == (2, 162, None)
    assert sms_size("x" * 307) == (3, 307, None)
    assert sms_size("ё" * 70) == (1, 70, "ё")
    assert sms_size("😀" * 36) == (2, 72, "😀")


def test_a_payload_fits_4096_bytes() -> None:
    long = {"body": "é" * 1300, "link": "é" * 600}
    assert says("webhook", **long) == []
    [(severity, lint, _)] = says("webhook", **long, webhook="é" * 1900)
    assert (severity, lint) == ("error", "payload")
