"""GET /v1/me/why/{message}: why the shopper got a message: campaign, facts and reasons in plain words (SPEC 5, 8)."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel
from sqlmodel import Session

from campaigns.document import Campaign, read_campaign
from protocol.instants import format_instant
from store_server.db.session import reading
from store_server.db.tables import CampaignRevision, DecisionRow, Outbox, ShopperRow
from store_server.web.api.deps import Caller, Side, Who
from store_server.web.api.problems import Refused
from store_server.web.design.language import Language, choose_language
from store_server.web.shopper.because import because
from store_server.web.shopper.languages import languages

router = APIRouter(tags=["me"])


class CampaignNamed(BaseModel):
    """The campaign, as it was when it was decided."""

    id: str
    name: str
    revision: int


class Why(BaseModel):
    """`because` for people, `facts` for whoever wants to check."""

    message: str
    campaign: CampaignNamed
    decided_at: str
    store: str
    zone: str | None
    trigger: str
    outcome: str
    reason: str | None
    because: list[str]
    facts: dict[str, Any]


@router.get("/v1/me/why/{message}")
def why(side: Side, who: Who, request: Request, message: str) -> Why:
    """Explain one message of one's own."""
    with reading(side.engine) as session:
        row = _decision(session, who, message)
        campaign = _campaign(session, row)
        shopper = session.get_one(ShopperRow, who.shopper)
        language = languages()[_language(request, shopper)]
        return Why(
            message=message,
            campaign=CampaignNamed(id=campaign.id, name=campaign.name, revision=row.revision),
            decided_at=format_instant(row.at),
            store=row.store,
            zone=row.zone,
            trigger=row.trigger,
            outcome=row.outcome,
            reason=row.reason,
            because=because(row, campaign, language, _place(side, row, language), shopper.consent),
            facts=row.facts,
        )


def _decision(session: Session, who: Caller, message: str) -> DecisionRow:
    sent = session.get(Outbox, message)
    row = (
        session.get(DecisionRow, sent.decision) if sent is not None and sent.shopper == who.shopper else None
    )
    if row is None:
        raise Refused(404, "There is no such message of yours.")
    return row


def _campaign(session: Session, row: DecisionRow) -> Campaign:
    kept = session.get_one(CampaignRevision, (row.campaign, row.revision))
    return read_campaign(kept.text, row.campaign)


def _place(side: Side, row: DecisionRow, language: Language) -> dict[str, str]:
    plan = side.plans.get(row.store)
    zones = {zone.id: zone.name for zone in plan.zones} if plan else {}
    zone = zones.get(row.zone or "", row.zone or language.gettext("the store"))
    return {"store": plan.name if plan else row.store, "zone": zone}


def _language(request: Request, shopper: ShopperRow) -> str:
    accepted = request.headers.get("accept-language", "")
    return choose_language((shopper.locale or "").replace("_", "-").partition("-")[0].lower(), accepted)
