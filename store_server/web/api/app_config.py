"""GET /v1/app-config: what an app needs before it does anything: regions to monitor, cadence, backoff (SPEC 8)."""

from hashlib import sha256

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from protocol.plan import StorePlan
from store_server.web.api.deps import Side

router = APIRouter(tags=["app"])

MAX_REGIONS = 20
"""iOS monitors at most 20 regions an app (CLLocationManager)."""
MAX_BATCH = 200


class Region(BaseModel):
    """One region to monitor: every beacon of a UUID, or of a UUID and major."""

    uuid: str
    major: int | None = None


class Upload(BaseModel):
    """How to send sightings: `every_s` in the foreground, enter and exit at once."""

    every_s: int = 5
    max_batch: int = MAX_BATCH
    keep_s: int = 600
    backoff_s: list[int] = [1, 2, 5, 15, 60]


class StoreName(BaseModel):
    """A store one may be in."""

    id: str
    name: str
    locale: str
    timezone: str


class AppConfig(BaseModel):
    """Everything an app is told before it has a credential; the same for everyone."""

    regions: list[Region]
    upload: Upload = Upload()
    stores: list[StoreName]
    vapid_public_key: str | None


@router.get("/v1/app-config", response_model=AppConfig)
def app_config(side: Side, request: Request, response: Response) -> AppConfig | Response:
    """Say what to monitor and how to upload. Ask again once a day, with If-None-Match."""
    plans = list(side.plans.by_store().values())
    config = AppConfig(
        regions=regions(plans),
        stores=[StoreName(id=p.id, name=p.name, locale=p.locale, timezone=p.timezone) for p in plans],
        vapid_public_key=side.vapid_public_key,
    )
    validator = f'"{sha256(config.model_dump_json().encode()).hexdigest()[:32]}"'
    headers = {"ETag": validator, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == validator:
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return config


def regions(plans: list[StorePlan]) -> list[Region]:
    """Return at most 20 regions: by major while they fit, since a UUID alone gives one enter for a whole store."""
    majors = sorted({(b.identity.uuid, b.identity.major) for plan in plans for b in plan.beacons})
    if len(majors) <= MAX_REGIONS:
        return [Region(uuid=uuid, major=major) for uuid, major in majors]
    return [Region(uuid=uuid) for uuid in sorted({uuid for uuid, _ in majors})[:MAX_REGIONS]]
