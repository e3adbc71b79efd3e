"""What can stop a message on its way out.

DeliveryError
├── BadAddress     a push address nobody could ever deliver to; the install must bring a new one
├── BadVapid       the store's own push identity is unusable; an operator must mend it
├── BadPhoneCode   a pairing code that was used, is over or never was one; its person asks for another
└── TrialRefused   a test message that is not sent; its sender can do something about it
    ├── NoPhone    none is paired with the account
    └── TooSoon    there have been enough of them for now
"""

from protocol.instants import Instant


class DeliveryError(Exception):
    """Base of everything this package raises on purpose."""


class BadAddress(DeliveryError):
    """Say what of a push address was expected, and what came."""


class BadVapid(DeliveryError):
    """Say what of the VAPID key or its contact was expected, and what came."""


class BadPhoneCode(DeliveryError):
    """Carry nothing: whoever guesses codes learns nothing from it."""


class TrialRefused(DeliveryError):
    """Base of what keeps a test message from being queued."""


class NoPhone(TrialRefused):
    """Carry nothing: the account has no phone."""


class TooSoon(TrialRefused):
    """Say from when on there may be another."""

    def __init__(self, again_at: Instant) -> None:
        super().__init__(f"none before {again_at} expected")
        self.again_at = again_at
