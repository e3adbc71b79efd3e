"""What can stop a message on its way out.

DeliveryError
├── BadAddress     a push address nobody could ever deliver to; the install must bring a new one
└── BadVapid       the store's own push identity is unusable; an operator must mend it
"""


class DeliveryError(Exception):
    """Base of everything this package raises on purpose."""


class BadAddress(DeliveryError):
    """Say what of a push address was expected, and what came."""


class BadVapid(DeliveryError):
    """Say what of the VAPID key or its contact was expected, and what came."""
