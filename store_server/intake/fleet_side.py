"""What the MQTT door is handed of the fleet: what stands, what is asked, who is shown out, what is renewed (ARCHITECTURE, law 1)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from protocol.renewal import Renewal, Renewed
from protocol.topics import GatewayAddress
from store_server.intake.asking import Questions
from store_server.intake.exit import ShowOut, nobody_is_shown_out
from store_server.intake.standing import Standing, nothing_stands

Renew = Callable[[GatewayAddress, Renewal], Awaitable[Renewed]]
"""Answers a gateway that asks for a new certificate; refusals are answers."""


async def nothing_is_renewed(_address: GatewayAddress, _asked: Renewal) -> Renewed:
    return Renewed(refused="a server that issues certificates expected")


Note = Callable[[str | None], Awaitable[None]]


async def nobody_notes(_fault: str | None) -> None:
    pass


NO_QUESTIONS = Questions()


@dataclass(frozen=True, slots=True)
class FleetSide:
    """Each part does nothing where it is not given."""

    standing: Standing = nothing_stands
    questions: Questions = NO_QUESTIONS
    show_out: ShowOut = nobody_is_shown_out
    renew: Renew = nothing_is_renewed
    note: Note = nobody_notes
    """Told the fault of every attempt to connect that fails, and None once connected."""
