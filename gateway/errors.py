"""What can go wrong in a gateway.

GatewayError
├── RadioFault      the radio cannot be opened or healed; the hearing task climbs the ladder
├── BrokerFault     no MQTT session; the uplink tries again
├── SpoolFault      the card takes no more; presence goes out live, unspooled and counted
└── EnrolmentFault  the server gave no certificate, or one that is not ours; nothing was changed
"""


class GatewayError(Exception):
    """Base of everything this package raises on purpose; the text is a reason in plain words."""


class RadioFault(GatewayError):
    """The radio does not do what was asked."""


class BrokerFault(GatewayError):
    """The broker is away, refuses us, or has gone."""


class SpoolFault(GatewayError):
    """A message could not be made durable."""


class EnrolmentFault(GatewayError):
    """This machine was not enrolled."""
