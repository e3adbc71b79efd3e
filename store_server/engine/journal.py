"""Outcomes of the rules -> rows: decisions, messages, cancelled messages, near misses, all in the caller's transaction."""

from collections import Counter

import msgspec

from campaigns.decide import Outcome, release
from campaigns.decision import INBOX, SEND, Decision
from campaigns.state import ShopperState
from protocol.instants import Instant
from store_server.ids import NewId
from store_server.store.port import Transaction
from store_server.store.rows import DecisionEntry, MessageRow, StayRef

_ENCODER = msgspec.json.Encoder()


class Journal:
    """Collects what was decided in one transaction and writes it down."""

    def __init__(self, tx: Transaction, new_id: NewId, now: Instant) -> None:
        self._tx, self._new_id, self._now = tx, new_id, now
        self.messages = 0

    def write(self, shopper: str, state: ShopperState, outcome: Outcome) -> None:
        """Write one outcome; reservations of messages that its ended stays cancel go back into `state`."""
        if outcome.decisions:
            self._write_decisions(outcome.decisions)
        if not outcome.ended_stays:
            return
        ended = {StayRef(*stay) for stay in outcome.ended_stays}
        for message in self._tx.cancel_stays(shopper, ended, self._now):
            release(state, message.decision_at, message.campaign)
            self._tx.spend(message.campaign, -1)

    def _write_decisions(self, decisions: list[Decision]) -> None:
        numbers = self._tx.add_decisions([_entry(one, self._now) for one in decisions])
        messages = [
            _message(one, number, self._new_id(), self._now)
            for one, number in zip(decisions, numbers, strict=True)
            if one.outcome in (SEND, INBOX)
        ]
        self._tx.add_messages(messages)
        missed = Counter((one.campaign, one.reason) for one in decisions if one.near_miss and one.reason)
        self._tx.count_near_misses(missed, self._now)
        self.messages += len(messages)


def _entry(one: Decision, now: Instant) -> DecisionEntry:
    return DecisionEntry(
        at=one.at,
        shopper=one.shopper,
        campaign=one.campaign,
        revision=one.revision,
        trigger=one.trigger,
        trigger_at=one.trigger_at,
        store=one.store,
        zone=one.zone,
        visit_no=one.visit_no,
        visit_at=one.visit_at,
        stay_no=one.stay_no,
        stay_at=one.stay_at,
        outcome=one.outcome,
        reason=one.reason,
        variant=one.variant,
        channel=one.channel,
        title=one.title,
        body=one.body,
        link=one.link,
        facts=_ENCODER.encode(one.facts).decode(),
        near_miss=one.near_miss,
        recorded_at=now,
    )


def _message(one: Decision, number: int, message: str, now: Instant) -> MessageRow:
    in_inbox = one.channel == "inbox"
    return MessageRow(
        id=message,
        shopper=one.shopper,
        decision=number,
        decision_at=one.at,
        campaign=one.campaign,
        store=one.store,
        visit_no=one.visit_no,
        zone=one.zone,
        stay_no=one.stay_no,
        stay_at=one.stay_at,
        cancel_on_exit=one.cancel_on_exit and one.stay_no is not None,
        channel=one.channel or "inbox",
        title=one.title,
        body=one.body or "",
        link=one.link,
        deadline_at=one.deadline_at,
        state="accepted" if in_inbox else "queued",
        created_at=now,
        changed_at=now,
        accepted_at=now if in_inbox else None,
    )
