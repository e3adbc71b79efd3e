"""Alerts as messages to operators: short, in English, naming cause and effect. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from protocol.instants import format_instant
from store_server.db.tables import Alert
from store_server.fleet.causes import NO_BEACON, NO_GATEWAY, NO_ZONE, SPENT
from store_server.fleet.troubles import CAMPAIGN

LINES_AT_MOST = 20
"""A whole store that loses its line is one message that a phone still shows."""

_REASONS = {
    NO_ZONE: "there is no zone {}",
    NO_BEACON: "zone {} has no beacon",
    NO_GATEWAY: "zone {} has no gateway",
    SPENT: "its budget is used up",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """One message; `bad` where something broke."""

    title: str
    body: str
    bad: bool


def broken_notice(alerts: Sequence[Alert], stores: Mapping[str, str]) -> Notice:
    """Say what broke, several faults in one message."""
    return _notice(alerts, stores, [_broken(one) for one in alerts], "{} things broke", bad=True)


def back_notice(alerts: Sequence[Alert], stores: Mapping[str, str]) -> Notice:
    """Say what is back."""
    return _notice(alerts, stores, [_back(one) for one in alerts], "{} things are back", bad=False)


def _notice(
    alerts: Sequence[Alert], stores: Mapping[str, str], said: list[tuple[str, str]], many: str, *, bad: bool
) -> Notice:
    heads = [
        f"{stores.get(one.store, one.store)}: {head}" for one, (head, _) in zip(alerts, said, strict=True)
    ]
    if len(said) == 1:
        return Notice(heads[0], said[0][1] or heads[0], bad)
    lines = [f"{head}. {rest}".strip() for head, (_, rest) in zip(heads, said, strict=True)]
    if len(lines) > LINES_AT_MOST:
        lines[LINES_AT_MOST:] = [f"and {len(lines) - LINES_AT_MOST} more"]
    return Notice(many.format(len(said)), "\n".join(lines), bad)


def _broken(alert: Alert) -> tuple[str, str]:
    if alert.rule == CAMPAIGN:
        reasons = [_REASONS.get(kind, "{} has never been heard").format(name) for kind, name in alert.detail]
        return f"campaign {alert.name} cannot fire", "; ".join(reasons)
    since = f" since {format_instant(alert.since_at)}" if alert.since_at is not None else ""
    return f"{alert.rule} {alert.name} {alert.state}{since}", _effect(alert)


def _back(alert: Alert) -> tuple[str, str]:
    if alert.rule == CAMPAIGN:
        return f"campaign {alert.name} can fire again", ""
    return f"{alert.rule} {alert.name} is back", ""


def _effect(alert: Alert) -> str:
    number = len(alert.detail)
    if not number:
        return ""
    names = ", ".join(name for _, name in alert.detail[:LINES_AT_MOST])
    return f"{number} campaign{'s' if number > 1 else ''} cannot fire: {names}"
