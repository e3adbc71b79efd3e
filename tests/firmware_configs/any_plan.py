"""Any store plan that its kinds can do, with any text where a plan takes text."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from firmware_configs.kinds import KINDS, Kind
from tests.firmware_configs.plans import UUID

NASTY = [
    '"; NRF.setTxPower(4); //',
    "x\\",
    "x */ int y;",
    "??/",
    "a\nreboot();",
    "a\u2028b()",
    "a\u202e",
    "=1+1",
    "\t=1+1",
    "@SUM(A1)",
    "</text><script>",
    "</style><script>alert(1)</script>",
    "${x} $id %n %%i",
    "*/",
    "#",
    "{{ plan }}",
    "{% include 'x' %}",
    "\x85key: 1",
    "'; rm -rf /",
    "`id` $(id)",
    "]]>",
    "\n[Service]\nExecStart=/bin/sh",
    '"\n  - evil: 1',
]
TEXTS = st.one_of(
    st.sampled_from(NASTY), st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
).filter(bool)
IDS = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9-]{0,62}\Z")
SLUGS = st.from_regex(r"\A[a-z0-9][a-z0-9-]{0,62}\Z")
U16 = st.integers(0, 0xFFFF)
SIDE_M = 30
PLACES = st.none() | st.lists(st.floats(0, SIDE_M), min_size=2, max_size=3)


def _beacon(kind: Kind, zone: str, name: str, number: int, draw: Callable[[Any], Any]) -> dict[str, Any]:
    told = {
        "id": name,
        "zone": zone,
        "uuid": UUID,
        "major": draw(U16),
        "minor": number,
        "measured_power_dbm": draw(st.integers(-127, 0)),
        "interval_ms": draw(st.none() | st.integers(kind.shortest_ms, kind.longest_ms)),
        "tx_power_dbm": draw(st.none() | st.sampled_from(kind.powers_dbm)),
        "position": draw(PLACES),
        "firmware": kind.name,
    }
    return {key: value for key, value in told.items() if value is not None}


@st.composite
def plans(draw: Callable[[Any], Any]) -> dict[str, Any]:
    """Return a plan as plain values: up to three zones, a beacon of each kind and more, gateways, tags."""
    zones = draw(st.lists(SLUGS, min_size=1, max_size=3, unique=True))
    names = draw(st.lists(IDS, min_size=5, max_size=7, unique_by=str.lower))
    kinds = [*KINDS.values(), *draw(st.lists(st.sampled_from(list(KINDS.values())), min_size=2, max_size=2))]
    corner = [[0, 0], [SIDE_M, 0], [SIDE_M, SIDE_M]]
    return {
        "version": 1,
        "store": {
            "id": draw(SLUGS),
            "name": draw(TEXTS),
            "timezone": "Europe/Rome",
            "floor": {"width_m": SIDE_M, "depth_m": SIDE_M},
        },
        "zones": [{"id": zone, "name": draw(TEXTS), "polygon": corner} for zone in zones],
        "beacons": [
            _beacon(kind, draw(st.sampled_from(zones)), name, number, draw)
            for number, (name, kind) in enumerate(zip(names, kinds, strict=False))
        ],
        "tags": [{"uuid": "3f0e6c1e-6a55-4a0e-8f0e-2b6f6f7d9a01", "kind": "cart"}],
        "gateways": [{"id": name, "zone": zones[0]} for name in draw(st.lists(SLUGS, max_size=1))],
    }
