"""The rules of alerts: which conditions are worth a message, each fault once with what it stops (SPEC 1, operations). Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from protocol.instants import Instant
from store_server.fleet.causes import BEACON, GATEWAY, OVER, Cause, Stop
from store_server.fleet.condition import OFFLINE, RADIO_DEAD, SILENT, Condition
from store_server.fleet.health import StoreHealth

CAMPAIGN, CANNOT_FIRE = "campaign", "cannot-fire"
RULES = (GATEWAY, BEACON, CAMPAIGN)
ALARMING = frozenset((SILENT, OFFLINE, RADIO_DEAD))
"""What was never heard is not installed yet, and what nobody could hear is its gateway's fault: neither is told."""


class Subject(NamedTuple):
    """What a fault is about."""

    rule: str
    store: str
    name: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault as it is now; `detail` as db.alerts.Alert keeps it."""

    state: str
    since: Instant | None
    detail: list[list[str]]


def troubles(
    healths: Mapping[str, StoreHealth], stops: Iterable[Stop], names: Mapping[str, str]
) -> dict[Subject, Trouble]:
    """Return every fault. A campaign stopped by a fault told anyway stands in that one's detail, not by itself.

    `names` are the campaigns' by id.
    """
    found = _equipment(healths)
    for stop in stops:
        telling = [found.get(Subject(one.kind, stop.store, one.name or "")) for one in stop.causes]
        for trouble in telling:
            if trouble is not None:
                trouble.detail.extend([campaign, names[campaign]] for campaign in stop.campaigns)
        # A campaign whose last day has passed has ended as its manager wished; of equipment the telling is enough.
        untold = (
            [one for one in stop.causes if one.kind not in (GATEWAY, BEACON)] if any(telling) else stop.causes
        )
        if untold and not any(one.kind == OVER for one in stop.causes):
            for campaign in stop.campaigns:
                found[Subject(CAMPAIGN, stop.store, campaign)] = Trouble(CANNOT_FIRE, None, _places(untold))
    return found


def _equipment(healths: Mapping[str, StoreHealth]) -> dict[Subject, Trouble]:
    found = {}
    for store, health in healths.items():
        conditions: list[tuple[str, str, Condition]] = [
            *((GATEWAY, name, one) for name, one in health.gateways.items()),
            *((BEACON, name, one.condition) for name, one in health.beacons.items()),
        ]
        for rule, name, one in conditions:
            if one.state in ALARMING:
                found[Subject(rule, store, name)] = Trouble(one.state, one.since, [])
    return found


def _places(causes: Iterable[Cause]) -> list[list[str]]:
    return [[one.kind, one.name or ""] for one in causes]
