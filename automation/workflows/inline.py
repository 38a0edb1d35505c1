"""`key=value` pairs in one line: the short form of inputs and of what is published.

Source: Orquesta's `action: core.local cmd="date" timeout=<% ctx().wait %>`. A value is quoted, a
list, a number, true, false, null or an expression; whatever else stands there is no pair.
"""

from __future__ import annotations

import json
import re

from automation.values import Json

_PAIR = re.compile(
    r"(\w+)=("
    r"\[.*\]|\"[^\"]*\"|'[^']*'"
    r"|-?\d*\.\d+|-?\d+|[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|null"
    r"|<%.*?%>|\{\{.*?\}\}"
    r")"
)


def pairs(text: str) -> list[tuple[str, Json]]:
    """The pairs in a text, in order."""
    return [(name, _value(given)) for name, given in _PAIR.findall(text)]


def _value(given: str) -> Json:
    bare = given
    for quote in ('"', "'"):
        bare = bare.removeprefix(quote).removesuffix(quote)
    quoted = bool(re.search(r"\"[^\"]*\"|'[^']*'", given))
    if bare and quoted and not (bare.startswith("{") and bare.endswith("}")):
        return bare
    word = bare.lower() if bare.lower() in {"true", "false"} else bare
    try:
        return json.loads(word)
    except ValueError:
        return bare
