"""What the MQTT door is handed of the fleet: what stands, what is asked, who is shown out (ARCHITECTURE, law 1)."""

from dataclasses import dataclass

from store_server.intake.asking import Questions
from store_server.intake.exit import ShowOut, nobody_is_shown_out
from store_server.intake.standing import Standing, nothing_stands


@dataclass(frozen=True, slots=True)
class FleetSide:
    """Each part does nothing where it is not given."""

    standing: Standing = nothing_stands
    questions: Questions = Questions()
    show_out: ShowOut = nobody_is_shown_out
