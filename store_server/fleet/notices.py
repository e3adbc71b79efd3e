"""Alerts as messages to operators: short, in the chain's language and the store's time, naming cause and effect. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from protocol.instants import Instant, to_datetime
from protocol.plan import StorePlan
from store_server.db.tables import Alert
from store_server.fleet.alert_words import alert_reasons, alert_words, back_words
from store_server.fleet.troubles import CAMPAIGN
from store_server.fleet.wording import Speaker, Wording

LINES_AT_MOST = 20
"""A whole store that loses its line is one message that a phone still shows."""


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
        return self._notice(
            alerts, [(back_words(one, self._wording(one.store)), "") for one in alerts], many, bad=False
        )

    def _notice(
        self, alerts: Sequence[Alert], said: Sequence[tuple[str, str]], many: str, *, bad: bool
    ) -> Notice:
        heads = [f"{self._store(one)}{head}" for one, (head, _) in zip(alerts, said, strict=True)]
        if len(said) == 1:
            return Notice(heads[0], said[0][1] or heads[0], bad)
        lines = [f"{head}. {rest}".strip() for head, (_, rest) in zip(heads, said, strict=True)]
        if len(lines) > LINES_AT_MOST:
            left = len(lines) - LINES_AT_MOST
            lines[LINES_AT_MOST:] = [self.speaker.count("and %(n)s more", "and %(n)s more", left)]
        return Notice(many, "\n".join(lines), bad)

    def _broken(self, alert: Alert) -> tuple[str, str]:
        words = self._wording(alert.store)
        reasons = alert_reasons(alert, words)
        return alert_words(alert, words), "; ".join(reasons) if reasons else self._effect(alert)

    def _effect(self, alert: Alert) -> str:
        if alert.rule == CAMPAIGN or not alert.detail:
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
        name = plan.name if plan else alert.store
        return f"{name}: " if name else ""

    def _wording(self, store: str) -> Wording:
        plan = self.plans.get(store)
        return Wording(self.speaker, plan.zone_name if plan else str, partial(self._when, plan))

    def _when(self, plan: StorePlan | None, at: Instant) -> str:
        """Return hour and minute of the store, with the day where it is not today's."""
        zones = {one.timezone for one in ([plan] if plan else self.plans.values())}
        zone = ZoneInfo(zones.pop() if len(zones) == 1 else "UTC")
        local = to_datetime(at).astimezone(zone)
        today = to_datetime(self.now).astimezone(zone).date()
        return f"{local:%H:%M %Z}" if local.date() == today else f"{local:%Y-%m-%d %H:%M %Z}"
