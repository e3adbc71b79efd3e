"""POST /v1/sightings: what a phone perceived; answered only after the durable commit (SPEC 4, 8; ARCHITECTURE, law 3)."""

import re
from typing import Annotated

import msgspec
from fastapi import APIRouter, Request, Response

from protocol.sighting import SightingLine
from store_server.web.api.app_config import MAX_BATCH
from store_server.web.api.deps import Side, Taken, Who, counting
from store_server.web.api.problems import Refused
from store_server.web.api.signatures import check_signature

router = APIRouter(tags=["app"])

MAX_BODY = 64 * 1024
"""200 sightings of the longest form are 50 KB."""
MAX_ID = 64
LEAST_RSSI_DBM, MOST_RSSI_DBM = -128, 127
"""The signed byte in which a radio reports it; 127 means that there is none (Bluetooth Core, vol. 4, E, 7.7.65.2)."""

_AT_PATH = re.compile(r" - at `\$\.?([^`]*)`$")


class Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body: sightings in any order, each with an id of the app's own; sending one twice changes nothing."""

    sightings: Annotated[list[SightingLine], msgspec.Meta(max_length=MAX_BATCH)]


_DECODER = msgspec.json.Decoder(Batch)


@router.post(
    "/v1/sightings", status_code=202, openapi_extra={"requestBody": {"content": {"application/json": {}}}}
)
async def sightings(side: Side, who: Who, request: Request) -> Response:
    """Take a batch. The answer counts what was accepted and, by reason, what was ignored."""
    body = await read_body(request, MAX_BODY)
    with counting(side, who, "format"):
        batch = read_batch(body, who.shopper)
    await check_signature(side, who, request, body)
    taken = await side.take_sightings(who.shopper, who.install, batch)
    side.phones.note_upload(who.install, taken.accepted, taken.ignored, side.clock.now())
    return _answer(taken)


def read_batch(body: bytes, shopper: str) -> list[SightingLine]:
    """Read and judge a batch. Raises Refused with the path of the first field that is wrong."""
    try:
        batch = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        found = _AT_PATH.search(str(fault))
        detail = str(fault)[: found.start()] if found else str(fault)
        raise Refused(422, detail, field=found[1] if found else None) from fault
    for k, line in enumerate(batch.sightings):
        place = f"sightings[{k}]"
        if line.shopper:
            raise Refused(
                422, "No shopper expected: it is derived from the credential.", field=f"{place}.shopper"
            )
        if not 0 < len(line.id) <= MAX_ID:
            raise Refused(422, f"An id of 1 to {MAX_ID} characters is expected.", field=f"{place}.id")
        if line.rssi is not None and not LEAST_RSSI_DBM <= line.rssi <= MOST_RSSI_DBM:
            detail = f"An rssi of {LEAST_RSSI_DBM} to {MOST_RSSI_DBM} dBm is expected, or none."
            raise Refused(422, detail, field=f"{place}.rssi")
        try:
            line.sighting(shopper)
        except ValueError as fault:
            raise Refused(422, str(fault), field=place) from fault
    return batch.sightings


async def read_body(request: Request, limit: int) -> bytes:
    """Read a body of at most `limit` bytes. Raises Refused (413)."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise Refused(413, f"A body of at most {limit} bytes is expected.")
    return bytes(body)


def _answer(taken: Taken) -> Response:
    body = msgspec.json.encode({"accepted": taken.accepted, "ignored": dict(taken.ignored)})
    return Response(body, 202, media_type="application/json")
