"""What can go wrong with a fleet's keys.

FleetError
├── BadAuthority   a key or certificate in the data folder is not what it was made as; restore it
├── BadRequest     a gateway, or whoever enrols one, asks for what cannot be given
└── BadCode        a code that is wrong, used or too old; a new one is made in a second
"""


class FleetError(Exception):
    """Base of everything the fleet raises on purpose; the text says what was expected and what came."""


class BadAuthority(FleetError):
    """The server's own key or certificate cannot be used."""


class BadRequest(FleetError):
    """What was asked for cannot be signed."""


class BadCode(FleetError):
    """This code enrols nothing."""
