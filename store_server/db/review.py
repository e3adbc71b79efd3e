"""What waits for a second person before it goes live."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class CampaignReview(SQLModel, table=True):
    """A campaign's text as it would go live, at most one a campaign; void once another revision runs than it is based on."""

    __tablename__ = "campaign_review"
    campaign: str = Field(primary_key=True)
    text: str
    based_on: int
    asked_by: str
    asked_at: int = Field(sa_type=BigInteger)
