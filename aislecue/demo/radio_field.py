"""What a receiver hears of a transmitter: log-distance path loss, body shadow, slow and fast fading, lost frames.

Figures: path-loss exponent 2.2 with 3-4 dB of fast fading is what open shop floors measure at 2.4 GHz; a torso between
the two takes 8-12 dB; receivers of phones and Pis go deaf around -95 dBm.
"""

import math
from collections.abc import Hashable
from random import Random

from aislecue.demo.floor import Place
from protocol.instants import SECOND, Instant

PATH_LOSS_EXPONENT = 2.2
FAST_FADING_DB = 2.5
SLOW_FADING_DB = 2.0
SLOW_FADING_S = 8.0
"""Shelves and other people: what fades slowly is correlated over some seconds."""
BODY_SHADOW_DB = 9.0
POCKET_DB = 8.0
DEAF_BELOW_DBM = -95
LOST_FRAMES = 0.12
"""Collisions on the three advertising channels, and the scanner being on another one."""
CARRIED_HEIGHT_M = 1.1

Point = tuple[float, float, float]


def distance_m(a: Point, b: Point) -> float:
    return math.dist(a, b)


def path_loss_dbm(measured_power_dbm: float, metres: float) -> float:
    """Return the mean level at a distance, from the level at one metre."""
    return measured_power_dbm - 10 * PATH_LOSS_EXPONENT * math.log10(max(metres, 0.3))


def body_shadow_db(carrier: Place, other: Point) -> float:
    """Return what the carrier's torso takes: all of it with the other end behind their back, nothing in front."""
    dx, dy = other[0] - carrier.x_m, other[1] - carrier.y_m
    length = math.hypot(dx, dy) or 1.0
    cosine = (dx * carrier.facing[0] + dy * carrier.facing[1]) / length
    return BODY_SHADOW_DB * max(0.0, -cosine)


class RadioField:
    """Fading of every link between a transmitter and a receiver, from one seed."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._slow: dict[tuple[Hashable, Hashable], tuple[Instant, float]] = {}

    def hears(self, link: tuple[Hashable, Hashable], now: Instant, mean_dbm: float) -> int | None:
        """Return the level at which one frame arrives on this link, or None where it is lost."""
        if mean_dbm < DEAF_BELOW_DBM - 12 or self._random.random() < LOST_FRAMES:
            return None
        level = mean_dbm + self._slow_db(link, now) + self._random.gauss(0, FAST_FADING_DB)
        return round(level) if level >= DEAF_BELOW_DBM else None

    def _slow_db(self, link: tuple[Hashable, Hashable], now: Instant) -> float:
        before_at, before_db = self._slow.get(link, (now, self._random.gauss(0, SLOW_FADING_DB)))
        keep = math.exp(-(now - before_at) / SECOND / SLOW_FADING_S)
        level = before_db * keep + self._random.gauss(0, SLOW_FADING_DB) * math.sqrt(1 - keep * keep)
        self._slow[link] = (now, level)
        return level
