"""Alerts as messages to operators: short, in the chain's language and the store's time, naming cause and effect. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

from protocol.instants import Instant, to_datetime
from protocol.plan import StorePlan
from store_server.db.tables import Alert
from store_server.fleet.causes import BEACON, NO_BEACON, NO_GATEWAY, NO_ZONE, OVER, SPENT
from store_server.fleet.condition import OFFLINE, RADIO_DEAD
from store_server.fleet.troubles import CAMPAIGN

LINES_AT_MOST = 20
"""A whole store that loses its line is one message that a phone still shows."""


class Speaker(Protocol):
    """One language: a text by its English, filled in (store_server.web.design.language)."""

    def say(self, message: str, **values: object) -> str: ...

    def count(self, singular: str, plural: str, n: int, **values: object) -> str: ...


@dataclass(frozen=True, slots=True)
class Notice:
    """One message; `bad` where something broke."""

    title: str
    body: str
    bad: bool


@dataclass(frozen=True, slots=True)
class Notices:
    """Puts alerts in words, for stores by id, at an instant."""

    speaker: Speaker
    plans: Mapping[str, StorePlan]
    now: Instant

    def broken(self, alerts: Sequence[Alert]) -> Notice:
        """Say what broke, several faults in one message."""
        many = self.speaker.count("%(n)s thing broke", "%(n)s things broke", len(alerts))
        return self._notice(alerts, [self._broken(one) for one in alerts], many, bad=True)

    def back(self, alerts: Sequence[Alert]) -> Notice:
        """Say what is back."""
        many = self.speaker.count("%(n)s thing is back", "%(n)s things are back", len(alerts))
        return self._notice(alerts, [(self._back(one), "") for one in alerts], many, bad=False)

    def _notice(
        self, alerts: Sequence[Alert], said: Sequence[tuple[str, str]], many: str, *, bad: bool
    ) -> Notice:
        heads = [f"{self._store(one)}: {head}" for one, (head, _) in zip(alerts, said, strict=True)]
        if len(said) == 1:
            return Notice(heads[0], said[0][1] or heads[0], bad)
        lines = [f"{head}. {rest}".strip() for head, (_, rest) in zip(heads, said, strict=True)]
        if len(lines) > LINES_AT_MOST:
            left = len(lines) - LINES_AT_MOST
            lines[LINES_AT_MOST:] = [self.speaker.count("and %(n)s more", "and %(n)s more", left)]
        return Notice(many, "\n".join(lines), bad)

    def _broken(self, alert: Alert) -> tuple[str, str]:
        if alert.rule == CAMPAIGN:
            reasons = "; ".join(self._reason(kind, name) for kind, name in alert.detail)
            return self.speaker.say("campaign %(id)s cannot fire", id=alert.name), reasons
        return self._state(alert), self._effect(alert)

    def _back(self, alert: Alert) -> str:
        if alert.rule == CAMPAIGN:
            return self.speaker.say("campaign %(id)s can fire again", id=alert.name)
        return self.speaker.say("%(what)s is back", what=self._thing(alert.rule, alert.name))

    def _state(self, alert: Alert) -> str:
        what, say = self._thing(alert.rule, alert.name), self.speaker.say
        when = "" if alert.since_at is None else self._when(alert.store, alert.since_at)
        if alert.state == OFFLINE:
            return say("%(what)s offline since %(when)s", what=what, when=when)
        if alert.state == RADIO_DEAD:
            return say("%(what)s: radio dead since %(when)s", what=what, when=when)
        return (
            say("%(what)s silent since %(when)s", what=what, when=when)
            if when
            else say("%(what)s silent", what=what)
        )

    def _thing(self, kind: str, name: str) -> str:
        say = self.speaker.say
        return say("beacon %(id)s", id=name) if kind == BEACON else say("gateway %(id)s", id=name)

    def _reason(self, kind: str, name: str) -> str:
        say = self.speaker.say
        if kind == NO_ZONE:
            return say("there is no zone %(zone)s in this store", zone=name)
        if kind == NO_BEACON:
            return say("zone %(zone)s has no beacon", zone=name)
        if kind == NO_GATEWAY:
            return say("zone %(zone)s has no gateway", zone=name)
        if kind == SPENT:
            return say("its budget is used up")
        if kind == OVER:
            return say("its last day has passed")
        return say("%(what)s has never been heard", what=self._thing(kind, name))

    def _effect(self, alert: Alert) -> str:
        if not alert.detail:
            return ""
        names = ", ".join(name for _, name in alert.detail[:LINES_AT_MOST])
        return self.speaker.count(
            "%(n)s campaign cannot fire: %(names)s",
            "%(n)s campaigns cannot fire: %(names)s",
            len(alert.detail),
            names=names,
        )

    def _store(self, alert: Alert) -> str:
        plan = self.plans.get(alert.store)
        return plan.name if plan else alert.store

    def _when(self, store: str, at: Instant) -> str:
        """Return hour and minute of the store, with the day where it is not today's."""
        plan = self.plans.get(store)
        zone = ZoneInfo(plan.timezone if plan else "UTC")
        local = to_datetime(at).astimezone(zone)
        today = to_datetime(self.now).astimezone(zone).date()
        return f"{local:%H:%M %Z}" if local.date() == today else f"{local:%Y-%m-%d %H:%M %Z}"
