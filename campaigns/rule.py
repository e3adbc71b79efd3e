"""A campaign made ready to be judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from campaigns.audience import Test
from campaigns.document import Campaign


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A campaign: its revision, whether it is on at all, and its compiled audience."""

    id: str
    campaign: Campaign
    revision: int
    live: bool
    audience: Test
    asks_sent: bool
    """Whether its audience asks what was received: the decision before may change that."""


Rules: TypeAlias = Sequence[Rule]
"""In order of campaign id."""
