"""The OpenAPI 3.1 document, written from the route table.

Source: https://spec.openapis.org/oas/v3.1.1.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, get_origin

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, JsonSchemaValue, models_json_schema

from api.envelope import Envelope
from api.routing import AnyRoute, Entry, Media
from api.shapes import Nothing, Raw

_REF = "#/components/schemas/{model}"
_INTRODUCTION = """\
Everything that can be done from chat, over HTTP. Send `Authorization: Token <secret>` or
`Authorization: Bearer <secret>`; a signed-in browser's session works as well. Lists answer
`{count, next, previous, results}`, errors `{error, code, details, timestamp}`.
"""
_ERRORS: Mapping[str, str] = {
    "400": "Something given is not accepted; `details` names it.",
    "401": "No valid proof of who is asking.",
    "403": "A right is missing; the error names it.",
    "404": "It is not there, or not for these eyes.",
    "409": "A rule says no, whoever asks.",
    "412": "Somebody else changed it first.",
    "413": "The body is too large.",
    "415": "The body is not `application/json`.",
    "503": "An outside system does not answer; try again after `Retry-After` seconds.",
}

Document = dict[str, Any]
_TAGS = r'^(\*|"v[1-9][0-9]{0,9}"(, ?"v[1-9][0-9]{0,9}"){0,7})$'
_Key = tuple[type[BaseModel], JsonSchemaMode]
_Shapes = dict[tuple[str, str], JsonSchemaValue]


def document(routes: Iterable[AnyRoute], version: str) -> Document:
    """The whole document."""
    table = tuple(routes)
    wanted = sorted(_models(table), key=str)
    by_key, definitions = models_json_schema(wanted, ref_template=_REF)
    shapes: _Shapes = {(str(model), mode): shape for (model, mode), shape in by_key.items()}
    paths: dict[str, Document] = {}
    for route in table:
        operation = _operation(route, shapes)
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    envelope = shapes[(str(Envelope), "serialization")]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tocsin", "version": version, "description": _INTRODUCTION},
        "paths": paths,
        "components": {
            "schemas": definitions.get("$defs", {}),
            "responses": {
                f"Error{status}": {
                    "description": meaning,
                    "content": {"application/json": {"schema": envelope}},
                }
                for status, meaning in _ERRORS.items()
            },
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "token": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "`Token <secret>`",
                },
                "session": {"type": "apiKey", "in": "cookie", "name": "tocsin_session"},
            },
        },
        "tags": [{"name": tag} for tag in sorted({route.tag for route in table})],
    }


def _models(routes: Iterable[AnyRoute]) -> set[_Key]:
    """Every model that the document describes."""
    found: set[_Key] = {(Envelope, "serialization")}
    for route in routes:
        if route.takes_body and route.body not in {Nothing, Raw}:
            found.add((route.body, "validation"))
        if isinstance(route.answer, type):
            found.add((route.answer, "serialization"))
    return found


def _operation(route: AnyRoute, shapes: _Shapes) -> Document:
    """One method of one path."""
    operation: Document = {
        "operationId": route.name,
        "summary": route.summary,
        "tags": [route.tag],
        "parameters": _parameters(route),
        "responses": _responses(route, shapes),
    }
    if route.access is Entry.OPEN:
        operation["security"] = []
    else:
        operation["security"] = [{"bearer": []}, {"token": []}, {"session": []}]
        needed = "" if isinstance(route.access, Entry) else route.access.value
        operation["x-permission"] = needed
        if needed:
            operation["description"] = f"Needs the right `{needed}`."
    if route.takes_body and route.body is Raw:
        operation["requestBody"] = {"content": {"application/json": {"schema": {}}}}
    elif route.takes_body and route.body is not Nothing:
        operation["requestBody"] = {
            "required": any(field.is_required() for field in route.body.model_fields.values()),
            "content": {"application/json": {"schema": shapes[(str(route.body), "validation")]}},
        }
    return operation


def _parameters(route: AnyRoute) -> list[Document]:
    """Places in the path, query parameters, and `If-Match`."""
    found: list[Document] = [
        {
            "name": place,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "minLength": 1},
        }
        for place in route.places
    ]
    shape = route.query.model_json_schema(ref_template=_REF)
    inline = shape.get("$defs", {})
    for name, info in route.query.model_fields.items():
        schema = _without_null(_resolved(shape["properties"][name], inline))
        parameter: Document = {
            "name": name,
            "in": "query",
            "required": info.is_required(),
            "schema": schema,
        }
        if description := schema.pop("description", None):
            parameter["description"] = description
        if get_origin(info.annotation) is tuple:
            parameter |= {"style": "form", "explode": True}
        found.append(parameter)
    if route.versioned:
        found.append(
            {
                "name": "If-Match",
                "in": "header",
                "required": False,
                "description": "The `ETag` you were sent, or several; an older one is refused.",
                "schema": {"type": "string", "pattern": _TAGS},
            }
        )
    if route.keyed:
        found.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": "Your own key for this request; sent twice, it counts once.",
                "schema": {"type": "string", "pattern": r"^[!-~]{1,128}$"},
            }
        )
    return found


def _resolved(schema: Document, definitions: Mapping[str, Document]) -> Document:
    """The schema with its references put in place; parameters have no room for `$defs`."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rsplit("/", 1)[-1]
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        return _resolved(definitions[name], definitions) | rest
    return {key: _resolved_value(value, definitions) for key, value in schema.items()}


def _resolved_value(value: Any, definitions: Mapping[str, Document]) -> Any:
    if isinstance(value, dict):
        return _resolved(value, definitions)  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(value, list):
        return [_resolved_value(each, definitions) for each in value]  # pyright: ignore[reportUnknownVariableType]
    return value


def _without_null(schema: Document) -> Document:
    """A parameter that may be left out is absent then, not null."""
    choices = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if len(choices) != 1:
        return schema
    rest = {key: value for key, value in schema.items() if key not in {"anyOf", "default"}}
    return choices[0] | rest


def _responses(route: AnyRoute, shapes: _Shapes) -> Document:
    """The answer that went well, and the errors that this route can give."""
    good: Document = {"description": "Done." if route.status == 204 else "Success."}  # noqa: PLR2004 - No Content
    if isinstance(route.answer, Media):
        good["description"] = route.answer.description
        is_json = route.answer.content_type == "application/json"
        schema: Document = {"type": "object"} if is_json else {"type": "string"}
        good["content"] = {route.answer.content_type: {"schema": schema}}
    elif route.answer is not None:
        schema = shapes[(str(route.answer), "serialization")]
        good["content"] = {"application/json": {"schema": schema}}
    if route.versioned:
        good["headers"] = {"ETag": {"description": "For `If-Match`.", "schema": {"type": "string"}}}
    answers: Document = {str(status): good for status in (route.status, *route.also)}
    for status in sorted(_errors(route)):
        answers[status] = {"$ref": f"#/components/responses/Error{status}"}
    return answers


def _errors(route: AnyRoute) -> set[str]:
    """Statuses of the errors that a route can give."""
    errors = {"400", "503"}
    if route.access is not Entry.OPEN:
        errors |= {"401", "403"}
    elif route.body is Raw:
        errors.add("401")
    if route.places or route.takes_body or route.query.model_fields:
        errors.add("404")
    if route.method != "GET":
        errors |= {"409"}
    if route.takes_body:
        errors |= {"413", "415"}
    if route.versioned:
        errors.add("412")
    return errors
