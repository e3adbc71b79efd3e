import pytest

from campaigns.document import read_campaign
from protocol.instants import MINUTE
from protocol.plan import read_plan
from store_server.db.tables import Gateway
from store_server.fleet.causes import campaign_causes
from store_server.fleet.condition import (
    BEACON_SILENT_AFTER_MS,
    Heard,
    gateway_condition,
    store_beacons,
    store_gateways,
)
from store_server.fleet.health import StoreHealth
from store_server.fleet.silence import SILENT_AFTER_MS
from store_server.web.console.fleet.causes import cause_words, store_causes
from store_server.web.console.times import StoreTime
from store_server.web.design.language import Language
from tests.store_server.web.console.sample import CAMPAIGNS, NOW, PLAN, STORE, UUID

TIMES = StoreTime("Europe/Rome", Language("en"), NOW)


def gateway(name: str, *, age_ms: int = 1000, status: str = "online") -> Gateway:
    return Gateway(store=STORE, id=name, status=status, status_at=NOW - 5 * MINUTE, presence_at=NOW - age_ms)


def heard(minor: int, by: str, *, age_ms: int = 1000, state: str = "present") -> Heard:
    return Heard(STORE, by, UUID, minor // 10, minor, state, NOW - age_ms, NOW - age_ms, -60)


def health(*rows: Gateway | Heard, plan: str = PLAN) -> StoreHealth:
    read = read_plan(plan, "plan.yaml")
    gateways = store_gateways(read, [row for row in rows if isinstance(row, Gateway)], NOW)
    presence = [row for row in rows if isinstance(row, Heard)]
    return StoreHealth(read, gateways, store_beacons(read, presence, gateways, NOW))


def causes(of: StoreHealth, text: str = CAMPAIGNS["shoes-help"]) -> list[str]:
    found = campaign_causes(of, read_campaign(text, "c.yaml"), NOW)
    return [cause_words(cause, of.plan, TIMES) for cause in found]


APP_TRUST = CAMPAIGNS["shoes-help"].replace("trust: corroborated\n", "")


@pytest.mark.parametrize(
    ("row", "state"),
    [
        (None, "never"),
        (gateway("g"), "online"),
        (gateway("g", age_ms=SILENT_AFTER_MS - 1), "online"),
        (gateway("g", age_ms=SILENT_AFTER_MS), "silent"),
        (gateway("g", status="offline"), "offline"),
        (gateway("g", age_ms=10 * MINUTE, status="radio-dead"), "radio-dead"),
    ],
)
def test_a_gateways_own_word_explains_its_silence(row: Gateway | None, state: str) -> None:
    assert gateway_condition(row, NOW).state == state


def test_nothing_stops_a_campaign_whose_zone_is_heard() -> None:
    assert causes(health(gateway("gw-shoes"), heard(41, "gw-shoes"), heard(42, "gw-shoes"))) == []


def test_one_beacon_that_is_heard_still_fires() -> None:
    assert (
        causes(health(gateway("gw-shoes"), heard(41, "gw-shoes"), heard(42, "gw-shoes", age_ms=10 * MINUTE)))
        == []
    )


def test_silent_beacons_are_named_with_the_time() -> None:
    stale = (heard(41, "gw-shoes", age_ms=30 * MINUTE), heard(42, "gw-shoes", age_ms=BEACON_SILENT_AFTER_MS))
    assert causes(health(gateway("gw-shoes"), *stale), APP_TRUST) == [
        "beacon SHOES-1 silent since 15:02",
        "beacon SHOES-2 silent since 15:31",
    ]


def test_a_beacon_that_no_healthy_gateway_could_hear_is_not_called_silent() -> None:
    deaf = health(gateway("gw-shoes", age_ms=30 * MINUTE), heard(41, "gw-shoes", age_ms=30 * MINUTE))
    assert deaf.beacons["SHOES-1"].condition.state == "unwatched"
    assert causes(deaf, APP_TRUST) == []
    assert causes(deaf) == ["gateway gw-shoes silent since 15:02"]


def test_a_word_from_a_silent_gateway_is_not_hearing() -> None:
    assert health(gateway("gw-shoes", age_ms=40_000), heard(41, "gw-shoes")).beacons["SHOES-1"].heard_by == ()


def test_a_zone_without_beacon_or_gateway_and_a_schedule_that_is_over() -> None:
    here = health(gateway("gw-shoes"), heard(41, "gw-shoes"))
    assert causes(here, CAMPAIGNS["shoes-help"].replace("zone: shoes", "zone: attic")) == [
        "there is no zone attic in this store"
    ]
    assert causes(here, CAMPAIGNS["shoes-help"].replace("zone: shoes", "zone: till")) == [
        "zone Till has no gateway"
    ]
    over = CAMPAIGNS["shoes-help"].replace("schedule: {", "schedule: {ends: 2026-11-01, ")
    assert causes(here, over) == ["its last day has passed"]


def test_one_cause_is_told_once_with_every_campaign_it_stops() -> None:
    deaf = health(gateway("gw-shoes", status="offline"))
    campaigns = [
        read_campaign(CAMPAIGNS["shoes-help"].replace("id: shoes-help", f"id: {name}"), name)
        for name in ("one", "two")
    ]
    (cause,) = store_causes(deaf, campaigns, TIMES)
    assert [name for name, _ in cause.campaigns] == ["one", "two"]
    assert cause.words == "gateway gw-shoes offline since 15:27"


def test_a_paused_campaign_is_stopped_by_its_manager_not_by_the_radio() -> None:
    paused = read_campaign(CAMPAIGNS["shoes-help"].replace("status: live", "status: paused"), "c.yaml")
    assert store_causes(health(), [paused], TIMES) == []
