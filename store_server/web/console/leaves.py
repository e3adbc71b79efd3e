"""Long lists leaf by leaf: which rows a page shows, and where the others are. Pure."""

from dataclasses import dataclass

from starlette.datastructures import URL


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of a list: `first` to `last` of `total`, counted from 1; None where there is no leaf on that side."""

    number: int
    leaves: int
    first: int
    last: int
    total: int
    before: str | None
    after: str | None

    @property
    def skip(self) -> int:
        return max(self.first - 1, 0)


def read_leaf(given: str) -> int:
    """Read a leaf's number as it stands in an address; what is none is the first."""
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 1


def turn_leaves(here: URL, wanted: int, total: int, length: int) -> Leaf:
    """Return the leaf wanted, or the last where there are fewer; the rest of the address stays as it is."""
    leaves = max(-(-total // length), 1)
    number = min(max(wanted, 1), leaves)
    first = (number - 1) * length + 1 if total else 0
    return Leaf(
        number=number,
        leaves=leaves,
        first=first,
        last=min(number * length, total),
        total=total,
        before=_address(here, number - 1) if number > 1 else None,
        after=_address(here, number + 1) if number < leaves else None,
    )


def _address(here: URL, number: int) -> str:
    turned = here.include_query_params(page=number) if number > 1 else here.remove_query_params("page")
    return f"{turned.path}?{turned.query}" if turned.query else turned.path
