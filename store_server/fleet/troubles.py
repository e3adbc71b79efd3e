"""The rules of alerts: which conditions are worth a message, each fault once with what it stops (SPEC 1, operations). Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from protocol.instants import Instant
from store_server.documents import BrokenDocument
from store_server.fleet.causes import BEACON, GATEWAY, OVER, Cause, Stop
from store_server.fleet.chain import PHONES, WELL_CHAIN, ChainHealth
from store_server.fleet.condition import (
    CLOCK_OFF,
    MOVED,
    OFFLINE,
    RADIO_DEAD,
    SILENT,
    SPOOL_FULL,
    WEAK,
    Condition,
)
from store_server.fleet.health import StoreHealth
from store_server.fleet.unsent import Unsent
from store_server.parts import BROKER, DISK, PUSH

CAMPAIGN, CANNOT_FIRE, UNSENT = "campaign", "cannot-fire", "unsent"
SERVER = "server"
DOCUMENT, UNREADABLE, NOTHING_RUNS, PLAN = "document", "unreadable", "nothing-runs", "plan"
RULES = (GATEWAY, BEACON, CAMPAIGN, PUSH, PHONES, SERVER, DOCUMENT)
CHAIN = ""
"""The store of what is no store's own."""
ALARMING = frozenset((SILENT, OFFLINE, RADIO_DEAD, CLOCK_OFF, SPOOL_FULL, WEAK, MOVED))
"""What was never heard is not installed yet, and what nobody could hear is its gateway's or broker's fault: neither is told."""

_CHAIN_KINDS = (PUSH, PHONES, BROKER, DISK)
"""These tell of themselves, if not at this look then at the next."""


class Subject(NamedTuple):
    """What a fault is about."""

    rule: str
    store: str
    name: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault as it is now; `detail` and `why` as db.alerts.Alert keeps them."""

    state: str
    since: Instant | None
    detail: list[list[str]]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What else may be wrong beside stores' equipment."""

    chain: ChainHealth = WELL_CHAIN
    broken_plans: Mapping[str, BrokenDocument] = field(default_factory=dict)
    broken_campaigns: Mapping[str, BrokenDocument] = field(default_factory=dict)
    unsent: Sequence[Unsent] = ()


ALL_WELL = Surroundings()


def troubles(
    healths: Mapping[str, StoreHealth],
    stops: Iterable[Stop],
    names: Mapping[str, str],
    around: Surroundings = ALL_WELL,
) -> dict[Subject, Trouble]:
    """Return every fault. A campaign stopped by a fault told anyway stands in that one's detail, not by itself.

    `names` are the campaigns' by id.
    """
    found = {**_equipment(healths), **_parts(around.chain), **_documents(around)}
    for one in around.unsent:
        found[Subject(CAMPAIGN, CHAIN, one.campaign)] = Trouble(UNSENT, one.since, [], str(one.triggers))
    for stop in stops:
        telling = [found.get(_subject(one, stop.store)) for one in stop.causes]
        for trouble in telling:
            if trouble is not None:
                effects = [[campaign, names[campaign]] for campaign in stop.campaigns]
                trouble.detail.extend(one for one in effects if one not in trouble.detail)
        # A campaign whose last day has passed has ended as its manager wished; what is told anyway is enough.
        own = [one for one in stop.causes if one.kind not in _CHAIN_KINDS]
        untold = [one for one in own if one.kind not in (GATEWAY, BEACON)] if any(telling) else own
        if untold and not any(one.kind == OVER for one in stop.causes):
            for campaign in stop.campaigns:
                found[Subject(CAMPAIGN, stop.store, campaign)] = Trouble(CANNOT_FIRE, None, _places(untold))
    return found


def _subject(cause: Cause, store: str) -> Subject:
    if cause.kind in (PUSH, PHONES):
        return Subject(cause.kind, CHAIN, cause.name or "")
    if cause.kind in (BROKER, DISK):
        return Subject(SERVER, CHAIN, cause.kind)
    return Subject(cause.kind, store, cause.name or "")


def _equipment(healths: Mapping[str, StoreHealth]) -> dict[Subject, Trouble]:
    found = {}
    for store, health in healths.items():
        conditions: list[tuple[str, str, Condition, str]] = [
            *((GATEWAY, name, one, "") for name, one in health.gateways.items()),
            *((BEACON, name, one.condition, one.detail) for name, one in health.beacons.items()),
        ]
        for rule, name, one, detail in conditions:
            if one.state in ALARMING:
                found[Subject(rule, store, name)] = Trouble(one.state, one.since, [], detail)
    return found


def _parts(chain: ChainHealth) -> dict[Subject, Trouble]:
    return {
        _subject(Cause(one.kind, one.name), CHAIN): Trouble(
            one.condition.state, one.condition.since, [], one.why
        )
        for one in chain.troubles
    }


def _documents(around: Surroundings) -> dict[Subject, Trouble]:
    broken = {
        **{Subject(DOCUMENT, store, PLAN): one for store, one in around.broken_plans.items()},
        **{Subject(DOCUMENT, CHAIN, name): one for name, one in around.broken_campaigns.items()},
    }
    return {subject: Trouble(UNREADABLE, one.applied_at, [], one.problem) for subject, one in broken.items()}


def _places(causes: Iterable[Cause]) -> list[list[str]]:
    return [[one.kind, one.name or ""] for one in causes]
