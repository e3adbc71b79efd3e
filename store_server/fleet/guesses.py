"""How many wrong codes one address may try before it is not listened to for a while. Pure; each process counts for itself."""

import ipaddress
from collections import deque
from dataclasses import dataclass, field

from protocol.instants import MINUTE, Instant

MOST = 10
"""Wrong codes an address and span: a person mistypes two or three, and 79 bits are out of reach of any number."""
SPAN_MS = 10 * MINUTE
MAX_ADDRESSES = 1_000
"""Remembered at a time; beyond, the one that tried longest ago is forgotten, so that a flood costs no memory."""
IPV6_HOME = 64
"""Bits of an IPv6 address that one customer is given: whoever has one has all below it."""


@dataclass(slots=True)
class Guesses:
    """Wrong codes of late, by who tried them; the address that tried latest comes last."""

    _wrong: dict[str, deque[Instant]] = field(default_factory=dict)

    def wait_ms(self, address: str, now: Instant) -> Instant:
        """Return how long this address is not listened to, 0 where it is."""
        tried = self._wrong.get(_home(address))
        if tried is None:
            return 0
        while tried and now - tried[0] >= SPAN_MS:
            tried.popleft()
        return tried[0] + SPAN_MS - now if len(tried) >= MOST else 0

    def wrong(self, address: str, now: Instant) -> None:
        """Remember a code that was refused."""
        home = _home(address)
        tried = self._wrong.pop(home, None) or deque(maxlen=MOST)
        tried.append(now)
        self._wrong[home] = tried
        if len(self._wrong) > MAX_ADDRESSES:
            del self._wrong[next(iter(self._wrong))]


def _home(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address  # a socket without a number, such as a test's
    if found.version == 4:
        return address
    return str(ipaddress.ip_network((found, IPV6_HOME), strict=False))
