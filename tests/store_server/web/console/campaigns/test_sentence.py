import pytest

from campaigns.document import read_campaign
from store_server.web.console.campaigns.sentence import (
    campaign_sentence,
    limit_words,
    moment_part,
    schedule_words,
)
from store_server.web.design.language import load_languages
from tests.store_server.web.console.sample import CAMPAIGNS

ENGLISH, ITALIAN = load_languages()["en"], load_languages()["it"]


def zone_name(zone: str | None) -> str:
    return {"shoes": "Shoes", "running": "Run|ning"}.get(zone or "", zone or "")


def sentence(text: str) -> str:
    parts = campaign_sentence(read_campaign(text, "c.yaml"), ENGLISH, zone_name)
    return "".join(part.text for part in parts)


def test_a_campaign_reads_as_one_sentence() -> None:
    assert sentence(CAMPAIGNS["shoes-help"]) == (
        "When someone stays 90 seconds near Shoes and has tier gold or platinum and has visited at least 2 times "
        "within 30 days, on Mon–Sat 10:00–13:00, 15:00–19:30, send “Need a hand choosing?” by push, "
        "if a gateway of the zone heard the beacon too."
    )


def test_what_the_manager_chose_stands_out() -> None:
    campaign = read_campaign(CAMPAIGNS["running-fit"], "c.yaml")
    strong = [part.text for part in campaign_sentence(campaign, ENGLISH, zone_name) if part.strong]
    assert strong == ["comes near Run/ning", "at weekends", "“Free gait check today”", "push"]


def test_it_reads_in_italian_with_the_italian_message() -> None:
    parts = campaign_sentence(read_campaign(CAMPAIGNS["shoes-help"], "c.yaml"), ITALIAN, zone_name)
    words = "".join(part.text for part in parts)
    assert words.startswith("Quando qualcuno resta 90 secondi vicino a Shoes e ha livello gold o platinum")
    assert "“Serve una mano?”" in words


@pytest.mark.parametrize(
    ("audience", "words"),
    [
        ("{field: tags, op: contains, value: running}", "has running among the tags"),
        ("{not: {purchased: {tag: shoes, within_days: 14}}}", "not (has bought shoes within 14 days)"),
        (
            "{any: [{field: locale, op: eq, value: it}, {visited_zone: {zone: shoes}}]}",
            "has language it or has been at Shoes on this visit",
        ),
        ("{field: attributes.shoe_size, op: ge, value: 44}", "has shoe size of at least 44"),
        ("{field: attributes.shoe_size, op: exists}", "has a known shoe size"),
        ("{opened: {}}", "has opened a message"),
        (
            "{all: [{any: [{visits: {at_least: 1}}]}, {received: {campaign: x}}]}",
            "(has visited at least 1 time) and has got a message of x",
        ),
    ],
)
def test_every_condition_has_words(audience: str, words: str) -> None:
    text = CAMPAIGNS["goodbye"].replace("channels:", f"audience: {audience}\nchannels:")
    assert f" and {words}, send " in sentence(text)


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ("{days: [mon, wed, thu, fri]}", "on Mon, Wed–Fri"),
        ("{days: [mon, tue, wed, thu, fri]}", "on weekdays"),
        ('{hours: ["22:00-02:00"]}', "22:00–02:00"),
        ("{starts: 2026-11-01, ends: 2026-12-24}", "from 1 Nov 2026 until 24 Dec 2026"),
    ],
)
def test_schedules_in_words(schedule: str, words: str) -> None:
    campaign = read_campaign(
        CAMPAIGNS["goodbye"].replace("channels:", f"schedule: {schedule}\nchannels:"), "c.yaml"
    )
    assert schedule_words(campaign, ENGLISH) == words


def test_limits_in_words() -> None:
    words = limit_words(read_campaign(CAMPAIGNS["shoes-help"], "c.yaml"), ENGLISH)
    assert words == [
        "at most 1 message a visit",
        "at most 2 a shopper in 30 days",
        "at least 7 days between two",
        "at most 5000 messages in all",
        "10 % of shoppers held out, for comparison",
        "never later than 2 min after the moment",
        "priority 80 of 100",
    ]


@pytest.mark.parametrize("on", ["arrive", "leave"])
def test_moments_of_the_store_name_no_zone(on: str) -> None:
    campaign = read_campaign(CAMPAIGNS["goodbye"].replace("on: leave", f"on: {on}"), "c.yaml")
    assert (
        moment_part(campaign, ENGLISH, zone_name)
        == f"When someone {on}s {'in ' if on == 'arrive' else ''}the store"
    )
