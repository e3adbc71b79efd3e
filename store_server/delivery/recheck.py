"""What is judged once more at the moment of sending: deadline, status, consent, "not today", the stay (SPEC 5)."""

from sqlmodel import Session

from campaigns.document import INTERRUPTING
from campaigns.state import decode_state
from protocol.instants import Instant
from store_server.db.tables import Outbox, ShopperRow, ShopperStateRow
from store_server.delivery.lease import may_be_taken
from store_server.delivery.verdict import DEADLINE, Done, unless_doubted
from store_server.documents import Documents
from store_server.doubt import NO_ANSWER

NOT_LIVE = "not_live"
NO_CONSENT = "no_consent"
NOT_TODAY = "not_today"
LEFT = "left"


class Recheck:
    """Judges the messages of one claim, at one instant, inside the claiming transaction."""

    def __init__(
        self, session: Session, documents: Documents, collapsing: frozenset[str], now: Instant
    ) -> None:
        """`collapsing` names the channels on which a copy replaces the first."""
        self._session, self._collapsing, self._now = session, collapsing, now
        self._campaigns = documents.campaigns(session)

    def why_not(self, row: Outbox) -> Done | None:
        """Return how a message ends instead of being sent, or None where it may go."""
        doubted = may_be_taken(row)
        if doubted and row.channel not in self._collapsing:
            return Done("dead", NO_ANSWER)
        ending = self._ending(row)
        return None if ending is None else unless_doubted(ending, doubted)

    def _ending(self, row: Outbox) -> Done | None:
        if self._now >= row.deadline_at:
            return Done("expired", DEADLINE)
        if not self._is_live(row.campaign):
            return Done("cancelled", NOT_LIVE)
        shopper = self._session.get(ShopperRow, row.shopper)
        if shopper is None or not consents(shopper, row.channel):
            return Done("cancelled", NO_CONSENT)
        if row.channel in INTERRUPTING and (shopper.not_today_until or 0) > self._now:
            return Done("cancelled", NOT_TODAY)
        if row.cancel_on_exit and self._has_left(row):
            return Done("cancelled", LEFT)
        return None

    def _is_live(self, campaign: str) -> bool:
        running = self._campaigns.get(campaign)
        return running is not None and running.campaign.status == "live"

    def _has_left(self, row: Outbox) -> bool:
        """Say whether the stay is known to have ended; the engine cancels what is queued, this catches a retry."""
        kept = self._session.get(ShopperStateRow, row.shopper)
        if kept is None or row.zone is None:
            return True
        visit = decode_state(kept.state).presence.visits.get(row.store)
        stay = visit.stays.get(row.zone) if visit is not None and visit.no == row.visit_no else None
        return stay is not None and stay.no == row.stay_no and stay.ended_at is not None


def consents(shopper: ShopperRow, channel: str) -> bool:
    """Say whether a shopper agrees to be perceived at all and to be reached this way; an absent consent is a no."""
    return shopper.consent.get("proximity") is True and (
        channel in ("inbox", "staff") or shopper.consent.get(channel) is True
    )
