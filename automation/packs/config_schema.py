"""Reads `config.schema.yaml`: what a pack's config takes.

Source: StackStorm's config schemas: a map of names to JSON Schema of draft 4 with `required`
and `secret` beside it. Many packs' are not valid by that, so whatever can be made sense of is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from automation.actions.action import Parameter
from automation.actions.lines import FileMistake, Lines, read_file
from automation.actions.parameters import TYPES
from automation.packs.sheet import Sheet
from automation.values import Json

FILE = "config.schema.yaml"
_MARKS = frozenset({"required", "secret", "description", "immutable", "position"})
_AS_TYPED = {"str": "string", "int": "integer", "bool": "boolean", "float": "number"} | {
    "list": "array",
    "dict": "object",
}


def read_config_schema(pack: Path) -> tuple[tuple[Parameter, ...], tuple[FileMistake, ...]]:
    """What a pack's config takes, and what is wrong with the file; nothing where there is none.

    A field's schema keeps StackStorm's words inside it, `secret` and `required` of nested
    fields among them.
    """
    path = pack / FILE
    if not path.is_file():
        return (), ()
    lines, _, mistakes = read_file(path)
    if lines is None or lines.value is None:
        return (), mistakes
    return _fields(path, lines, mistakes)


def _fields(
    path: Path, lines: Lines, mistakes: tuple[FileMistake, ...]
) -> tuple[tuple[Parameter, ...], tuple[FileMistake, ...]]:
    if not isinstance(lines.value, dict):
        return (), (*mistakes, FileMistake(path, 1, "", "must be an object of fields by name"))
    sheet = Sheet(path, lines, cast("dict[str, Json]", lines.value))
    sheet.mistakes += mistakes
    found = [_field(sheet, name, rules) for name, rules in sheet.body.items()]
    return tuple(each for each in found if each is not None), tuple(sheet.mistakes)


def _field(sheet: Sheet, name: str, rules: Json) -> Parameter | None:
    if not isinstance(rules, dict):
        sheet.wrong(name, "must be an object such as {type: string}; it is left out")
        return None
    inner = sheet.inner(name, cast("dict[str, Json]", rules))
    schema = {key: value for key, value in inner.body.items() if key not in _MARKS}
    if "type" in schema:
        schema["type"] = _type(inner, schema["type"])
    return Parameter(
        name=name,
        schema=schema,
        description=str(inner.body.get("description") or "").strip(),
        required=_mark(inner, "required"),
        secret=_mark(inner, "secret"),
    )


def _type(sheet: Sheet, kind: Any) -> Any:
    """A JSON type, or Python's name of one; anything is a text."""
    kinds: list[Any] = cast("list[Json]", kind) if isinstance(kind, list) else [kind]
    if set(map(str, kinds)) <= TYPES:
        return cast("Any", kind)
    meant = _AS_TYPED.get(str(cast("Any", kind)).casefold(), "string")
    sheet.wrong("type", f"is {str(kinds)[1:60]}; it is taken as {meant}")
    return meant


def _mark(sheet: Sheet, key: str) -> bool:
    """A flag; a list, as a later draft has it, is about the fields inside."""
    if isinstance(sheet.body.get(key), list):
        return False
    return sheet.flag(key, otherwise=False)
