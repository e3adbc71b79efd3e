"""A shopper as the rules know one: pseudonym, profile, consents, channels (SPEC 6, shoppers.jsonl)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from protocol.daytime import DaySpan, parse_day_span
from protocol.errors import BadInput, Problem

DEFAULT_CHANNELS = ("push",)


@dataclass(frozen=True, slots=True)
class Shopper:
    """One person, pseudonymous; a consent that is absent is a no."""

    id: str
    locale: str | None = None
    tier: str | None = None
    tags: tuple[Any, ...] = ()
    """Text, if anybody is to be found by it; what else a list may hold is kept."""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    consent: Mapping[str, bool] = field(default_factory=dict)
    quiet_hours: DaySpan | None = None
    channels: frozenset[str] = frozenset(DEFAULT_CHANNELS)
    has_tags: bool = True
    """Whether tags were given at all: an absent list does not exist."""

    def consents(self, purpose: str) -> bool:
        return self.consent.get(purpose) is True


class ShopperLine(msgspec.Struct, frozen=True):
    """A line of shoppers.jsonl."""

    id: str
    locale: str | None = None
    tier: Any = None
    tags: Any = None
    attributes: dict[str, Any] | None = None
    consent: dict[str, Any] | None = None
    quiet_hours: str | None = None
    channels: list[str] | None = None

    def shopper(self) -> Shopper:
        """Return the domain's form. Raises ValueError on malformed quiet hours."""
        return Shopper(
            id=self.id,
            locale=self.locale,
            tier=self.tier,
            tags=tuple(self.tags) if isinstance(self.tags, list) else (),
            attributes=self.attributes or {},
            consent=self.consent or {},
            quiet_hours=parse_day_span(self.quiet_hours) if self.quiet_hours else None,
            channels=frozenset(DEFAULT_CHANNELS if self.channels is None else self.channels),
            has_tags=isinstance(self.tags, list),
        )


_DECODER = msgspec.json.Decoder(ShopperLine)


def read_shopper(line: bytes | str, source: str, line_no: int) -> Shopper:
    """Read one line of shoppers.jsonl. Raises BadInput."""
    try:
        return _DECODER.decode(line).shopper()
    except (msgspec.DecodeError, ValueError) as fault:
        raise BadInput(Problem(source, line_no, "a shopper", str(fault))) from fault
