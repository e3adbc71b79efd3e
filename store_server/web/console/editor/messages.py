"""A campaign's words in the editor: one row a locale, the campaign's own and each variant's (SPEC 3). Pure."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from protocol.document import Path
from store_server.web.console.editor.fields import Fields, alike, number, number_text

TEXTS = ("title", "body", "link", "sms", "webhook")
LONG = frozenset(("body", "sms", "webhook"))
"""Texts written over several lines."""
OWN = "message"
VARIANTS = "variants"


def numbers(fields: Fields, prefix: str, key: str) -> list[int]:
    """Return the numbers of the rows under a prefix, as far as each has this key."""
    start, end = f"{prefix}.", f".{key}"
    middles = (
        name[len(start) : -len(end)] for name in fields if name.startswith(start) and name.endswith(end)
    )
    return sorted(int(middle) for middle in middles if middle.isdecimal())


def message_fields(message: Any, prefix: str = OWN) -> dict[str, str]:
    """Return a message's locales as rows of fields."""
    out: dict[str, str] = {}
    for k, (locale, texts) in enumerate(message.items() if isinstance(message, dict) else ()):
        out[f"{prefix}.{k}.locale"] = locale
        out |= {f"{prefix}.{k}.{key}": text for key, text in _texts(texts).items()}
    return out


def variant_fields(variants: Any) -> dict[str, str]:
    """Return variants as rows of fields; `was` is a variant's place in the document."""
    out: dict[str, str] = {}
    for k, one in enumerate(variants if isinstance(variants, list) else ()):
        out |= {
            f"{VARIANTS}.{k}.was": str(k),
            f"{VARIANTS}.{k}.id": str(one.get("id") or ""),
            f"{VARIANTS}.{k}.weight": number_text(one.get("weight")),
            **message_fields(one.get("message"), f"{VARIANTS}.{k}.{OWN}"),
        }
    return out


def patch_message(
    message: Any, before: Any, typed: Fields, places: dict[Path, str], prefix: str = OWN, path: Path = (OWN,)
) -> dict[str, Any] | None:
    """Return the message with what was changed since `before`; a locale left without any words goes."""
    out = deepcopy(message) if isinstance(message, dict) else {}
    known = before if isinstance(before, dict) else {}
    rows = list(_rows(typed, prefix))
    for name, locale, said in rows:
        texts = dict(out.get(locale) or {})
        for key, was in _texts(known.get(locale)).items():
            if key in said and not alike(said[key], was, lines=key in LONG):
                texts.update({key: said[key].replace("\r\n", "\n")})
                if not said[key]:
                    del texts[key]
            places[(*path, locale, key)] = f"{name}.{key}"
        places[(*path, locale)] = f"{name}.title"
        if any(said.values()) or not any(any(other.values()) for _, _, other in rows):
            out[locale] = texts
        else:
            out.pop(locale, None)
    if rows:
        for locale in known.keys() - {locale for _, locale, _ in rows}:
            out.pop(locale, None)
    return out or None


def patch_variants(variants: Any, before: Any, typed: Fields, places: dict[Path, str]) -> list[Any] | None:
    """Return the variants as typed, or as they are where no field of theirs was changed."""
    rows = numbers(typed, VARIANTS, "id")
    for k, n in enumerate(rows):
        name = f"{VARIANTS}.{n}"
        places[(VARIANTS, k)] = places[(VARIANTS, k, "id")] = f"{name}.id"
        places[(VARIANTS, k, "weight")] = f"{name}.weight"
    if not rows and VARIANTS not in typed:
        return variants  # type: ignore[no-any-return]
    made = [_variant(k, n, before, typed, places) for k, n in enumerate(rows)]
    unchanged = made == (before or [])
    return variants if unchanged else made or None


def _variant(k: int, n: int, before: Any, typed: Fields, places: dict[Path, str]) -> dict[str, Any]:
    name = f"{VARIANTS}.{n}"
    was = typed.get(f"{name}.was", "")
    known = before[int(was)] if was.isdecimal() and int(was) < len(before or ()) else {}
    one = deepcopy(known)
    fresh = {"id": typed[f"{name}.id"].strip() or None, "weight": number(typed.get(f"{name}.weight", ""))}
    shown = {"id": str(known.get("id") or ""), "weight": number_text(known.get("weight"))}
    for key, value in fresh.items():
        if not alike(typed.get(f"{name}.{key}", ""), shown[key]):
            one[key] = value
    prefix, path = f"{name}.{OWN}", (VARIANTS, k, OWN)
    places[path] = f"{name}.id"
    words = patch_message(known.get(OWN), known.get(OWN), typed, places, prefix, path)
    if words is not None:
        one[OWN] = words
    elif known.get(OWN):
        del one[OWN]
    return one


def _rows(typed: Fields, prefix: str) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    for n in numbers(typed, prefix, "locale"):
        name = f"{prefix}.{n}"
        yield (
            name,
            typed[f"{name}.locale"],
            {key: typed[f"{name}.{key}"] for key in TEXTS if f"{name}.{key}" in typed},
        )


def _texts(texts: Any) -> dict[str, str]:
    known = texts if isinstance(texts, dict) else {}
    return {key: str(known.get(key) or "") for key in TEXTS}
