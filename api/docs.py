"""The docs page: drawn on the server from the route table, readable offline, without script."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from api.openapi import Document, document
from api.routing import AnyRoute

_HERE = Path(__file__).parent / "templates"
STYLE = (_HERE / "docs.css").read_text()

_HTTP = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table of parameters or fields."""

    name: str
    type: str
    required: bool
    about: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path, as the page shows it.

    Attributes:
        body: Name of the body's model; empty when it takes none.
        fields: The body's.
        answers: Status and model or media type of each answer that went well.
        errors: Statuses of the others.
    """

    anchor: str
    method: str
    path: str
    summary: str
    needs: str
    parameters: tuple[Row, ...]
    body: str
    fields: tuple[Row, ...]
    answers: tuple[tuple[str, str], ...]
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """A model and its fields."""

    name: str
    about: str
    fields: tuple[Row, ...]


def docs_page(routes: Iterable[AnyRoute], version: str) -> str:
    """The whole page."""
    written = document(routes, version)
    by_tag: dict[str, list[Operation]] = {}
    for path, methods in written["paths"].items():
        for method in _HTTP:
            if method in methods:
                shown = _operation(path, method, methods[method], written)
                by_tag.setdefault(methods[method]["tags"][0], []).append(shown)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["ticks"] = _ticks
    errors = {
        name.removeprefix("Error"): found["description"]
        for name, found in written["components"]["responses"].items()
    }
    return environment.get_template("docs.html").render(
        version=version, tags=by_tag, shapes=_shapes(written), errors=errors
    )


def _ticks(text: str) -> Markup:
    """What stands in backticks as code, everything escaped."""
    return Markup(re.sub("`([^`]*)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped


def _operation(path: str, method: str, found: Document, written: Document) -> Operation:
    body = found.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = _name(body.get("schema", {}))
    answers = {status: each for status, each in found["responses"].items() if "$ref" not in each}
    return Operation(
        anchor=found["operationId"],
        method=method.upper(),
        path=path,
        summary=found["summary"],
        needs=found.get("x-permission", "")
        or ("nothing: open to anybody" if found["security"] == [] else "being signed in"),
        parameters=tuple(
            Row(
                name=f"{each['name']} ({each['in']})",
                type=_type(each["schema"]),
                required=each["required"],
                about=each.get("description", ""),
            )
            for each in found["parameters"]
        ),
        body=name,
        fields=_fields(written["components"]["schemas"][name]) if name else (),
        answers=tuple((status, _answered(each)) for status, each in answers.items()),
        errors=tuple(status for status in found["responses"] if status not in answers),
    )


def _answered(found: Document) -> str:
    """Name of an answer's model, or its media type; empty for an empty answer."""
    for media, content in found.get("content", {}).items():
        return _name(content["schema"]) or str(media)
    return ""


def _fields(schema: Document) -> tuple[Row, ...]:
    """The fields of a model; of a value without fields, one row about itself."""
    required = schema.get("required", ())
    rows = tuple(
        Row(name, _type(each), name in required, _about(each))
        for name, each in schema.get("properties", {}).items()
    )
    return rows or (Row("", _type(schema), required=True, about=""),)


def _shapes(written: Document) -> tuple[Shape, ...]:
    schemas: Mapping[str, Document] = written["components"]["schemas"]
    return tuple(
        Shape(
            name=name,
            about=str(schema.get("description", "")).split("\n\n", 1)[0],
            fields=_fields(schema),
        )
        for name, schema in sorted(schemas.items())
    )


def _about(schema: Document) -> str:
    default = schema.get("default")
    said = schema.get("description", "")
    return f"{said} Default: {default}".strip() if default not in (None, "", [], {}) else said


def _name(schema: Document) -> str:
    return str(schema.get("$ref", "")).rsplit("/", 1)[-1]


def _type(schema: Any) -> str:
    """A schema in a few words: `string`, `list of Step`, `HIGH or LOW`."""
    if "$ref" in schema:
        return _name(schema)
    choices = [
        *([schema["const"]] if "const" in schema else schema.get("enum", ())),
        *map(_type, schema.get("anyOf", schema.get("oneOf", ()))),
    ]
    if choices:
        return " or ".join(dict.fromkeys(str(each) for each in choices))
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_type(schema['additionalProperties'])}"
    return f"{kind} ({schema['format']})" if "format" in schema else str(kind)
