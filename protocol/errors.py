"""What can be wrong with something a person or a machine handed us.

ProtocolError
├── BadInput        a file, message or value breaks the contract; carries every problem found
├── BadMessage      an MQTT message that is dropped; carries the counted reason
└── BadFrame        bytes off the air that are no iBeacon frame; carries the counted reason
"""

from dataclasses import dataclass


class ProtocolError(Exception):
    """Base of everything this package raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in one place, in words a person can act on."""

    source: str
    line: int | None
    expected: str
    got: str

    def __str__(self) -> str:
        place = self.source if self.line is None else f"{self.source}:{self.line}"
        return f"{place}: expected {self.expected}, got {self.got}"


class BadInput(ProtocolError):
    """Carry all problems of one reading; nothing of it may be applied."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class BadFrame(ProtocolError):
    """Say why a payload is no iBeacon frame; `reason` is a counter's name."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BadMessage(ProtocolError):
    """Say why a message is dropped; `reason` is a counter's name, `detail` is for the log."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
