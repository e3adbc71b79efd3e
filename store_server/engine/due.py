"""Transaction B: shoppers whose timers or window are due -> decisions, reservations, messages (ARCHITECTURE, law 3)."""

from collections.abc import Collection
from dataclasses import dataclass

from protocol.instants import Instant
from store_server.engine.turn import Turn
from store_server.ids import NewId
from store_server.rules import RunningRules
from store_server.store.port import Transaction

BATCH = 100
"""Shoppers of one transaction: others wait at most some milliseconds for it."""


@dataclass(frozen=True, slots=True)
class Settled:
    """How many shoppers were worked on, and when the next one is due."""

    shoppers: int
    next_due: Instant | None
    messages: int = 0


def settle_due(tx: Transaction, rules: RunningRules, now: Instant, new_id: NewId) -> Settled:
    """Work on a batch of shoppers with something due up to `now`. Repeating it changes nothing."""
    names = tx.due_shoppers(now, BATCH)
    messages = settle_shoppers(tx, rules, now, new_id, names) if names else 0
    return Settled(len(names), tx.next_due(), messages)


def settle_shoppers(
    tx: Transaction, rules: RunningRules, now: Instant, new_id: NewId, names: Collection[str]
) -> int:
    """Do what is due for these shoppers; return how many messages that made."""
    turn = Turn(tx, rules, names, now, new_id)
    for name in sorted(names):
        shopper = turn.shopper(name)
        if shopper is None:
            turn.rest(name)
            continue
        state = turn.state(name)
        turn.journal.write(name, state, turn.decider.run_due(state, shopper, now))
        turn.keep(name, state)
    return turn.journal.messages
