"""Every redemption of a real year was allowed by its campaign; flip any one condition and it is refused (issue: rules)."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from campaigns.document import Campaign
from campaigns.shopper import Shopper
from protocol.instants import DAY, HOUR, Instant, parse_instant
from protocol.sighting import NEAR, RANGED, Sighting
from tests.campaigns.worlds import ENTRANCE, campaign, decided
from tests.realdata.prepare import DISTILLED

pytestmark = pytest.mark.skipif(not DISTILLED.exists(), reason="no campaign year: `make realdata` fetches it")

NOON_IN_ROME = 11 * HOUR
NO_COUPON = 1


class Redemption(NamedTuple):
    """A household's coupon, used on a day."""

    shopper: str
    tags: tuple[str, ...]
    coupon: int
    campaign: str
    at: Instant


def year() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(DISTILLED.read_text())
    return loaded


def campaigns_of(data: dict[str, Any], **more: Any) -> list[Campaign]:
    return [
        campaign(
            f"campaign-{number}",
            **{
                "trigger": {"on": "arrive"},
                "channels": ["inbox"],
                "schedule": {"starts": starts, "ends": ends},
                "audience": {
                    "all": [
                        {"field": "tags", "op": "contains", "value": f"campaign-{number}"},
                        {"field": "attributes.coupon", "op": "in", "value": coupons},
                    ]
                },
            }
            | more,
        )
        for number, starts, ends, coupons in data["campaigns"]
    ]


def redemptions_of(data: dict[str, Any]) -> list[Redemption]:
    return [
        Redemption(
            f"household-{household}-{k}",
            tuple(f"campaign-{number}" for number in data["targeted"][str(household)]),
            coupon,
            f"campaign-{number}",
            parse_instant(f"{day}T00:00:00Z") + NOON_IN_ROME,
        )
        for k, (household, coupon, number, day) in enumerate(data["redemptions"])
    ]


def outcomes(campaigns: list[Campaign], redemptions: list[Redemption]) -> set[tuple[str, str | None]]:
    """Let each household walk in with its coupon; return what its campaign said."""
    shoppers = [
        Shopper(one.shopper, tags=one.tags, attributes={"coupon": one.coupon}, consent={"proximity": True})
        for one in redemptions
    ]
    sightings = [Sighting("a", one.at, one.shopper, ENTRANCE, NEAR, RANGED) for one in redemptions]
    wanted = {one.shopper: one.campaign for one in redemptions}
    decisions = decided(campaigns, sightings, shoppers=shoppers)
    mine = [one for one in decisions if wanted[one.shopper] == one.campaign]
    assert len(mine) == len(redemptions)
    return {(one.outcome, one.reason) for one in mine}


def test_every_redemption_of_the_year_is_allowed() -> None:
    data = year()
    assert len(data["redemptions"]) > 2_000
    assert outcomes(campaigns_of(data), redemptions_of(data)) == {("send", None)}


def _untargeted(one: Redemption, _: dict[str, tuple[Instant, Instant]]) -> Redemption:
    return one._replace(tags=tuple(tag for tag in one.tags if tag != one.campaign))


def _other_coupon(one: Redemption, _: dict[str, tuple[Instant, Instant]]) -> Redemption:
    return one._replace(coupon=NO_COUPON)


def _before_it_starts(one: Redemption, spans: dict[str, tuple[Instant, Instant]]) -> Redemption:
    return one._replace(at=spans[one.campaign][0] - DAY + NOON_IN_ROME)


def _after_it_ends(one: Redemption, spans: dict[str, tuple[Instant, Instant]]) -> Redemption:
    return one._replace(at=spans[one.campaign][1] + DAY + NOON_IN_ROME)


@pytest.mark.parametrize(
    ("flip", "reason"),
    [
        (_untargeted, "audience"),
        (_other_coupon, "audience"),
        (_before_it_starts, "outside_schedule"),
        (_after_it_ends, "outside_schedule"),
    ],
)
def test_a_redemption_with_one_condition_flipped_is_refused(
    flip: Callable[..., Redemption], reason: str
) -> None:
    data = year()
    spans = {
        f"campaign-{number}": (parse_instant(f"{starts}T00:00:00Z"), parse_instant(f"{ends}T00:00:00Z"))
        for number, starts, ends, _ in data["campaigns"]
    }
    flipped = [flip(one, spans) for one in redemptions_of(data)]
    assert outcomes(campaigns_of(data), flipped) == {("suppressed", reason)}


def test_a_paused_campaign_redeems_nothing() -> None:
    data = year()
    assert outcomes(campaigns_of(data, status="paused"), redemptions_of(data)) == {("suppressed", "not_live")}
