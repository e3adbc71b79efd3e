"""The rules in force, read from what was applied; a document that does not read never takes the others down."""

import gc
import logging
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from campaigns.document import Campaign, read_campaign
from campaigns.snapshot import Snapshot
from protocol.errors import BadInput
from protocol.plan import StorePlan, read_plan
from store_server.store.port import ShopperTransaction

T = TypeVar("T")
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
            self._load(self._plans.read(tx.plan_texts()), self._campaigns.read(tx.campaign_texts()))
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
    """Documents of one kind, each parsed once a revision; one that does not read leaves its last good revision."""

    def __init__(self, what: str, parse: Callable[[str, str], T]) -> None:
        self._what, self._parse = what, parse
        self._good: dict[str, tuple[int, T]] = {}

    def read(self, texts: Mapping[str, tuple[int, str]]) -> dict[str, tuple[int, T]]:
        read: dict[str, tuple[int, T]] = {}
        for name, (revision, text) in texts.items():
            before = self._good.get(name)
            if before is not None and before[0] == revision:
                read[name] = before
                continue
            try:
                read[name] = revision, self._parse(text, f"{self._what} {name}, revision {revision}")
            except BadInput as fault:
                log.error("%s %s: revision %d not taken: %s", self._what, name, revision, fault)
                if before is not None:
                    read[name] = before
        self._good = read
        return read
