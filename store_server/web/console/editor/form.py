"""A campaign document opened as a form, and the document that a form makes of it (SPEC 3). Pure."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from campaigns.document import CHANNELS
from protocol.document import Path
from store_server.web.console.editor import audience, fields, messages
from store_server.web.console.editor.audience import (
    NEW,
    ROOT,
    Node,
    from_fields,
    read_tree,
    to_fields,
    with_part,
)
from store_server.web.console.editor.fields import Fields, items
from store_server.web.console.editor.messages import OWN, VARIANTS, numbers


@dataclass(frozen=True, slots=True)
class Built:
    """A document made of a form, and which field each of its parts came from."""

    value: dict[str, Any]
    places: Mapping[Path, str]

    def field_of(self, path: Path) -> str:
        """Return the field of a part, or of the nearest part that encloses it; "" for the form as a whole."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, "")


def opened(value: Mapping[str, Any]) -> dict[str, str]:
    """Return every field of a document as a form shows it first."""
    return {
        **fields.shown(value),
        **to_fields(read_tree(value.get(ROOT))),
        **messages.message_fields(value.get(OWN)),
        VARIANTS: "",
        **messages.variant_fields(value.get(VARIANTS)),
    }


def applied(value: Mapping[str, Any], before: Mapping[str, Any], typed: Fields) -> Built:
    """Return `value` with what a form changed since it was opened on `before`; often the two are one."""
    out = deepcopy(dict(value))
    places = _plain_places(typed)
    shown = opened(before)
    fields.patch(out, shown, typed)
    _patch_audience(out, shown, typed, places)
    message = messages.patch_message(out.get(OWN), before.get(OWN), typed, places)
    fields.put(out, (OWN,), message)
    before_variants = before.get(VARIANTS)
    variants = messages.patch_variants(out.get(VARIANTS), before_variants, typed, places)
    if variants is not out.get(VARIANTS):
        fields.put(out, (VARIANTS,), variants)
    return Built(out, places)


def reshaped(typed: Fields, do: str) -> dict[str, str]:
    """Return the form with a row added or taken away, as one of its buttons asked."""
    form = dict(typed)
    what, _, name = do.partition(":")
    match what:
        case "condition" | "group":
            part = NEW if what == "condition" else Node("any", parts=(NEW,))
            return _with_tree(form, with_part(from_fields(form), name, part))
        case "drop-condition":
            return _with_tree(form, with_part(from_fields(form), name, None))
        case "locale":
            return _with_locale(form, name)
        case "variant":
            return _with_variant(form)
        case "drop":
            return {key: text for key, text in form.items() if not key.startswith(f"{name}.")}
    return form


def channel_choices(form: Fields) -> list[str]:
    """Return the channels chosen so far, in order of preference, and room for one more."""
    chosen = items(form.get("channels", ""))
    return [*chosen, ""] if len(chosen) < len(CHANNELS) else chosen


def _plain_places(typed: Fields) -> dict[Path, str]:
    places: dict[Path, str] = {control.path: control.name for control in fields.CONTROLS}
    return places | {
        ("trigger",): "trigger.on",
        ("schedule",): "schedule.days",
        ("limits", "per_shopper"): "limits.per_shopper.max",
        ("goal",): "goal.kind",
        (ROOT,): ROOT,
        (OWN,): next((f"{OWN}.{n}.title" for n in numbers(typed, OWN, "locale")), ""),
        (VARIANTS,): VARIANTS,
    }


def _patch_audience(value: dict[str, Any], shown: Fields, typed: Fields, places: dict[Path, str]) -> None:
    root = from_fields(typed)
    made = audience.write_tree(root, places)
    if f"{ROOT}.kind" in typed and root != from_fields(shown):
        fields.put(value, (ROOT,), made)


def _with_tree(form: dict[str, str], root: Node) -> dict[str, str]:
    rest = {key: text for key, text in form.items() if not key.startswith(f"{ROOT}.")}
    return rest | to_fields(root)


def _with_locale(form: dict[str, str], prefix: str) -> dict[str, str]:
    """Add a row for the locale typed beside the button, once."""
    locale = form.pop(f"{prefix}.new", "").strip()
    rows = numbers(form, prefix, "locale")
    if locale and locale not in {form[f"{prefix}.{n}.locale"] for n in rows}:
        form[f"{prefix}.{max(rows, default=-1) + 1}.locale"] = locale
    return form


def _with_variant(form: dict[str, str]) -> dict[str, str]:
    """Add a variant that begins with the campaign's own words."""
    rows = numbers(form, VARIANTS, "id")
    n, taken = max(rows, default=-1) + 1, {form[f"{VARIANTS}.{k}.id"] for k in rows}
    letter = next((one for one in "abcdefghijklmnopqrstuvwxyz" if one not in taken), "")
    own = {f"{VARIANTS}.{n}.{key}": text for key, text in form.items() if key.startswith(f"{OWN}.")}
    return form | own | {f"{VARIANTS}.{n}.id": letter, f"{VARIANTS}.{n}.weight": "50"}
