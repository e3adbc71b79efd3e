"""How a campaign's document is written: its keys in the order people read them (SPEC 3)."""

from protocol.writing import Layout

LAYOUT = Layout(
    order=(
        "version",
        "id",
        "name",
        "status",
        "stores",
        "trigger",
        "trust",
        "schedule",
        "audience",
        "limits",
        "priority",
        "holdout_pct",
        "deadline_s",
        "cancel_on_exit",
        "blocked",
        "channels",
        "message",
        "variants",
        "goal",
    ),
    nested=frozenset(("audience", "limits", "message", "schedule", "variants")),
    groups=frozenset(("all", "any")),
)
