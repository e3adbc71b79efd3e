"""What a running set would refuse as a whole: ids and identities twice, a deadline within the arbitration."""

from collections.abc import Iterator

from campaigns.document import Campaign
from campaigns.lint.chain import Chain, PlanFile
from campaigns.lint.finding import Finding, error, named
from protocol.identity import BeaconIdentity


def doubles(chain: Chain) -> Iterator[Finding]:
    yield from _campaign_ids(chain)
    yield from _stores(chain)
    yield from _identities(chain)
    yield from _tags(chain)


def _campaign_ids(chain: Chain) -> Iterator[Finding]:
    seen: dict[str, Campaign] = {}
    for campaign in chain.campaigns:
        before = seen.setdefault(campaign.id, campaign)
        if before is not campaign:
            yield error("double", (campaign, ("id",)), "each campaign id once", f"{named(before)} again")


def _stores(chain: Chain) -> Iterator[Finding]:
    seen: dict[str, PlanFile] = {}
    for file in chain.plans:
        before = seen.setdefault(file.plan.id, file)
        if before is not file:
            got = f"{file.plan.id!r} again ({before.document.source})"
            yield file.error("double", ("store", "id"), "each store in one plan", got)


def _identities(chain: Chain) -> Iterator[Finding]:
    seen: dict[BeaconIdentity, tuple[PlanFile, int]] = {}
    for file in chain.plans:
        for k, beacon in enumerate(file.plan.beacons):
            before, where = seen.setdefault(beacon.identity, (file, k))
            if before.plan.id != file.plan.id:
                at = f"{before.document.source}:{before.line('beacons', where)}"
                got = f"{beacon.identity} again ({at})"
                yield file.error("double", ("beacons", k), "each beacon identity in one store", got)


def _tags(chain: Chain) -> Iterator[Finding]:
    """Find a tag's UUID that another store's beacons have: one that is heard would be both."""
    beacons = {beacon.identity.uuid: file for file in chain.plans for beacon in file.plan.beacons}
    for file in chain.plans:
        for k, tag in enumerate(file.plan.tags):
            other = beacons.get(tag.uuid)
            if other is not None:
                got = f"{tag.uuid}, which beacons of {other.plan.id} have ({other.document.source})"
                yield file.error("double", ("tags", k), "a tag UUID that no fixed beacon uses", got)


def deadlines(chain: Chain) -> Iterator[Finding]:
    """Find deadlines that pass before the arbitration ends: nothing would ever be sent in time."""
    for campaign in chain.campaigns:
        plans = [file.plan for file in chain.plans if campaign.runs_in(file.plan.id)]
        wait = max((plan.policy.arbitration_ms for plan in plans), default=None)
        if wait is not None and campaign.deadline_ms <= wait:
            expected = f"a deadline beyond the stores' arbitration of {wait / 1000:g} s"
            got = f"{campaign.deadline_ms / 1000:g} s"
            yield error("deadline", (campaign, ("deadline_s",)), expected, got)
