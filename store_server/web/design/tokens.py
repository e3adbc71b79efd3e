"""The design tokens as data: colours by theme, type scale, spacing. The CSS and the contrast test read the same values."""

from collections.abc import Mapping
from typing import Final

Palette = Mapping[str, str]

LIGHT: Final[Palette] = {
    "page": "#f5f4f0",
    "surface": "#ffffff",
    "sunken": "#eceae4",
    "line": "#d9d6ce",
    "edge": "#858178",
    "ink": "#1d1f23",
    "quiet": "#5a5d66",
    "accent": "#0b5f6b",
    "on-accent": "#ffffff",
    "accent-soft": "#dcedee",
    "good": "#17693a",
    "good-soft": "#dcf0e2",
    "warn": "#7d4e00",
    "warn-soft": "#fbecd0",
    "bad": "#a9251c",
    "bad-soft": "#fbe2df",
    "held": "#60409c",
    "held-soft": "#ebe4f7",
    "focus": "#0b5fd0",
    "floor": "#fbfaf7",
    "zone": "#eef1ee",
    "zone-silent": "#efebe3",
    "dot": "#0f7c8b",
}

DARK: Final[Palette] = {
    "page": "#14161a",
    "surface": "#1c1f24",
    "sunken": "#24282e",
    "line": "#343941",
    "edge": "#7f8691",
    "ink": "#eceae5",
    "quiet": "#a9adb6",
    "accent": "#7fd0d8",
    "on-accent": "#0b2a2e",
    "accent-soft": "#1d3a3e",
    "good": "#86d6a3",
    "good-soft": "#1c3526",
    "warn": "#f0c069",
    "warn-soft": "#3a2d14",
    "bad": "#ff9d93",
    "bad-soft": "#43211e",
    "held": "#c6adf4",
    "held-soft": "#31274a",
    "focus": "#8fbcff",
    "floor": "#181b1f",
    "zone": "#2a3135",
    "zone-silent": "#322d26",
    "dot": "#5cc6d2",
}

MEASURES: Final[Mapping[str, str]] = {
    "text-small": "0.875rem",
    "text-body": "1rem",
    "text-lead": "1.125rem",
    "text-title": "1.375rem",
    "text-page": "clamp(1.5rem, 1.2rem + 1.4vw, 2rem)",
    "text-figure": "2.25rem",
    "space-1": "0.25rem",
    "space-2": "0.5rem",
    "space-3": "0.75rem",
    "space-4": "1rem",
    "space-5": "1.5rem",
    "space-6": "2rem",
    "space-7": "3rem",
    "radius": "0.625rem",
    "radius-small": "0.375rem",
    "touch": "2.75rem",
    "page-width": "86rem",
    "glide": "700ms",
}
"""44 px is the least target a finger meets; 1 rem is 17 px, for reading at arm's length (styles/page.css)."""

READABLE_PAIRS: Final = (
    *(
        (ink, ground)
        for ink in ("ink", "quiet")
        for ground in ("page", "surface", "sunken", "floor", "zone", "zone-silent")
    ),
    *(
        (tone, ground)
        for tone in ("accent", "good", "warn", "bad", "held")
        for ground in (f"{tone}-soft", "surface", "page")
    ),
    ("on-accent", "accent"),
)
"""Text on ground that must reach 4.5:1 (WCAG 2.2, 1.4.3)."""

VISIBLE_PAIRS: Final = (
    ("focus", "page"),
    ("focus", "surface"),
    ("edge", "surface"),
    ("edge", "page"),
    ("dot", "zone"),
)
"""Controls and marks that must reach 3:1 (WCAG 2.2, 1.4.11)."""


def tokens_css() -> str:
    """Return the custom properties: light, dark by the system's wish, and either one by the person's own choice."""
    dark = _rules(DARK, "dark")
    return "\n".join(
        (
            f":root{{{_rules(LIGHT, 'light')}{_rules(MEASURES)}}}",
            f'@media (prefers-color-scheme:dark){{:root:not([data-theme="light"]){{{dark}}}}}',
            f':root[data-theme="dark"]{{{dark}}}',
        )
    )


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two `#rrggbb` colours (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _rules(values: Mapping[str, str], scheme: str | None = None) -> str:
    head = f"color-scheme:{scheme};" if scheme else ""
    return head + "".join(f"--{name}:{value};" for name, value in values.items())


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[k : k + 2], 16) / 255) for k in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
