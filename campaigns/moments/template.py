"""A moment's template -> campaign documents. `${name}` stands for a parameter, alone or inside a text.

A campaign with `each: zones` is made once for each of them; there `${each}` is the one and `${others}` are the rest.
In a list, `{each: zones, of: ...}` puts one item for each. Nothing else is a language here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from campaigns.document import campaign_from_document
from protocol.document import Document, Path, read_document
from protocol.errors import BadInput, Problem
from protocol.reading import SLUG, Reader, hint, settle, shown

MOMENTS = ("arrive", "hesitate", "return", "queue", "leave-without-buying", "quest", "coupon")
"""Every moment, in the order of a visit."""

MAX_ZONES = 12
"""A quest of more zones is a chore."""

_SLOT = re.compile(r"\$\{([a-z_]+)\}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a manager may set; without a default it must be given."""

    name: str
    kind: str
    about: str
    default: Any
    is_required: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """A template as it was written."""

    name: str
    title: str
    about: str
    parameters: tuple[Parameter, ...]
    campaigns: tuple[Mapping[str, Any], ...]


@cache
def moment(name: str) -> Moment:
    """Return a template by its name. Raises BadInput."""
    if name not in MOMENTS:
        expected = f"a moment out of {', '.join(MOMENTS)}"
        raise BadInput(Problem("moment", None, expected, f"{name!r}{hint(name, MOMENTS)}"))
    text = resources.files("campaigns.moments").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    value = read_document(text, f"{name}.yaml").value
    parameters = tuple(
        Parameter(key, one["kind"], one["about"], one.get("default"), "default" not in one)
        for key, one in value["parameters"].items()
    )
    return Moment(name, value["title"], value["about"], parameters, tuple(value["campaigns"]))


def from_moment(name: str, parameters: Mapping[str, Any]) -> tuple[Document, ...]:
    """Fill in a template: one campaign document, or several for a quest. Raises BadInput with every problem."""
    template = moment(name)
    values = _values(template, parameters)
    documents = tuple(_documents(template, values))
    for document in documents:
        campaign_from_document(document)
    return documents


def drafted(name: str, given: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """Fill in a template unjudged, as a form is filled in: what must be given and is not yet stays empty."""
    template = moment(name)
    values: dict[str, Any] = {}
    for one in template.parameters:
        otherwise = "" if one.is_required else _filled(one.default, values)
        values[one.name] = given.get(one.name, otherwise)
    return tuple(document.value for document in _documents(template, values))


def slots(name: str) -> Iterator[tuple[Path, str]]:
    """Yield where each parameter stands alone in a template's first campaign."""
    yield from _slots((), moment(name).campaigns[0])


def _slots(path: Path, node: Any) -> Iterator[tuple[Path, str]]:
    if isinstance(node, dict | list):
        for key, part in node.items() if isinstance(node, dict) else enumerate(node):
            yield from _slots((*path, key), part)
    elif isinstance(node, str) and (alone := _SLOT.fullmatch(node)):
        yield path, alone[1]


def _documents(template: Moment, values: Mapping[str, Any]) -> Iterator[Document]:
    for one in template.campaigns:
        body = {key: part for key, part in one.items() if key != "each"}
        for scope in _scopes(one.get("each"), values):
            yield Document(_filled(body, scope), f"moment {template.name}", {})


def _scopes(each: str | None, values: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the values for each copy to make."""
    if each is None:
        yield values
        return
    items = values[each]
    for k, item in enumerate(items):
        yield {**values, "each": item, "others": [*items[:k], *items[k + 1 :]]}


def _filled(node: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(node, str):
        return _text(node, values)
    if isinstance(node, dict):
        return {_text(key, values): _filled(part, values) for key, part in node.items()}
    if isinstance(node, list):
        return [item for part in node for item in _items(part, values)]
    return node


def _items(part: Any, values: Mapping[str, Any]) -> Iterator[Any]:
    if isinstance(part, dict) and set(part) == {"each", "of"}:
        for scope in _scopes(part["each"], values):
            yield _filled(part["of"], scope)
        return
    yield _filled(part, values)


def _text(text: str, values: Mapping[str, Any]) -> Any:
    alone = _SLOT.fullmatch(text)
    if alone:
        return values[alone[1]]
    return _SLOT.sub(lambda slot: str(values[slot[1]]), text)


def _values(template: Moment, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return every parameter's value, checked by its kind; a default may speak of the parameters before it."""
    problems: list[Problem] = []
    r = Reader(Document(dict(given), f"moment {template.name}", {}), (), problems, what="the parameters")
    values: dict[str, Any] = {}
    for one in template.parameters:
        if r.has(one.name):
            values[one.name] = _read(r, one)
        elif one.is_required:
            r.missing(one.name, f" ({one.about})")
            values[one.name] = ""
        else:
            values[one.name] = _filled(one.default, values)
    r.done()
    settle(problems)
    return values


def _read(r: Reader, one: Parameter) -> Any:
    match one.kind:
        case "slug":
            return r.slug(one.name)
        case "seconds":
            return r.number(one.name, 0, 31_536_000)
        case "count":
            return r.integer(one.name, 0, 1_000_000)
        case "text":
            return r.text(one.name)
        case "slugs":
            return _slugs(r, one)
        case _:  # stores, message, channels: what the campaign document itself judges
            return r.raw(one.name)


def _slugs(r: Reader, one: Parameter) -> list[str]:
    items = r.items(one.name, empty=False)
    for k, item in enumerate(items):
        if not isinstance(item, str) or not SLUG.fullmatch(item) or item in items[:k]:
            r.fault((one.name, k), f"{one.name} as ids, each once", shown(item))
    if len(items) > MAX_ZONES:
        r.fault(one.name, f"at most {MAX_ZONES} {one.name}", str(len(items)))
    return items
