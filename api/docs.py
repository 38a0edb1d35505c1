"""The docs page: drawn on the server from the route table, readable offline, without script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

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
    """One method of one path, as the page shows it."""

    anchor: str
    method: str
    path: str
    summary: str
    needs: str
    parameters: tuple[Row, ...]
    body: str
    answers: tuple[tuple[str, str, str], ...]


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
    return environment.get_template("docs.html").render(
        version=version, tags=by_tag, shapes=_shapes(written)
    )


def _operation(path: str, method: str, found: Document, written: Document) -> Operation:
    body = found.get("requestBody", {}).get("content", {}).get("application/json", {})
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
        body=_name(body.get("schema", {})),
        answers=tuple(
            _answer(status, each, written) for status, each in found["responses"].items()
        ),
    )


def _answer(status: str, found: Document, written: Document) -> tuple[str, str, str]:
    """Status, what it means, and the name of its model or its media type."""
    if "$ref" in found:
        found = written["components"]["responses"][_name(found)]
    for media, content in found.get("content", {}).items():
        return status, found["description"], _name(content["schema"]) or media
    return status, found["description"], ""


def _shapes(written: Document) -> tuple[Shape, ...]:
    schemas: Mapping[str, Document] = written["components"]["schemas"]
    return tuple(
        Shape(
            name=name,
            about=str(schema.get("description", "")).split("\n\n", 1)[0],
            fields=tuple(
                Row(field, _type(each), field in schema.get("required", ()), _about(each))
                for field, each in schema.get("properties", {}).items()
            )
            or (Row("", _type(schema), required=True, about=""),),
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
