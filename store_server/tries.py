"""How often one address may try something before it is not listened to for a while. Pure; each process counts for itself."""

import ipaddress
from collections import deque
from dataclasses import dataclass, field

from protocol.instants import MINUTE, Instant

MOST = 10
"""Wrong enrolment codes an address and span: a person mistypes two or three, and 79 bits are out of reach of any number."""
SPAN_MS = 10 * MINUTE
MAX_ADDRESSES = 1_000
"""Remembered at a time; beyond, the one that tried longest ago is forgotten, so that a flood costs no memory."""
IPV6_HOME = 64
"""Bits of an IPv6 address that one customer is given: whoever has one has all below it."""


@dataclass(slots=True)
class Tries:
    """Tries of late, by who made them; the address that tried latest comes last. `most` of 0: as many as it likes."""

    most: int = MOST
    span_ms: Instant = SPAN_MS
    _tried: dict[str, deque[Instant]] = field(default_factory=dict)

    def wait_ms(self, address: str, now: Instant) -> Instant:
        """Return how long this address is not listened to, 0 where it is."""
        tried = self._tried.get(_home(address))
        if tried is None:
            return 0
        while tried and now - tried[0] >= self.span_ms:
            tried.popleft()
        return tried[0] + self.span_ms - now if len(tried) >= self.most else 0

    def note(self, address: str, now: Instant) -> None:
        """Remember a try."""
        if not self.most:
            return
        home = _home(address)
        tried = self._tried.pop(home, None) or deque(maxlen=self.most)
        tried.append(now)
        self._tried[home] = tried
        if len(self._tried) > MAX_ADDRESSES:
            del self._tried[next(iter(self._tried))]


def _home(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address  # a socket without a number, such as a test's
    if found.version == 4:
        return address
    return str(ipaddress.ip_network((found, IPV6_HOME), strict=False))
