"""How expressions are marked in a text: `<% YAQL %>` and `{{ Jinja }}`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Language = Literal["yaql", "jinja"]
Problem = tuple[Literal["expressions", "contents"], str]
"""What is wrong with an expression: it cannot be read, or names what there is not."""
YAQL, JINJA = re.compile(r"<%.*?%>"), re.compile(r"\{\{.*?\}\}")
BLOCK = re.compile(r"\{%.*?%\}")
_ONE = r"<%.*?%>|\{\{.*?\}\}"
_ITEMS = re.compile(rf"\s*(?:(?P<names>\w+(?:\s*,\s*\w+)*)\s+in\s+)?(?P<source>{_ONE})\s*")
_ANY = re.compile(r"<%|\{\{|\{%")
_VARIABLE = re.compile(
    r"""\bctx\(\s*\)\.(?P<dotted>\w+)\b(?!\()|\bctx\(\s*(?P<quote>['"]?)(?P<named>[\w-]+)(?P=quote)\s*\)"""
)


@dataclass(frozen=True, slots=True)
class Marked:
    """A text with expressions.

    Attributes:
        whole: The text is one expression, and has its value, of whatever type.
        blocks: It has statements of Jinja, and is rendered as one template.
    """

    language: Language
    expressions: tuple[str, ...]
    whole: bool
    blocks: bool


def marked(text: str) -> Marked | None:
    """The expressions in a text; None where there are none, and it stands for itself.

    Expressions do not go over the end of a line.
    """
    if _ANY.search(text) is None:
        return None
    jinja, blocks = JINJA.findall(text), bool(BLOCK.search(text))
    if jinja or blocks:
        return Marked("jinja", tuple(jinja), len(jinja) == 1 and jinja[0] == text, blocks)
    yaql = YAQL.findall(text)
    if yaql:
        return Marked("yaql", tuple(yaql), len(yaql) == 1 and yaql[0] == text, blocks=False)
    return None


def mixed(text: str) -> bool:
    """Whether a text has expressions of both languages."""
    return bool(YAQL.search(text)) and bool(JINJA.search(text) or BLOCK.search(text))


def inner(expression: str) -> str:
    """The expression without its marks."""
    return expression[2:-2].strip()


def items_of(text: str) -> tuple[tuple[str, ...], str] | None:
    """The names and the expression of `x, y in <% … %>`; None where it is not like that."""
    found = _ITEMS.fullmatch(text)
    if found is None:
        return None
    names = found["names"] or ""
    return tuple(each.strip() for each in names.split(",") if each.strip()), found["source"]


def variables(text: str) -> tuple[tuple[str, str], ...]:
    """The variables that a text reads, each with its expression."""
    seen = marked(text)
    if seen is None:
        return ()
    parts = (text,) if seen.blocks else seen.expressions
    return tuple(
        (found["dotted"] or found["named"], part)
        for part in parts
        for found in _VARIABLE.finditer(part)
    )
