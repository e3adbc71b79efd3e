"""Signal over distance, log-distance model (ITU-R P.1238, indoor propagation). Metres are estimates and never promised."""

from collections.abc import Sequence
from math import log10
from typing import Final

from firmware_configs.kinds import Setting

EXPONENT: Final = 2.5
"""Loss per decade / 10: P.1238 has 2.2 for open shops and 3.0 for offices full of furniture; a shop lies between."""
NEAREST_M: Final = 0.3
"""The model ends near the antenna; nobody is nearer than that."""
PHONE_HEARS_DBM: Final = -95
"""What common phones still report; weaker frames are lost in noise."""
BODY_DB: Final = 10
"""What a hand, a body or a shelf takes away on 2.4 GHz, in round figures."""
SURE_DBM: Final = PHONE_HEARS_DBM + BODY_DB
"""At least this strong in the model: heard, whoever stands between."""
CARRIED_M: Final = 1.2
"""How high a phone is carried: what hangs higher is that much farther off."""


def rssi_at(measured_power_dbm: float, distance_m: float) -> float:
    """Return the expected signal at a distance."""
    return measured_power_dbm - 10 * EXPONENT * log10(max(distance_m, NEAREST_M))


def reach_m(measured_power_dbm: float, rssi_dbm: float) -> float:
    """Return the distance at which the expected signal has fallen to `rssi_dbm`."""
    return float(10 ** ((measured_power_dbm - rssi_dbm) / (10 * EXPONENT)))


def measured_power_at(setting: Setting, tx_power_dbm: int) -> int:
    """Return the measured power to expect after a change of transmit power: as many dB more as are sent more."""
    return setting.beacon.measured_power_dbm + tx_power_dbm - setting.tx_power_dbm


def above_m(position: Sequence[float] | None) -> float:
    """Return how far above the phones a beacon hangs, 0 where the plan does not say."""
    return 0.0 if position is None or len(position) < 3 else max(0.0, position[2] - CARRIED_M)
