"""A message that waits in the outbox for Ann's phone, and workers that hand it over."""

import asyncio

from sqlmodel import Session

from protocol.instants import Instant
from store_server.db.session import open_database
from store_server.db.tables import (
    Install,
    PushAddress,
)
from store_server.delivery.answer import Answer
from store_server.delivery.dispatch import AT_ONCE, Dispatcher
from store_server.delivery.outbox import claim
from store_server.delivery.port import Address, Message
from store_server.delivery.recheck import Recheck
from store_server.documents import Documents
from tests.fakes.courier import Courier
from tests.store_server.shop import OPENING, Shop

FATE = "SELECT state, reason, attempts FROM outbox"
FATES = "SELECT shopper, state FROM outbox ORDER BY shopper"
SPENT = "SELECT used FROM budget WHERE campaign = 'help'"


def add_phone(session: Session, shopper: str, install: str) -> None:
    session.add(
        Install(
            id=install,
            shopper=shopper,
            credential_hash=install,
            platform="web",
            created_at=OPENING,
            seen_at=OPENING,
        )
    )
    session.flush()
    session.add(
        PushAddress(
            install=install, kind="webpush", shopper=shopper, address={"of": install}, created_at=OPENING
        )
    )


def dispatcher(shop: Shop, courier: Courier, owner: str = "worker-1", at_once: int = AT_ONCE) -> Dispatcher:
    database = open_database(shop.database)
    return Dispatcher(database, shop.clock, {"push": [courier]}, shop.messages, owner, at_once)


def claim_push(session: Session, now: Instant) -> None:
    """Claim as a worker does that dies right after."""
    claim(session, "worker-1", Recheck(session, Documents(), frozenset(("push",)), now), 1, now)


class Hanging(Courier):
    """Never answers to Ann's first phone."""

    async def send(self, message: Message, address: Address, now: Instant) -> Answer:
        answer = await super().send(message, address, now)
        if address.install == "phone-1":
            await asyncio.Event().wait()
        return answer
