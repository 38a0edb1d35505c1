"""What Discord refuses in a payload.

By its documented limits always, and by its own contract where that is at hand.

Source: discord.com/developers/docs, API version 10.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

Json = dict[str, Any]

_V2 = 1 << 15
_HERE = Path(__file__).resolve().parents[3]


class Invalid(Exception):
    """Discord answers 400 with that."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code
        self.why = why


@cache
def _contract() -> Registry[Any] | None:
    root = Path(os.environ.get("TOCSIN_CONTRACTS", _HERE.parent / "shared" / "contracts"))
    path = root / "discord" / "openapi.json"
    if not path.is_file():
        path = _HERE.parents[1] / "shared" / "contracts" / "discord" / "openapi.json"
    if not path.is_file():
        return None
    document = json.loads(path.read_text(encoding="utf-8"))
    resource: Resource[Any] = Resource(contents=document, specification=DRAFT202012)
    empty: Registry[Any] = Registry()
    return empty.with_resource("urn:discord", resource)


@cache
def _validator(schema: str) -> Draft202012Validator | None:
    registry = _contract()
    if registry is None:
        return None
    wanted = {"$ref": f"urn:discord#/components/schemas/{schema}"}
    return Draft202012Validator(wanted, registry=registry)


def by_contract(schema: str, payload: Any) -> None:
    """Refuse what the vendor's own contract refuses; passes where it is not at hand."""
    validator = _validator(schema)
    if validator is None:
        return
    error = next(validator.iter_errors(payload), None)  # pyright: ignore[reportUnknownMemberType]  # the library leaves it open
    if error is not None:
        raise Invalid(50035, f"{schema}: {error.json_path}: {error.message[:300]}")


def has_contract() -> bool:
    """Whether the vendor's contract is at hand."""
    return _contract() is not None


def message(payload: Json, schema: str = "MessageCreateRequest") -> None:
    """Refuse a message that Discord would."""
    by_contract(schema, payload)
    content = payload.get("content") or ""
    _most("content", content, 2000)
    parts: list[Json] = payload.get("components") or []
    if int(payload.get("flags") or 0) & _V2:
        if content or payload.get("embeds"):
            raise Invalid(50035, "content and embeds are not allowed with components version 2")
        if not parts:
            raise Invalid(50035, "components are missing")
    elif any(part["type"] != 1 for part in parts):
        raise Invalid(50035, "such components need the flag of version 2")
    elif not content.strip() and not parts and not payload.get("attachments"):
        raise Invalid(50006, "Cannot send an empty message")
    components(parts)
    mentions: Json = payload.get("allowed_mentions") or {}
    if len(mentions.get("users", [])) > 100:
        raise Invalid(50035, "allowed_mentions.users has more than 100")


def components(parts: list[Json]) -> None:
    """Refuse components that Discord would."""
    held = list(walk(parts))
    if len(held) > 40:
        raise Invalid(50035, f"{len(held)} components, 40 are allowed")
    ids = [part["custom_id"] for part in held if "custom_id" in part]
    if len(ids) != len(set(ids)):
        raise Invalid(50035, "Component custom id cannot be duplicated")
    text = 0
    for part in held:
        _one(part)
        text += _units(part["content"]) if part["type"] == 10 else 0
    if text > 4000:
        raise Invalid(50035, f"{text} characters in all texts, 4000 are allowed")


def modal(data: Json) -> None:
    """Refuse a modal that Discord would."""
    by_contract("ModalInteractionCallbackRequestData", data)
    _between("title", data["title"], 45)
    _between("custom_id", data["custom_id"], 100)
    labels = [part for part in data["components"] if part["type"] == 18]
    if not 1 <= len(data["components"]) <= 10 or len(labels) > 5:
        raise Invalid(50035, f"a modal has 1 to 5 fields, not {len(labels)}")
    for label in labels:
        _between("label", label["label"], 45)
        if "description" in label:
            _between("description", label["description"], 100)
        held = label["component"]
        _between("custom_id", held["custom_id"], 100)
        _one(held)
        if held["type"] == 4:
            most = int(held.get("max_length", 4000))
            if _units(held.get("value", "")) > min(most, 4000):
                raise Invalid(50035, "value is longer than max_length")
    ids = [label["component"]["custom_id"] for label in labels]
    if len(ids) != len(set(ids)):
        raise Invalid(50035, "Component custom id cannot be duplicated")


def application_commands(rows: list[Json]) -> None:
    """Refuse commands that Discord would."""
    for row in rows:
        by_contract("ApplicationCommandUpdateRequest", row)
    if len(rows) > 100:
        raise Invalid(30032, "more than 100 commands")
    names = [(row.get("type", 1), row["name"]) for row in rows]
    if len(names) != len(set(names)):
        raise Invalid(50035, "two commands have one name")
    for row in rows:
        if row.get("type", 1) == 1:
            _between("description", row["description"], 100)
        _options(row.get("options", []))


def walk(parts: list[Json]) -> Iterator[Json]:
    """Every component, however deep."""
    for part in parts:
        yield part
        yield from walk(part.get("components", []))
        if "accessory" in part:
            yield part["accessory"]


def _options(options: list[Json]) -> None:
    if len(options) > 25:
        raise Invalid(50035, f"{len(options)} options, 25 are allowed")
    names = [option["name"] for option in options]
    if len(names) != len(set(names)):
        raise Invalid(50035, "two options have one name")
    kinds = {option["type"] in (1, 2) for option in options}
    if len(kinds) > 1:
        raise Invalid(50035, "subcommands and other options do not mix")
    for option in options:
        _between("name", option["name"], 32)
        _between("description", option["description"], 100)
        if option["name"] != option["name"].lower():
            raise Invalid(50035, "names are in small letters")
        _options(option.get("options", []))


def _one(part: Json) -> None:  # noqa: C901, PLR0912 - one case for each kind of component
    match part["type"]:
        case 1:
            kinds = [inner["type"] for inner in part["components"]]
            if not kinds or len(kinds) > 5 or (len(kinds) > 1 and set(kinds) != {2}):
                raise Invalid(50035, f"a row of {kinds}")
        case 2:
            _between("label", part["label"], 80)
            _between("custom_id", part["custom_id"], 100)
        case 3:
            if not 1 <= len(part["options"]) <= 25:
                raise Invalid(50035, f"{len(part['options'])} options")
            values = [option["value"] for option in part["options"]]
            if len(values) != len(set(values)):
                raise Invalid(50035, "two options have one value")
            for option in part["options"]:
                _between("option label", option["label"], 100)
                _between("option value", option["value"], 100)
            _most("placeholder", part.get("placeholder", ""), 150)
        case 9:
            if not 1 <= len(part["components"]) <= 3:
                raise Invalid(50035, "a section of that many texts")
        case 10:
            _between("text", part["content"], 4000)
        case 17:
            if not part["components"]:
                raise Invalid(50035, "an empty container")
        case _:
            pass


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _most(name: str, text: str, most: int) -> None:
    if _units(text) > most:
        raise Invalid(50035, f"{name} has {_units(text)} characters, {most} are allowed")


def _between(name: str, text: str, most: int) -> None:
    if not text.strip():
        raise Invalid(50035, f"{name} is empty")
    _most(name, text, most)
