"""Where a campaign runs, for pages about one campaign: its stores' time and the names of its zones."""

from collections.abc import Mapping

from campaigns.document import Campaign
from protocol.instants import Instant
from protocol.plan import StorePlan
from store_server.web.console.campaigns.sentence import ZoneName
from store_server.web.console.fleet.causes import zone_name
from store_server.web.console.times import StoreTime
from store_server.web.design.language import Language


def campaign_plan(campaign: Campaign, plans: Mapping[str, StorePlan]) -> StorePlan | None:
    """Return the first store a campaign runs in; None where no plan of its stores is known."""
    return next((plan for store, plan in plans.items() if campaign.runs_in(store)), None)


def campaign_times(
    campaign: Campaign, plans: Mapping[str, StorePlan], language: Language, now: Instant
) -> StoreTime:
    """Return the time of the first store it runs in, UTC where there is none."""
    plan = campaign_plan(campaign, plans)
    return StoreTime(plan.timezone if plan else "UTC", language, now)


def zone_names(campaign: Campaign, plans: Mapping[str, StorePlan]) -> ZoneName:
    """Return how to name a zone: as the first store that has it does."""

    def name(zone: str | None) -> str:
        for store, plan in plans.items():
            if campaign.runs_in(store) and zone in plan.zone_ids:
                return zone_name(plan, zone)
        return zone or ""

    return name
