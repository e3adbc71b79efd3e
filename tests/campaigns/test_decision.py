"""A decision as a line of `simulate` (SPEC 5, "Output of simulate")."""

from campaigns.decision import decision_line
from protocol.instants import SECOND
from tests.campaigns.worlds import campaign, decided, sighting


def test_a_line_has_its_keys_in_order_and_no_spaces() -> None:
    words = {
        "it": {"title": "Serve aiuto? \N{ATHLETIC SHOE}", "body": "Chiedi", "link": "https://example.com/è"}
    }
    [sent] = decided([campaign(message=words)], [sighting("a", 0)])
    assert decision_line(sent).decode() == (
        '{"at":"2026-11-03T10:00:02Z","shopper":"s","campaign":"c","trigger":"enter","outcome":"send",'
        '"reason":null,"variant":null,"channel":"push","title":"Serve aiuto? \N{ATHLETIC SHOE}","body":"Chiedi",'
        '"link":"https://example.com/è"}\n'
    )


def test_what_is_suppressed_says_nothing_but_why_and_milliseconds_show_where_there_are_some() -> None:
    [none] = decided([campaign(status="draft")], [sighting("a", 7 / SECOND)])
    assert decision_line(none).decode() == (
        '{"at":"2026-11-03T10:00:00.007Z","shopper":"s","campaign":"c","trigger":"enter","outcome":"suppressed",'
        '"reason":"not_live","variant":null,"channel":null,"title":null,"body":null,"link":null}\n'
    )
