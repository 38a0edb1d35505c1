"""The sandbox that templates are rendered in: values and a few filters, nothing else.

Templates are written by people who may write runbooks. The values in them come from
anywhere, are never read as templates themselves, and are plain JSON: attributes of
Python objects cannot be reached through them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, Undefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.nativetypes import NativeEnvironment
from jinja2.sandbox import ImmutableSandboxedEnvironment

from automation.values import Json

LONGEST = 1024 * 1024
"""Characters that a template may render to."""
_RANGE = 1000
_BIG = 100_000
_PATTERN = 300
_FORBIDDEN = (
    nodes.Import,
    nodes.FromImport,
    nodes.Include,
    nodes.Extends,
    nodes.Block,
    nodes.Macro,
    nodes.CallBlock,
)
_TESTS = ("callable", "filter", "test", "escaped", "sameas")
_NO_FILTERS = (
    "attr",
    "safe",
    "forceescape",
    "escape",
    "e",
    "urlize",
    "xmlattr",
    "format",
    "pprint",
)
_SPAN = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_METHODS = frozenset(
    (
        *("lower", "upper", "title", "capitalize", "strip", "lstrip", "rstrip", "replace"),
        *("split", "rsplit", "splitlines", "partition", "rpartition", "join", "find", "count"),
        *("startswith", "endswith", "removeprefix", "removesuffix", "index"),
        *("isdigit", "isalpha", "isalnum", "items", "keys", "values", "get"),
    )
)
"""Methods of texts, lists and objects that a template may call."""


class Sandbox(ImmutableSandboxedEnvironment):
    """What a template can do: read JSON values, compute, and call harmless methods."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self, finalize: Callable[[Any], Any] | None = None) -> None:
        super().__init__(
            undefined=StrictUndefined,
            autoescape=False,
            finalize=finalize,
            keep_trailing_newline=True,
        )
        self.globals.clear()
        self.globals.update({"range": _range})  # pyright: ignore[reportCallIssue, reportArgumentType] - typed too narrowly
        for name in _NO_FILTERS:
            self.filters.pop(name, None)
        for name in _TESTS:
            self.tests.pop(name, None)
        self.filters.update(_FILTERS)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """`a.b` reads the key `b` of an object first, and then a harmless method."""
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]  # pyright: ignore[reportUnknownVariableType] - JSON
        return super().getattr(obj, attribute)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Only harmless methods of JSON values."""
        plain = isinstance(obj, str | list | dict | tuple | int | float)
        return plain and attr in _METHODS and super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Arithmetic that cannot fill the memory."""
        if operator == "%" and isinstance(left, str):
            raise SecurityError("formatting with % is not possible here; use ~ to join texts")
        sizes = [_size(left), _size(right)]
        numbers = all(isinstance(each, int | float) for each in (left, right))
        if operator == "**" and (not numbers or abs(left) > _BIG or abs(right) > 100):  # noqa: PLR2004 - large enough
            raise SecurityError("that power is too large")
        if operator == "*" and not numbers and sizes[0] * sizes[1] > _BIG:
            raise SecurityError("that repeats too much")
        return super().call_binop(context, operator, left, right)


class NativeSandbox(Sandbox, NativeEnvironment):
    """The same, in which a lone expression keeps its type."""


def _size(value: Any) -> int:
    if isinstance(value, str | list | tuple):
        return len(value)  # pyright: ignore[reportUnknownArgumentType] - JSON
    return abs(int(value)) if isinstance(value, int | float) else 1


def _range(*bounds: int) -> range:
    found = range(*bounds)
    if len(found) > _RANGE:
        raise SecurityError(f"a range has at most {_RANGE} numbers here")
    return found


def _to_json(value: Json, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _from_json(text: str) -> Json:
    try:
        return json.loads(text)
    except ValueError as wrong:
        raise TemplateError(f"that is not JSON: {wrong}") from None


def _compiled(pattern: str) -> re.Pattern[str]:
    if len(pattern) > _PATTERN:
        raise TemplateError(f"a pattern has at most {_PATTERN} characters here")
    try:
        return re.compile(pattern)
    except re.error as wrong:
        raise TemplateError(f"“{pattern[:40]}” is no regular expression: {wrong}") from None


def _regex_replace(text: Any, pattern: str, replacement: str = "") -> str:
    return _compiled(pattern).sub(replacement, str(text)[:_BIG])


def _regex_search(text: Any, pattern: str) -> str:
    found = _compiled(pattern).search(str(text)[:_BIG])
    if found is None:
        return ""
    return found[1] if found.groups() else found[0]


def _seconds(span: Any) -> float:
    """`5m`, `1h30m` or a number, as seconds."""
    text = str(span).strip()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    match = _SPAN.fullmatch(text)
    if not text or match is None:
        raise TemplateError(f"“{text[:40]}” is no span of time such as 5m or 1h30m")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)


def _basename(path: Any) -> str:
    return str(path).rstrip("/").rpartition("/")[2]


_FILTERS: dict[str, Callable[..., Any]] = {
    "to_json": _to_json,
    "tojson": _to_json,
    "from_json": _from_json,
    "regex_replace": _regex_replace,
    "regex_search": _regex_search,
    "seconds": _seconds,
    "basename": _basename,
}

PLAIN = Sandbox()
NATIVE = NativeSandbox()


@lru_cache(maxsize=2048)
def parsed(source: str) -> nodes.Template:
    """The template's tree.

    Raises:
        TemplateError: It cannot be read, or holds what is not possible here.
    """
    tree = PLAIN.parse(source)
    for kind in _FORBIDDEN:
        found = tree.find(kind)
        if found is not None:
            word = type(found).__name__.lower().replace("fromimport", "import")
            raise TemplateError(f"“{word}” is not possible here")
    return tree


@lru_cache(maxsize=2048)
def compiled(source: str) -> Template:
    """The template as text.

    Raises:
        TemplateError: As `parsed`.
    """
    parsed(source)
    return PLAIN.from_string(source)


@lru_cache(maxsize=2048)
def expression(source: str) -> Callable[..., Any]:
    """A lone expression, which gives its value as it is.

    Raises:
        TemplateError: It cannot be read.
    """
    return NATIVE.compile_expression(source, undefined_to_none=False)


def is_undefined(value: Any) -> bool:
    """Whether an expression came to nothing that is there."""
    return isinstance(value, Undefined)
