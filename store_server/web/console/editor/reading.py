"""What an editor's form says as it is sent, and what it is judged among (store_server/applying)."""

from collections import defaultdict
from dataclasses import dataclass

from fastapi import Request

from protocol.instants import to_datetime
from store_server.db.scope import visible_stores
from store_server.db.session import reading
from store_server.web.console.desk import Desk
from store_server.web.console.editor.checking import Surroundings
from store_server.web.console.pages_frame import read_pairs

LARGEST_EDITOR_FORM = 512 * 1024
"""Bytes; twelve variants in six languages with every text at its limit, percent signs and all."""
MOST_FIELDS = 10_000
"""An audience of a thousand conditions has about five fields each."""
WAITS = "draft"
"""The field by which a form says that an older one waits."""
REPEATED = frozenset(("stores", "schedule.days", "moment.zones", "channels"))
"""Fields of which a form sends as many as are ticked, after an empty one that says they were shown."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A form's texts, and the button that sent it."""

    form: dict[str, str]
    do: str
    waits: bool = False
    """Whether an older form of the sender's waits to be taken up or discarded: then this one is not kept in its place."""


async def read_sent(request: Request) -> Sent:
    """Read an editor's form. Raises HTTPException 413 or 422."""
    return take_apart(await read_pairs(request, LARGEST_EDITOR_FORM, MOST_FIELDS))


def take_apart(pairs: list[tuple[str, str]]) -> Sent:
    """Return the form of these fields; what is ticked under one name is joined."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, text in pairs:
        found[name].append(text)
    do = found.pop("do", ["show"])[-1]
    form = {
        name: ",".join(filter(None, map(str.strip, texts))) if name in REPEATED else texts[-1]
        for name, texts in found.items()
    }
    waits = form.pop(WAITS, "") != ""
    return Sent(form, do, waits)


def surroundings(desk: Desk) -> Surroundings:
    """Return the plans and campaigns that run now, and today."""
    with reading(desk.engine) as session:
        plans = desk.plans(session)
        running = {name: one.campaign for name, one in desk.campaigns(session).items()}
    return Surroundings(plans, running, to_datetime(desk.clock.now()).date(), visible_stores())
