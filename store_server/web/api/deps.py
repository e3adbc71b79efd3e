"""What the app side's routes are handed: the parts, and who is asking."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest
from typing import Annotated, Protocol, TypeAlias

from fastapi import Depends, Request
from sqlalchemy import Engine
from sqlmodel import select

from protocol.clock import Clock
from protocol.instants import HOUR
from protocol.sighting import SightingLine
from store_server.db.session import reading
from store_server.db.tables import Install
from store_server.ids import NewId
from store_server.tries import Tries
from store_server.web.api.phones import PhoneCounts
from store_server.web.api.plans import Plans
from store_server.web.api.problems import Refused
from store_server.web.api.watch import InboxWatch

INSTALLS_PER_HOUR = 600
"""Of one address: a store's guests may share one, and a flood costs a script more than an hour for a thousand rows."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The install that speaks, and the shopper it belongs to."""

    install: str
    shopper: str
    public_key: str | None = None
    """Given: what this install uploads must be signed."""


class Taken(Protocol):
    """What became of a batch of sightings, after its durable commit."""

    @property
    def accepted(self) -> int: ...

    @property
    def ignored(self) -> Mapping[str, int]: ...


TakeSightings: TypeAlias = Callable[[str, str | None, Sequence[SightingLine]], Awaitable[Taken]]
"""(shopper, install, sightings) -> what became of them."""


@dataclass(frozen=True, slots=True)
class AppSide:
    """Everything the routes need; made once, in the composition root."""

    engine: Engine
    clock: Clock
    new_id: NewId
    new_secret: Callable[[], str]
    take_sightings: TakeSightings
    plans: Plans
    watch: InboxWatch
    vapid_public_key: str | None
    """None: this deployment sends no Web Push."""
    allow_loopback_push: bool = False
    retailer_key: str | None = None
    phones: PhoneCounts = field(default_factory=PhoneCounts)
    new_installs: Tries = field(default_factory=lambda: Tries(INSTALLS_PER_HOUR, HOUR))


def app_side(request: Request) -> AppSide:
    side: AppSide = request.app.state.app_side
    return side


Side = Annotated[AppSide, Depends(app_side)]


def caller(request: Request, side: Side) -> Caller:
    """Return who is asking. Raises Refused (401)."""
    credential = bearer(request)
    with reading(side.engine) as session:
        known = select(Install).where(Install.credential_hash == fingerprint(credential))
        install = session.exec(known).first()
    if install is None or install.revoked_at is not None:
        side.phones.note(fingerprint(credential), "credential", side.clock.now())
        raise Refused(401, "This credential is not, or no longer, known: install again.")
    return Caller(install.id, install.shopper, install.public_key)


@contextmanager
def counting(side: AppSide, who: Caller, reason: str) -> Iterator[None]:
    """Count a phone whose upload is refused."""
    try:
        yield
    except Refused:
        side.phones.note(who.install, reason, side.clock.now())
        raise


def retailer(request: Request, side: Side) -> None:
    """Let only the retailer's own systems pass. Raises Refused (401, 403)."""
    if side.retailer_key is None:
        raise Refused(403, "This server was given no retailer key (AISLECUE_RETAILER_KEY): the door is shut.")
    if not compare_digest(fingerprint(bearer(request)), fingerprint(side.retailer_key)):
        raise Refused(401, "This key is not the retailer's.")


Who = Annotated[Caller, Depends(caller)]
ByRetailer = Depends(retailer)


def address_of(request: Request) -> str:
    """Return where a request comes from, as the server under it knows."""
    return request.client.host if request.client else ""


def bearer(request: Request) -> str:
    """Return the credential a request carries (RFC 6750, 2.1). Raises Refused (401)."""
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not credential:
        raise Refused(401, "A header `Authorization: Bearer <credential>` is expected.")
    return credential


def fingerprint(credential: str) -> str:
    """Return what is kept of a credential: secrets of 256 bits need no slow hash."""
    return sha256(credential.encode()).hexdigest()
