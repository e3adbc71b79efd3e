"""Lint: what a document may say and a manager hardly means. Pure; one idea a module, all tied together in `lint`."""

from collections.abc import Callable, Iterator

from campaigns.lint.chain import Chain
from campaigns.lint.doubles import deadlines, doubles
from campaigns.lint.experiments import experiments
from campaigns.lint.finding import Finding, place_in_order
from campaigns.lint.locales import locales
from campaigns.lint.never import never_true
from campaigns.lint.places import places, zones_without_beacon
from campaigns.lint.references import references
from campaigns.lint.rivals import rivals
from campaigns.lint.starved import starved
from campaigns.lint.texts import texts
from campaigns.lint.windows import windows

LINTS: tuple[Callable[[Chain], Iterator[Finding]], ...] = (
    doubles,
    deadlines,
    never_true,
    zones_without_beacon,
    places,
    starved,
    rivals,
    locales,
    texts,
    windows,
    references,
    experiments,
)


def lint(chain: Chain) -> list[Finding]:
    """Return everything the lints find, in order of file and line."""
    found = [finding for one in LINTS for finding in one(chain)]
    return sorted(found, key=place_in_order)
