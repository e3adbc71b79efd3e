"""The rules in force, read from what was applied; a document that does not read never takes the others down."""

import gc
import logging
from collections.abc import Callable, Mapping
from typing import Generic, TypeAlias, TypeVar

from campaigns.document import Campaign, read_campaign
from campaigns.snapshot import Snapshot
from protocol.errors import BadInput
from protocol.plan import StorePlan, read_plan
from store_server.store.port import ShopperTransaction

T = TypeVar("T")
Before: TypeAlias = Callable[[str, int], tuple[int, str] | None]
log = logging.getLogger(__name__)


class RunningRules:
    """Keeps the compiled snapshot until something new is applied; used from inside transactions only."""

    def __init__(self) -> None:
        self._version: int | None = None
        self._snapshot = Snapshot.build([], [])
        self._plans = _Texts("store plan", read_plan)
        self._campaigns = _Texts("campaign", read_campaign)

    def current(self, tx: ShopperTransaction) -> Snapshot:
        """Return the snapshot of what is applied now."""
        version = tx.rules_version()
        if version != self._version:
            plans = self._plans.read(tx.plan_texts(), tx.plan_before)
            self._load(plans, self._campaigns.read(tx.campaign_texts(), tx.campaign_before))
            self._version = version
        return self._snapshot

    def _load(
        self, plans: Mapping[str, tuple[int, StorePlan]], campaigns: Mapping[str, tuple[int, Campaign]]
    ) -> None:
        try:
            self._snapshot = Snapshot.build(
                [plan for _, plan in plans.values()],
                [campaign for _, campaign in campaigns.values()],
                {name: revision for name, (revision, _) in campaigns.items()},
                before=self._snapshot,
            )
            gc.freeze()  # rules stay: the collector need not walk thousands of campaigns while shoppers wait
        except BadInput as fault:
            # `apply` refuses such a set; should one get here, the shop goes on with what ran before.
            log.error("rules not changed: %s", fault)


class _Texts(Generic[T]):
    """Documents of one kind, each parsed once a revision; one that does not read leaves the last one that does."""

    def __init__(self, what: str, parse: Callable[[str, str], T]) -> None:
        self._what, self._parse = what, parse
        self._good: dict[str, tuple[int, T]] = {}
        self._bad: set[tuple[str, int]] = set()

    def read(self, texts: Mapping[str, tuple[int, str]], before: Before) -> dict[str, tuple[int, T]]:
        """Read the newest revisions; `before` gives the one that ran before a revision."""
        read = {}
        for name, newest in texts.items():
            good = self._last_good(name, newest, before)
            if good is not None:
                read[name] = good
        self._good = read
        return read

    def _last_good(self, name: str, newest: tuple[int, str], before: Before) -> tuple[int, T] | None:
        found: tuple[int, str] | None = newest
        while found is not None:
            revision, text = found
            known = self._good.get(name)
            if known is not None and known[0] == revision:
                return known
            if (name, revision) not in self._bad:
                try:
                    return revision, self._parse(text, f"{self._what} {name}, revision {revision}")
                except BadInput as fault:
                    log.error("%s %s: revision %d not taken: %s", self._what, name, revision, fault)
                    self._bad.add((name, revision))
            found = before(name, revision)
        return None
