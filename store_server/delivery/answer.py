"""What a provider said to one attempt: one type for every channel (FIELD-NOTES, Push)."""

from dataclasses import dataclass
from typing import TypeAlias

from protocol.instants import Instant


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took it."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The address existed and does not any more; it must not be used again."""


@dataclass(frozen=True, slots=True)
class InvalidAddress:
    """The address never was one."""

    why: str


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """Not taken, for now; `wait_ms` as the provider asked, or None where it left it to us."""

    why: str
    wait_ms: Instant | None = None


@dataclass(frozen=True, slots=True)
class Unreached(RetryAfter):
    """No connection came about: name, network or service are gone."""


@dataclass(frozen=True, slots=True)
class Misconfigured:
    """Our fault, whatever the address: an operator must act."""

    why: str


@dataclass(frozen=True, slots=True)
class Refused(Misconfigured):
    """The provider does not take us for who we are, so none of our messages."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Sent, and no answer came: it may or may not have been taken."""

    why: str


@dataclass(frozen=True, slots=True)
class TooLate:
    """Not sent: the message's deadline came first."""


@dataclass(frozen=True, slots=True)
class Interrupted(Unknown):
    """Our own side broke the attempt off; that says nothing of the provider."""


Answer: TypeAlias = Accepted | Gone | InvalidAddress | RetryAfter | Misconfigured | Unknown | TooLate
