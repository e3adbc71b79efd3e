"""What a shopper agrees to, purpose by purpose, and what withdrawing a purpose undoes at once (SPEC 4.1, law 5)."""

from collections.abc import Mapping
from typing import Final

from sqlmodel import Session, col, delete

from protocol.instants import Instant
from store_server.db.tables import (
    History,
    PushAddress,
    ShopperRow,
    ShopperStateRow,
    Sighting,
)
from store_server.delivery.ending import withdraw_queued
from store_server.delivery.recheck import NO_CONSENT

PURPOSES: Final = ("proximity", "push", "personalisation", "analytics")


def give(session: Session, shopper: ShopperRow, wish: Mapping[str, bool], now: Instant) -> dict[str, bool]:
    """Apply changes and return the consents as they stand; a purpose never named stays a no."""
    consent = {**shopper.consent, **wish}
    withdrawn = {
        purpose for purpose, yes in shopper.consent.items() if yes and consent.get(purpose) is not True
    }
    shopper.consent, shopper.updated_at = consent, now
    if "proximity" in withdrawn:
        _forget_places(session, shopper.id, now)
    if "push" in withdrawn:
        session.exec(delete(PushAddress).where(col(PushAddress.shopper) == shopper.id))
    if "personalisation" in withdrawn:
        session.exec(delete(History).where(col(History.shopper) == shopper.id))
    return {purpose: consent.get(purpose) is True for purpose in PURPOSES}


def _forget_places(session: Session, shopper: str, now: Instant) -> None:
    """Forget where the shopper was, and withdraw what is not yet handed over."""
    session.exec(delete(Sighting).where(col(Sighting.shopper) == shopper))
    session.exec(delete(ShopperStateRow).where(col(ShopperStateRow.shopper) == shopper))
    withdraw_queued(session, shopper, NO_CONSENT, now)
