"""A campaign document's status, changed where it stands and nowhere else (SPEC 3)."""

import re

from campaigns.document import read_campaign
from protocol.errors import BadInput, Problem
from store_server.applying import File, Kept

_STATUS = re.compile(r"""^(\s*(?:[{,]\s*)?["']?status["']?\s*:\s*)["']?(\w+)["']?""")


def with_status(campaign: str, kept: Kept, wanted: str) -> File:
    """Return the document with its status line changed, every other character as its author wrote it.

    It is based on the kept revision. Raises BadInput where the status has no line of its own.
    """
    document = read_campaign(kept.text, campaign).document
    number = document.line(("status",)) if document else None
    lines = kept.text.splitlines(keepends=True)
    if number is not None:
        lines[number - 1] = _STATUS.sub(rf"\g<1>{wanted}", lines[number - 1], count=1)
    text = "".join(lines)
    if (came := read_campaign(text, campaign).status) != wanted:
        raise BadInput(Problem(campaign, number, "the status on a line of its own", came))
    return File(campaign, text, kept.revision)
