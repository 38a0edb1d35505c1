"""Reads a pack's alias files into aliases.

Source: StackStorm's schema of action aliases.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from automation.actions.lines import FileMistake, Wrong, read_as
from automation.aliases.alias import Alias, Answer, Format
from automation.aliases.formats import CompiledFormat
from automation.templates.mistake import near
from automation.templates.stackstorm import Unrendered, is_template, readable
from automation.values import Json

_KNOWN = frozenset(
    (
        *("name", "pack", "description", "enabled", "action_ref", "formats", "ack", "result"),
        *("extra", "immutable_parameters", "id", "ref", "uid", "metadata_file"),
    )
)
_FORMAT = frozenset({"display", "representation", "match_multiple"})
_ACK = frozenset({"enabled", "format", "extra", "append_url"})
_RESULT = frozenset({"enabled", "format", "extra"})
_LONGEST = 200


def read_alias(path: Path, pack: str) -> tuple[Alias | None, tuple[FileMistake, ...]]:
    """The alias that a file describes, and what is wrong with the file.

    Args:
        path: The file, YAML or JSON.
        pack: Ref of the pack it lies in.

    Returns:
        None for the alias when it has no name, no action or no format that can be matched.
    """
    return read_as(path, lambda value, wrong: alias_of(value, pack, wrong))


def alias_of(value: Json, pack: str, wrong: Wrong) -> Alias | None:
    """The alias that a document describes; None when it cannot be used.

    Args:
        value: The document.
        pack: Ref of its pack.
        wrong: Told each key at which something is wrong, and what.
    """
    if not isinstance(value, dict):
        wrong("", "must be an object with name, action_ref and formats")
        return None
    return _Reading(cast("dict[str, Json]", value), wrong).alias(pack)


class _Reading:
    """One document being read."""

    def __init__(self, body: Mapping[str, Json], wrong: Wrong) -> None:
        self._body = body
        self._wrong = wrong

    def alias(self, pack: str) -> Alias | None:
        body = self._body
        self._strangers("", body, _KNOWN)
        if body.get("pack") not in {None, pack}:
            self._wrong("pack", f"is “{body['pack']}”, and the file lies in {pack}")
        name, action = self._required("name"), self._required("action_ref")
        formats = self._formats()
        if not name or not action or not formats:
            return None
        return Alias(
            name=name,
            pack=pack,
            action_ref=action,
            formats=formats,
            description=str(body.get("description") or "").strip(),
            enabled=self._flag(body, "enabled", ""),
            ack=self._answer("ack", _ACK),
            result=self._answer("result", _RESULT),
            extra=self._object(body, "extra", ""),
            immutable_parameters=self._object(body, "immutable_parameters", ""),
        )

    def _strangers(self, place: str, body: Mapping[str, Json], known: frozenset[str]) -> None:
        for key in sorted(body.keys() - known):
            self._wrong(f"{place}{key}", f"is unknown and passed over.{near(key, known)}")

    def _required(self, key: str) -> str:
        value = self._body.get(key)
        if isinstance(value, str) and value.strip() and len(value) <= _LONGEST:
            return value
        if value is None:
            self._wrong(key, "is missing")
        else:
            shown = str(value)[:_LONGEST]
            self._wrong(key, f"is {shown!r}; give a text of at most {_LONGEST} characters")
        return ""

    def _flag(self, body: Mapping[str, Json], key: str, place: str) -> bool:
        """A truth value that is true unless said otherwise."""
        value = body.get(key, True)
        if not isinstance(value, bool):
            self._wrong(f"{place}{key}", f"is {value!r}; give true or false")
            return True
        return value

    def _object(self, body: Mapping[str, Json], key: str, place: str) -> dict[str, Json]:
        value = body.get(key)
        if value is not None and not isinstance(value, dict):
            self._wrong(f"{place}{key}", "must be an object")
            return {}
        return cast("dict[str, Json]", value or {})

    def _formats(self) -> tuple[Format, ...]:
        value = self._body.get("formats")
        if not isinstance(value, list) or not value:
            self._wrong("formats", "must be a list of what people say")
            return ()
        found: list[Format] = []
        for number, each in enumerate(cast("list[Json]", value)):
            one = self._format(each, f"formats[{number}]")
            if one is not None:
                found.append(one)
        return tuple(found)

    def _format(self, value: Json, place: str) -> Format | None:
        if isinstance(value, str):
            return Format(value, (value,)) if self._fits(value, place) else None
        if not isinstance(value, dict):
            self._wrong(place, "must be a text, or an object with display and representation")
            return None
        body = cast("dict[str, Json]", value)
        self._strangers(f"{place}.", body, _FORMAT)
        display, given = body.get("display"), body.get("representation")
        many = body.get("match_multiple", False)
        if not isinstance(display, str | None):
            self._wrong(f"{place}.display", f"is {display!r}; give a text")
            display = None
        if not isinstance(many, bool):
            self._wrong(f"{place}.match_multiple", f"is {many!r}; give true or false")
        fitting = self._representations(given, f"{place}.representation")
        if not display and not fitting:
            self._wrong(place, "has neither a display nor a representation that can be used")
            return None
        return Format(display or "", fitting, match_multiple=many is True)

    def _representations(self, given: Json, place: str) -> tuple[str, ...]:
        if given is None:
            return ()
        items = cast("list[Json]", given) if isinstance(given, list) else [given]
        return tuple(
            each
            for number, each in enumerate(items)
            if self._fits(each, f"{place}[{number}]" if isinstance(given, list) else place)
        )

    def _fits(self, source: Json, place: str) -> bool:
        if not isinstance(source, str):
            self._wrong(place, f"is {source!r}; give a text")
            return False
        try:
            CompiledFormat(source)
        except ValueError as wrong:
            self._wrong(place, str(wrong))
            return False
        return True

    def _answer(self, key: str, known: frozenset[str]) -> Answer:
        body, place = self._object(self._body, key, ""), f"{key}."
        self._strangers(place, body, known)
        text = body.get("format", "")
        if not isinstance(text, str):
            self._wrong(f"{place}format", f"is {text!r}; give a text")
            text = ""
        if is_template(text):
            try:
                readable(text)
            except Unrendered as wrong:
                self._wrong(f"{place}format", str(wrong))
        return Answer(
            enabled=self._flag(body, "enabled", place),
            format=text,
            append_url=self._flag(body, "append_url", place),
            extra=self._object(body, "extra", place),
        )
