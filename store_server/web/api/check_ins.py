"""POST /v1/check-ins: the QR code of a zone, the way in for phones that cannot scan for beacons (SPEC 8)."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from protocol.instants import format_instant
from protocol.plan import StorePlan
from protocol.sighting import SightingLine
from store_server.web.api.deps import Side, Who
from store_server.web.api.problems import Refused
from store_server.web.api.signatures import check_signature

router = APIRouter(tags=["app"])


class CheckIn(BaseModel):
    """The QR code at a zone names its store and zone."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["zone"] = "zone"
    store: Annotated[str, Field(max_length=63)]
    zone: Annotated[str, Field(max_length=63)]


class CheckedIn(BaseModel):
    """Whether it counted, with the reason where it did not (such as no consent)."""

    accepted: bool
    reason: str | None
    zone_name: str


@router.post("/v1/check-ins", status_code=202)
async def check_in(side: Side, who: Who, code: CheckIn, request: Request) -> CheckedIn:
    """Check in at a zone: the same as a phone's region `enter` there, with everything that follows from it."""
    await check_signature(side, who, request, await request.body())
    plan = side.plans.get(code.store)
    if plan is None or code.zone not in plan.zone_ids:
        raise Refused(404, "This code is of no zone that we know.", field="zone")
    taken = await side.take_sightings(who.shopper, who.install, [as_enter(plan, code.zone, side)])
    name = next(zone.name for zone in plan.zones if zone.id == code.zone)
    return CheckedIn(accepted=taken.accepted > 0, reason=next(iter(taken.ignored), None), zone_name=name)


def as_enter(plan: StorePlan, zone: str, side: Side) -> SightingLine:
    """Return the sighting that a check-in stands for: the zone's first beacon, entered now."""
    beacon = next((beacon for beacon in plan.beacons if beacon.zone == zone), None)
    if beacon is None:
        raise Refused(409, "This zone has no beacon yet, so nothing can be set off there.", field="zone")
    uuid, major, minor = beacon.identity
    at = format_instant(side.clock.now())
    return SightingLine(id=f"qr-{side.new_id()}", at=at, uuid=uuid, major=major, minor=minor, kind="enter")
