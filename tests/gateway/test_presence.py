"""What waits to be told: bounded under a flood of forged minors, which push out nobody whom the server knows."""

from gateway.presence import PresenceWriter
from gateway.tracker import MAX_TRACKED, BeaconReport, Tracker
from protocol.identity import BeaconIdentity
from protocol.instants import SECOND
from protocol.messages import MAX_BEACONS, BeaconPresence, Presence, decode
from tests.fakes.clock import START
from tests.store_server.shop import UUID

OURS = BeaconIdentity(UUID, 1, 11)
EVERY_MS = 8 * SECOND
FORGED_PER_S = 500


def forged(number: int) -> BeaconIdentity:
    return BeaconIdentity(UUID, 1_000 + (number >> 16), number & 0xFFFF)


def tell(writer: PresenceWriter, now: int, reports: list[BeaconReport]) -> tuple[BeaconPresence, ...]:
    message = writer.write(now, reports, 0)
    return () if message is None else decode(Presence, message.payload).beacons


def test_a_flood_of_forged_minors_is_bounded_and_counted_and_a_loss_is_told_all_the_same() -> None:
    tracker, writer, now, number = Tracker({UUID}), PresenceWriter("00c0ffee"), START, 0
    tracker.heard(now, OURS, -60, -59)
    told = [beacon.state for beacon in tell(writer, now, tracker.report(now)) if beacon.minor == 11]
    for _ in range(25):  # minutes without the server
        for _ in range(FORGED_PER_S * EVERY_MS // SECOND):
            number += 1
            tracker.heard(now, forged(number), -60, -59)
        now += EVERY_MS
        told += [
            beacon.state
            for beacon in tell(writer, now, tracker.report(now))
            if (beacon.major, beacon.minor) == (1, 11)
        ]
        assert writer.waiting <= MAX_TRACKED
    for _ in range(MAX_TRACKED // MAX_BEACONS):
        now += SECOND
        told += [beacon.state for beacon in tell(writer, now, []) if (beacon.major, beacon.minor) == (1, 11)]
    assert told == ["present", "lost"]
    assert writer.waiting == 0
    assert writer.overflow > 0


def test_those_never_told_present_go_first_the_newest_of_them_before_the_others() -> None:
    writer = PresenceWriter("00c0ffee")
    known = [report(forged(number)) for number in range(MAX_BEACONS)]
    tell(writer, START, known)
    strangers = [report(forged(1_000 + number)) for number in range(MAX_TRACKED + MAX_BEACONS)]
    losses = [report(one.identity, lost=True) for one in known]
    tell(writer, START + SECOND, [*strangers, *losses])
    assert (writer.waiting, writer.overflow) == (MAX_TRACKED, MAX_BEACONS)
    said: list[BeaconPresence] = []
    for second in range(2, 2 + MAX_TRACKED // MAX_BEACONS):
        said += tell(writer, START + second * SECOND, [])
    assert sum(beacon.state == "lost" for beacon in said) == MAX_BEACONS
    assert [beacon.minor for beacon in said if beacon.state == "present"] == [
        one.identity.minor for one in strangers[MAX_BEACONS:MAX_TRACKED]
    ]


def report(identity: BeaconIdentity, *, lost: bool = False) -> BeaconReport:
    return BeaconReport(identity, "lost" if lost else "present", START, START, -60, -59, 1, changed=True)
