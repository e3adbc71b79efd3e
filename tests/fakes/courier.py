"""A delivery channel that answers as told (store_server.delivery.port)."""

from protocol.instants import Instant
from store_server.delivery.answer import Accepted, Answer
from store_server.delivery.port import Address, Message


class Courier:
    """Gives its answers in turn, the last one for ever; keeps what it was handed."""

    kind = "webpush"

    def __init__(self, *answers: Answer, collapses: bool = True) -> None:
        self.collapses = collapses
        self._answers = list(answers) or [Accepted()]
        self.sent: list[tuple[Message, Address, Instant]] = []

    def provider(self, address: Address) -> str:
        return "push.example"

    async def send(self, message: Message, address: Address, now: Instant) -> Answer:
        self.sent.append((message, address, now))
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
