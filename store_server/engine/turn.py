"""One transaction's view of the rules: the snapshot, the shoppers at hand, the decider, the journal."""

from collections.abc import Collection, Iterable

from campaigns.decide import Decider
from campaigns.shopper import Shopper, read_shopper
from campaigns.state import History, ShopperState, decode_state, encode_state
from protocol.instants import Instant
from store_server.engine.coupons import Coupons
from store_server.engine.facts import Budgets, Heard, Live
from store_server.engine.journal import Journal
from store_server.ids import NewId
from store_server.rules import RunningRules
from store_server.store.port import Transaction
from store_server.store.rows import HistoryRow, StateRow


class Turn:
    """Made at the start of a transaction and gone with it."""

    def __init__(
        self, tx: Transaction, rules: RunningRules, shoppers: Collection[str], now: Instant, new_id: NewId
    ) -> None:
        self._tx, self.now = tx, now
        self.snapshot = rules.current(tx)
        self._profiles = tx.profiles(shoppers)
        self._states = tx.states(shoppers)
        self.journal = Journal(tx, new_id, now)
        self.decider = Decider(
            self.snapshot,
            Budgets(tx),
            Heard(tx, self.snapshot),
            live=Live(tx, self._profiles),
            coupons=Coupons(tx, now),
        )

    def shopper(self, name: str) -> Shopper | None:
        """Return a shopper who agrees to be perceived; anyone else is unknown to us (SPEC 4.1)."""
        profile = self._profiles.get(name)
        shopper = None if profile is None else read_shopper(profile.line, "shopper", 1)
        return shopper if shopper is not None and shopper.consents("proximity") else None

    def state(self, name: str) -> ShopperState:
        """Return how a shopper stands, with all that is known to have happened; a new one stands nowhere."""
        known = self._states.get(name)
        state = ShopperState() if known is None else decode_state(known)
        state.history = _history(self._tx.history(name))
        return state

    def keep(
        self, name: str, state: ShopperState, place: tuple[str | None, str | None] = (None, None)
    ) -> Instant | None:
        """Write a state down and return when it is due; `place` is the store and zone of its last sighting."""
        due_at = self.decider.next_due(state)
        state.history = History()  # it has its own rows
        self._tx.put_states([StateRow(name, encode_state(state), due_at, *place, self.now)])
        return due_at

    def rest(self, name: str) -> None:
        """Let nothing be due any more for a shopper who is gone, or no longer agrees."""
        known = self._states.get(name)
        if known is not None:
            self._tx.put_states([StateRow(name, known, None, None, None, self.now)])


def _history(rows: Iterable[HistoryRow]) -> History:
    history = History()
    for row in rows:
        history.add(row.kind, row.at, row.store, row.campaign, row.tag)
    return history
