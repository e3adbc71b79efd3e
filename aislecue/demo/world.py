"""The simulated air of the store: which gateway and which phone hears which frame, second by second, from one seed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from aislecue.demo.crowd import Colleague, Visitor
from aislecue.demo.floor import Place
from aislecue.demo.phone import Heard
from aislecue.demo.radio_field import (
    CARRIED_HEIGHT_M,
    POCKET_DB,
    Point,
    RadioField,
    body_shadow_db,
    distance_m,
    path_loss_dbm,
)
from protocol.identity import BeaconIdentity
from protocol.instants import SECOND, Instant
from protocol.plan import StorePlan

TAG_POWER_DBM = -68
FRAMES_MAX = 10
"""An iBeacon advertises at most ten times a second."""


@dataclass(frozen=True, slots=True)
class Transmitter:
    """A beacon on the wall or a tag on the move, for one second."""

    identity: BeaconIdentity
    measured_power_dbm: int
    where: Point
    frames: int
    carrier: Place | None = None


@dataclass(frozen=True, slots=True)
class OnAir:
    """One frame as one gateway's radio receives it."""

    gateway: str
    identity: BeaconIdentity
    measured_power_dbm: int
    rssi_dbm: int


class World:
    """Everything that moves and everything that sends."""

    def __init__(
        self, plan: StorePlan, visitors: Sequence[Visitor], staff: Sequence[Colleague], random: Random
    ) -> None:
        self._field = RadioField(random)
        self._visitors, self._staff = visitors, staff
        self._beacons = [
            Transmitter(b.identity, b.measured_power_dbm, _point(b.position), _frames(b.interval_ms))
            for b in plan.beacons
        ]
        self._gateways = [(gateway.id, _point(gateway.position)) for gateway in plan.gateways]
        self._walls = [
            (beacon, gateway, mean) for beacon in self._beacons for gateway, mean in self._levels(beacon)
        ]
        uuids = {tag.kind: tag.uuid for tag in plan.tags}
        self._cart_uuid, self._staff_uuid = uuids["cart"], uuids["staff"]

    def gateways_hear(self, now: Instant) -> Iterator[OnAir]:
        """Yield the frames of the second that ends now, as each gateway receives them."""
        moving = ((tag, gateway, mean) for tag in self._tags(now) for gateway, mean in self._levels(tag))
        for transmitter, gateway, mean in (*self._walls, *moving):
            for _ in range(transmitter.frames):
                level = self._field.hears((transmitter.identity, gateway), now, mean)
                if level is not None:
                    yield OnAir(gateway, transmitter.identity, transmitter.measured_power_dbm, level)

    def _levels(self, transmitter: Transmitter) -> Iterator[tuple[str, float]]:
        """Yield the mean level of a transmitter at each gateway."""
        for gateway, where in self._gateways:
            mean = path_loss_dbm(transmitter.measured_power_dbm, distance_m(transmitter.where, where))
            shadow = body_shadow_db(transmitter.carrier, where) if transmitter.carrier is not None else 0
            yield gateway, mean - shadow

    def phone_hears(self, visitor: Visitor, now: Instant) -> list[Heard]:
        """Return the frames of the second that ends now, as a visitor's phone receives them."""
        place = place_of(visitor, now)
        if place is None:
            return []
        here = (place.x_m, place.y_m, CARRIED_HEIGHT_M)
        heard = []
        for beacon in self._beacons:
            mean = path_loss_dbm(beacon.measured_power_dbm, distance_m(beacon.where, here))
            # In the hand the phone is before the body, which turns with whatever one looks at; in a pocket it is not.
            mean -= 0 if visitor.in_hand else POCKET_DB + body_shadow_db(place, beacon.where) / 3
            for _ in range(beacon.frames):
                level = self._field.hears((beacon.identity, visitor.name), now, mean)
                if level is not None:
                    heard.append(Heard(beacon.identity, level, beacon.measured_power_dbm))
        return heard

    def _tags(self, now: Instant) -> Iterator[Transmitter]:
        for visitor in self._visitors:
            place = place_of(visitor, now) if visitor.cart is not None else None
            if place is not None and visitor.cart is not None:
                yield _carried(BeaconIdentity(self._cart_uuid, 1, visitor.cart), place)
        for colleague in self._staff:
            place = colleague.walk.at(now)
            if place is not None:
                yield _carried(BeaconIdentity(self._staff_uuid, 1, colleague.minor), place)


def place_of(visitor: Visitor, now: Instant) -> Place | None:
    """Return where a visitor is, or None outside the store."""
    return next((place for walk in visitor.walks if (place := walk.at(now)) is not None), None)


def _carried(identity: BeaconIdentity, place: Place) -> Transmitter:
    return Transmitter(identity, TAG_POWER_DBM, (place.x_m, place.y_m, CARRIED_HEIGHT_M), 1, place)


def _frames(interval_ms: int | None) -> int:
    return max(1, min(FRAMES_MAX, SECOND // (interval_ms or SECOND)))


def _point(position: tuple[float, ...] | None) -> Point:
    if position is None:
        raise ValueError("a position for every beacon and gateway of a simulated store expected, got none")
    x_m, y_m, *height = position
    return (x_m, y_m, height[0] if height else 2.5)
