"""What can go wrong at the gateways' door.

IntakeError
└── BrokerFault     no connection to the broker, or none any more; it is tried again
    └── OldBroker   the broker does not speak MQTT 5
"""


class IntakeError(Exception):
    """Base of everything this package raises on purpose."""


class BrokerFault(IntakeError):
    """Say in words what is wrong with the broker."""


class OldBroker(BrokerFault):
    """MQTT 3.1.1 must do."""
