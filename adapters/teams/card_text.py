"""An Adaptive Card as plain text, for the export of a channel. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, cast

from chat.payload import parts

_ESCAPED = re.compile(r"\\([\\`*_\[\]<~&{#\-+>=.)])")
_STRONG = re.compile(r"(?<!\\)\*\*")
_LINK = re.compile(r"(?<!\\)\[((?:[^\[\]\\]|\\.)*)\]\((\S*?)\)")
_AT = re.compile(r"<at>(.*?)</at>")
_MACRO = re.compile(r"\{\{DATE\(([^,()]*),SHORT\)\}\} \{\{TIME\([^()]*\)\}\}")
_HELD = ("body", "items", "columns", "rows", "cells")


def card_text(content: str) -> str:
    """What a card says, line by line; empty when it is none."""
    try:
        card: Any = json.loads(content)
    except ValueError:
        return ""
    return "\n".join(line for line in _lines(card) if line)


def _lines(element: Any) -> Iterator[str]:
    if isinstance(element, list):
        for each in cast("list[Any]", element):
            yield from _lines(each)
        return
    if not isinstance(element, dict):
        return
    held = cast("dict[str, Any]", element)
    if held.get("type") == "TextBlock":
        yield _plain(str(held.get("text", "")))
    for fact in parts(held, "facts"):
        yield f"{_plain(str(fact.get('title')))}: {_plain(str(fact.get('value')))}"
    for name in _HELD:
        yield from _lines(held.get(name))


def _plain(text: str) -> str:
    text = _MACRO.sub(r"\1", _AT.sub(r"@\1", text))
    text = _LINK.sub(lambda match: match[1], _STRONG.sub("", text))
    return _ESCAPED.sub(r"\1", text).replace("\n\n", "\n")
