"""GET /docs: the HTTP reference as one page of ours, from OpenAPI; nothing is loaded from anywhere else (SPEC 8)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from store_server.web.design.tokens import tokens_css

router = APIRouter(include_in_schema=False)

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Operation:
    """One request an app may make."""

    method: str
    path: str
    description: str
    takes: str | None
    gives: tuple[tuple[str, str], ...]
    """Status and the name of what comes with it."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One named object on the wire: its fields as (name, type, required, description)."""

    name: str
    description: str
    fields: tuple[tuple[str, str, bool, str], ...]


@router.get("/docs")
def reference(request: Request) -> HTMLResponse:
    """Return the reference; the same as JSON is at /openapi.json."""
    schema = request.app.openapi()
    template = _TEMPLATES.get_template("reference.html")
    shapes = schema.get("components", {}).get("schemas", {})
    return HTMLResponse(
        template.render(
            tokens=tokens_css(),
            operations=list(operations(schema)),
            shapes=[_shape(name, one) for name, one in sorted(shapes.items()) if "properties" in one],
        )
    )


def operations(schema: Mapping[str, Any]) -> Iterator[Operation]:
    """Yield every operation of an OpenAPI document in its order."""
    for path, methods in schema["paths"].items():
        for method, one in methods.items():
            yield Operation(
                method.upper(),
                path,
                one.get("description", one.get("summary", "")),
                _content(one.get("requestBody", {})),
                tuple((status, _content(answer) or "") for status, answer in one["responses"].items()),
            )


def _content(holder: Mapping[str, Any]) -> str | None:
    for media_type, content in holder.get("content", {}).items():
        return type_words(content["schema"]) if content.get("schema") else str(media_type)
    return None


def _shape(name: str, schema: Mapping[str, Any]) -> Shape:
    required = frozenset(schema.get("required", ()))
    fields = tuple(
        (field, type_words(one), field in required, one.get("description", ""))
        for field, one in schema["properties"].items()
    )
    return Shape(name, schema.get("description", ""), fields)


def type_words(schema: Mapping[str, Any]) -> str:
    """Name a schema's type in a few words, such as "list of Region" or "text or nothing"."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(map(type_words, schema["anyOf"])))
    if "const" in schema or "enum" in schema:
        return " or ".join(f'"{value}"' for value in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {type_words(schema.get('items', {}))}"
    plain = {"string": "text", "integer": "whole number", "boolean": "true or false", "null": "nothing"}
    kind = str(schema.get("type", "any value"))
    return plain.get(kind, kind)
