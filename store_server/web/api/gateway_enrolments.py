"""POST /v1/gateway-enrolments: a gateway gives its one-time code and signing request, and is given all it needs (SPEC 7)."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from sqlalchemy import Engine

from protocol.clock import Clock
from protocol.instants import SECOND
from store_server.db.session import writing
from store_server.fleet.authority import MAX_REQUEST_BYTES, open_authority
from store_server.fleet.config import open_signer, running_plan
from store_server.fleet.enrolment import enrol
from store_server.fleet.errors import BadCode, BadRequest
from store_server.tries import Tries
from store_server.web.api.deps import address_of
from store_server.web.api.problems import Refused

router = APIRouter(prefix="/v1", tags=["gateways"])


@dataclass(frozen=True, slots=True)
class EnrolmentDesk:
    """What the route needs, under `app.state.enrolment`; `broker_host` is how gateways reach the broker."""

    database: Engine
    clock: Clock
    data_dir: Path
    broker_host: str | None
    broker_port: int
    guesses: Tries = field(default_factory=Tries)


class EnrolmentRequest(BaseModel):
    """What a gateway sends; its private key stays with it."""

    code: str = Field(max_length=64)
    csr: str = Field(max_length=MAX_REQUEST_BYTES)


class BrokerAddress(BaseModel):
    """Where a gateway finds its broker, by TLS."""

    host: str
    port: int


class Enrolment(BaseModel):
    """What a gateway is given; `config_key` (Ed25519, base64url) is the only one whose configurations it obeys."""

    store: str
    gateway: str
    certificate: str
    ca: str
    broker: BrokerAddress
    config_key: str
    allowed_uuids: list[str]


def _desk(request: Request) -> EnrolmentDesk:
    desk: EnrolmentDesk = request.app.state.enrolment
    return desk


@router.post("/gateway-enrolments", status_code=201)
def enrol_gateway(
    body: EnrolmentRequest, request: Request, desk: Annotated[EnrolmentDesk, Depends(_desk)]
) -> Enrolment:
    """Exchange a one-time code for a certificate; a code that was refused is still good for another try. 429 after ten wrong ones."""
    if desk.broker_host is None:
        raise Refused(
            503, "This server was not told where gateways find the broker (AISLECUE_GATEWAY_BROKER_HOST)."
        )
    now, caller = desk.clock.now(), address_of(request)
    wait_ms = desk.guesses.wait_ms(caller, now)
    if wait_ms:
        raise Refused(429, "Too many wrong codes from this address.", retry_after_s=-(-wait_ms // SECOND))
    authority, signer = open_authority(desk.data_dir, now), open_signer(desk.data_dir)
    try:
        with writing(desk.database) as session:
            enrolled = enrol(session, authority, body.code, body.csr, now)
            address = enrolled.address
            planned = running_plan(session, address.store)
            if planned is None:
                raise BadRequest(f"a store with a plan expected, got {address.store!r}")
    except BadCode as fault:
        desk.guesses.note(caller, now)
        raise Refused(403, str(fault), field="code") from fault
    except BadRequest as fault:
        raise Refused(422, str(fault), field="csr") from fault
    return Enrolment(
        store=address.store,
        gateway=address.gateway,
        certificate=enrolled.issued.certificate,
        ca=authority.pem,
        broker=BrokerAddress(host=desk.broker_host, port=desk.broker_port),
        config_key=signer.public_key,
        allowed_uuids=sorted(planned[0].allowed_uuids),
    )
