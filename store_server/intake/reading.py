"""What gateways sent, read: well-formed messages by kind, and a count of what was not, by reason (SPEC 7, bad input)."""

import logging
from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import dataclass, field

from protocol.errors import BadMessage
from protocol.messages import Health, Presence, Result, SpoolHealth, Status, decode, decode_status
from protocol.renewal import Renewal
from protocol.topics import GatewayAddress, Leaf, parse_topic
from store_server.intake.broker import Incoming
from store_server.intake.presence import Arrived

MAX_SOURCES = 1_000
"""Sources remembered so that each is logged once; a flood of invented ones is not worth more memory."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Mail:
    """One batch, sorted."""

    presence: list[Arrived] = field(default_factory=list)
    health: list[tuple[GatewayAddress, bytes, SpoolHealth, bool]] = field(default_factory=list)
    """As it came, and of it what the spool says and whether it is at fault."""
    status: list[tuple[GatewayAddress, Status]] = field(default_factory=list)
    results: list[tuple[GatewayAddress, Result]] = field(default_factory=list)
    renewals: dict[GatewayAddress, Renewal] = field(default_factory=dict)
    """The latest of each: a gateway asks again until it is answered."""
    ignored: Counter[str] = field(default_factory=Counter)

    def senders(self) -> set[GatewayAddress]:
        """Return whose messages these are."""
        spoke = {one.address for one in self.presence} | {one[0] for one in self.health}
        spoke |= {address for address, _ in (*self.status, *self.results)}
        return spoke | self.renewals.keys()

    def without(self, shut_out: Container[GatewayAddress]) -> "Mail":
        """Return the mail of all others, with a count of what was passed over."""
        kept = Mail(ignored=self.ignored.copy())
        kept.presence = [one for one in self.presence if one.address not in shut_out]
        kept.health = [one for one in self.health if one[0] not in shut_out]
        kept.status = [one for one in self.status if one[0] not in shut_out]
        kept.results = [one for one in self.results if one[0] not in shut_out]
        kept.renewals = {one: asked for one, asked in self.renewals.items() if one not in shut_out}
        kept.ignored["revoked_gateway"] += self.size() - kept.size()
        return kept

    def size(self) -> int:
        lists = (self.presence, self.health, self.status, self.results, self.renewals)
        return sum(len(one) for one in lists)


class Reader:
    """Reads batches; malformed, oversized or unknown messages are counted, dropped, and logged once a source."""

    def __init__(self) -> None:
        self._logged: set[str] = set()

    def read(self, batch: Iterable[Incoming]) -> Mail:
        mail = Mail()
        for one in batch:
            try:
                _sort(one, mail)
            except BadMessage as fault:
                mail.ignored[fault.reason] += 1
                self._log_once(one.topic[:200], fault)
        return mail

    def _log_once(self, source: str, fault: BadMessage) -> None:
        if source not in self._logged and len(self._logged) < MAX_SOURCES:
            self._logged.add(source)
            log.warning("%r sends what is dropped (%s), counted from now on: %s", source, fault.reason, fault)


def _sort(one: Incoming, mail: Mail) -> None:
    address, leaf = parse_topic(one.topic)
    match leaf:
        case Leaf.PRESENCE:
            mail.presence.append(Arrived(address, decode(Presence, one.payload)))
        case Leaf.HEALTH:
            health = decode(Health, one.payload)
            mail.health.append((address, one.payload, health.spool, "spool" in health.faults))
        case Leaf.STATUS:
            mail.status.append((address, decode_status(one.payload)))
        case Leaf.RESULT:
            mail.results.append((address, decode(Result, one.payload)))
        case Leaf.RENEWAL:
            mail.renewals[address] = decode(Renewal, one.payload)
        case _:
            raise BadMessage("wrong_direction", f"what gateways say expected, got {leaf}")
