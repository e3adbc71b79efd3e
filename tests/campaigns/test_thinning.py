from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.decision import decision_line
from campaigns.document import read_campaign
from campaigns.shopper import Shopper
from campaigns.simulate import PresenceLine, Simulation, Spending
from campaigns.snapshot import Snapshot
from campaigns.thinning import LONGEST_GAP_MS, gap_for, needed
from protocol.identity import BeaconIdentity
from protocol.instants import SECOND
from protocol.plan import read_plan
from protocol.policy import Policy
from protocol.sighting import FAR, NEAR, RANGED, UNKNOWN, Sighting
from tests.campaigns import worlds

UUID = "8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10"
START = 1_793_000_000_000
BEACONS = tuple(BeaconIdentity(UUID, 1, minor) for minor in (11, 12, 13))
PLAN = """
version: 1
store: {{id: milan, name: Milano, timezone: Europe/Rome, locale: en, floor: {{width_m: 40, depth_m: 25}}}}
policy: {{exit_grace_s: {grace}, reentry_s: {reentry}, max_per_visit: 9, max_per_day: 99, max_inbox_per_visit: 99}}
zones:
  - {{id: shoes, name: Shoes, polygon: [[0,0],[8,0],[8,6],[0,6]]}}
  - {{id: till, name: Till, polygon: [[20,10],[32,10],[32,20],[20,20]], interrupt: never}}
beacons:
  - {{id: A, zone: shoes, uuid: {uuid}, major: 1, minor: 11}}
  - {{id: B, zone: shoes, uuid: {uuid}, major: 1, minor: 12}}
  - {{id: C, zone: till, uuid: {uuid}, major: 1, minor: 13}}
gateways: [{{id: gw-shoes, zone: shoes}}, {{id: gw-till, zone: till}}]
"""
TRIGGERS = (
    "{on: arrive}",
    "{on: leave}",
    "{on: exit, zone: shoes}",
    *(f"{{on: enter, zone: shoes, within: {band}}}" for band in ("immediate", "near", "far")),
    *(
        f"{{on: dwell, zone: shoes, after_s: {span}, within: {band}}}"
        for span in (15, 95)
        for band in ("near", "far")
    ),
    "{on: dwell, zone: till, after_s: 40}",
)
CAMPAIGN = """
version: 1
id: c-{number}
name: One
status: live
stores: [milan]
trigger: {trigger}
trust: {trust}
channels: {channels}
limits: {{per_visit: 5}}
message: {{en: {{title: T, body: B}}}}
"""
CAMPAIGNS = tuple(
    read_campaign(
        CAMPAIGN.format(number=number, trigger=trigger, trust=trust, channels=channels), f"c-{number}"
    )
    for number, (trigger, trust, channels) in enumerate(
        (trigger, trust, channels)
        for trigger in TRIGGERS
        for trust, channels in (("app", "[push]"), ("corroborated", "[inbox]"))
    )
)


def decided(plan_text: str, sightings: Sequence[Sighting], presence: Sequence[PresenceLine]) -> list[bytes]:
    plan = read_plan(plan_text, "plan")
    snapshot = Snapshot.build([plan], CAMPAIGNS)
    ann = Shopper("ann", consent={"proximity": True, "push": True})
    run = Simulation(snapshot, [plan], {"ann": ann}, {}, Spending({}), presence)
    return [decision_line(one) for one in run.run(worlds.seen(snapshot, sightings))]


gaps = st.sampled_from((0, 400, 1_000, 1_000, 1_000, 7_000, 19_000, 21_000, 29_000, 31_000, 100_000, 400_000))
steps = st.tuples(
    gaps,
    st.sampled_from((*BEACONS, BEACONS[0])),
    st.integers(0, 3),
    st.sampled_from((RANGED,) * 12 + ("enter", "exit")),
    st.integers(1, 40),
)
heard = st.lists(
    st.tuples(
        st.integers(0, 600), st.sampled_from(BEACONS), st.sampled_from(("gw-shoes", "gw-till")), st.booleans()
    ),
    max_size=12,
)


def seen(walk: Sequence[tuple[int, BeaconIdentity, int, str, int]]) -> list[Sighting]:
    """Return sightings: each step waits, then repeats its own once a second."""
    at = START
    out: list[Sighting] = []
    for gap, identity, band, kind, times in walk:
        at += gap
        for _ in range(times if kind == RANGED else 1):
            out.append(Sighting(f"{len(out):05d}", at, "ann", identity, band, kind))
            at += SECOND
    return sorted(out, key=lambda one: (one.at, one.id))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(steps, min_size=1, max_size=14),
    heard,
    st.sampled_from(((30, 120), (21, 0), (45, 20))),
)
def test_what_is_left_gives_the_same_decisions(
    walk: list[tuple[int, BeaconIdentity, int, str, int]],
    changes: list[tuple[int, BeaconIdentity, str, bool]],
    policy: tuple[int, int],
) -> None:
    whole = seen(walk)
    thinned = needed(whole, LONGEST_GAP_MS)
    plan = PLAN.format(uuid=UUID, grace=policy[0], reentry=policy[1])
    presence = sorted(
        (
            PresenceLine(START + at * SECOND, gateway, identity, present)
            for at, identity, gateway, present in changes
        ),
        key=lambda line: line.at,
    )
    assert decided(plan, thinned, presence) == decided(plan, whole, presence)


def ranged(*seconds: float, band: int = FAR, beacon: int = 0) -> list[Sighting]:
    return [
        Sighting(f"{band}-{at}", START + round(at * SECOND), "ann", BEACONS[beacon], band, RANGED)
        for at in seconds
    ]


def test_of_an_hour_of_ranging_a_twentieth_is_left() -> None:
    whole = ranged(*range(3600))
    assert len(needed(whole, LONGEST_GAP_MS)) == 181


def test_a_closer_band_and_the_last_before_a_silence_stay() -> None:
    far, near = ranged(0, 1, 2, 3, 50), ranged(2.5, band=NEAR)
    walk = sorted([*far, *near], key=lambda one: one.at)
    assert [one.at - START for one in needed(walk, LONGEST_GAP_MS)] == [0, 2_500, 3_000, 50_000]


def test_a_store_that_takes_a_short_silence_for_an_exit_keeps_more() -> None:
    assert gap_for([]) == LONGEST_GAP_MS
    assert gap_for([Policy(exit_grace_ms=10 * SECOND), Policy()]) == 9_999
    assert gap_for([Policy(exit_grace_ms=0)]) == 0
    walk = ranged(*range(30))
    assert needed(walk, 0) == walk


def test_region_events_stay_and_end_the_runs_before_them() -> None:
    exit_ = Sighting("x", START + 3 * SECOND, "ann", BEACONS[0], FAR, "exit")
    walk = [*ranged(0, 1, 2), exit_, *ranged(4, 5, 6)]
    assert [one.at - START for one in needed(walk, LONGEST_GAP_MS)] == [0, 2_000, 3_000, 4_000, 6_000]


def test_an_unknown_band_is_kept_anew_once_a_known_one_may_have_opened_a_stay() -> None:
    unknown = ranged(0, 1, 2, 4, 5, band=UNKNOWN)
    walk = sorted([*unknown, *ranged(3)], key=lambda one: one.at)
    assert [one.at - START for one in needed(walk, LONGEST_GAP_MS)] == [0, 2_000, 3_000, 4_000, 5_000]
    assert [one.at - START for one in needed(unknown, LONGEST_GAP_MS)] == [0, 5_000]
