"""The sandbox that templates are rendered in: values and a few filters, nothing else.

Templates are written by people who may write runbooks. The values in them come from
anywhere, are never read as templates themselves, and are plain JSON: attributes of
Python objects cannot be reached through them.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, cast

import regex
from jinja2 import (
    StrictUndefined,
    Template,
    TemplateError,
    Undefined,
    nodes,
    pass_eval_context,
)
from jinja2.exceptions import SecurityError
from jinja2.filters import do_indent, do_join
from jinja2.nativetypes import NativeEnvironment
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from automation.hidden import clipped
from automation.values import Json

LONGEST = 1024 * 1024
"""Characters that a template may render to."""
_RANGE = 1000
_BIG = 100_000
_PATTERN = 300
_PATIENCE = 0.2
"""Seconds that a pattern may be looked for: some take for ever on a text made for it."""
_TIME = 1.0
"""Seconds that a template may take."""
_INDENT = 100
_until: ContextVar[float | None] = ContextVar("until", default=None)
FORBIDDEN = (
    nodes.Import,
    nodes.FromImport,
    nodes.Include,
    nodes.Extends,
    nodes.Block,
    nodes.Macro,
    nodes.CallBlock,
)
"""What reaches beyond one template, or calls itself."""
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
    "center",
    "slice",
    "batch",
    # What comes out another way each time cannot be agreed to.
    "random",
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
_LOOP = frozenset(
    ("index", "index0", "revindex", "revindex0", "first", "last", "length", "previtem", "nextitem")
)
"""What a template may ask a loop."""


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

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        """The tree, in which every loop looks at the clock."""
        try:
            tree = super()._parse(source, name, filename)
        except RecursionError:
            raise TemplateError("that is nested too deeply") from None
        for loop in tree.find_all(nodes.For):
            at = loop.iter.lineno
            loop.iter = nodes.Filter(loop.iter, "in_time", [], [], None, None, lineno=at)
        return tree

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:  # noqa: ARG002 - as the library has it
        """No `format` of texts: it fills the memory when asked to."""
        return None

    def call(self, context: Any, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call a harmless method, unless what comes of it would be too large."""
        owner, name = getattr(obj, "__self__", None), getattr(obj, "__name__", "")
        if isinstance(owner, str) and name == "replace":
            return _replace(owner, *args)
        if isinstance(owner, str) and name == "join" and args:
            items = list(in_time(args[0]))
            _not_too_long(len(owner) * len(items))
            return owner.join(map(str, items))
        return super().call(context, obj, *args, **kwargs)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """`a.b` reads the key `b` of an object first, and then a harmless method."""
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]  # pyright: ignore[reportUnknownVariableType] - JSON
        return super().getattr(obj, attribute)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Only harmless methods of JSON values, and where a loop is."""
        if isinstance(obj, LoopContext):
            return attr in _LOOP
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


def begin() -> None:
    """Give the template that is rendered next its time."""
    _until.set(time.monotonic() + _TIME)


def in_time(items: Iterable[Any]) -> Iterator[Any]:
    """The same items, as long as there is time.

    Raises:
        SecurityError: The template has taken too long.
    """
    until = _until.get()
    for item in items:
        if until is not None and time.monotonic() > until:
            raise SecurityError(f"it takes longer than {_TIME:.0f} s")
        yield item


def _not_too_long(characters: int) -> None:
    if characters > LONGEST:
        raise SecurityError(f"that has more than {LONGEST} characters")


def _replace(text: Any, old: str = "", new: str = "", count: int = -1) -> str:
    whole = str(text)
    times = whole.count(str(old))
    _not_too_long(len(whole) + times * len(str(new)))
    return whole.replace(str(old), str(new), count)


@pass_eval_context
def _join(context: Any, value: Any, d: str = "", attribute: str | int | None = None) -> str:
    items = list(in_time(value))
    _not_too_long(len(items) * len(str(d)))
    return cast("str", do_join(context, items, d, attribute))


def _indent(s: str, width: int | str = 4, *lines: bool, **more: bool) -> str:
    wide = width if isinstance(width, int) else len(width)
    if wide > _INDENT:
        raise SecurityError(f"at most {_INDENT} characters can be put in front of a line")
    _not_too_long(len(str(s)) + wide * str(s).count("\n"))
    return do_indent(s, width, *lines, **more)


def _to_json(value: Json, indent: int | None = None) -> str:
    if indent is not None and not 0 <= indent <= 8:  # noqa: PLR2004 - nobody reads more
        raise SecurityError("an indent is 0 to 8 here")
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _from_json(text: str) -> Json:
    try:
        return json.loads(text)
    except ValueError as wrong:
        raise TemplateError(f"that is not JSON: {wrong}") from None


def _compiled(pattern: str) -> regex.Pattern[str]:
    if len(pattern) > _PATTERN:
        raise TemplateError(f"a pattern has at most {_PATTERN} characters here")
    try:
        return regex.compile(pattern)
    except regex.error as wrong:
        raise TemplateError(f"“{clipped(pattern, 40)}” is no regular expression: {wrong}") from None


def _regex_replace(text: Any, pattern: str, replacement: str = "") -> str:
    try:
        found = _compiled(pattern).sub(replacement, str(text)[:_BIG], timeout=_PATIENCE)
    except TimeoutError:
        raise _slow(pattern) from None
    except (regex.error, IndexError) as wrong:
        raise TemplateError(f"“{clipped(replacement, 40)}” cannot be put in: {wrong}") from None
    _not_too_long(len(found))
    return found


def _regex_search(text: Any, pattern: str) -> str:
    try:
        found = _compiled(pattern).search(str(text)[:_BIG], timeout=_PATIENCE)
    except TimeoutError:
        raise _slow(pattern) from None
    if found is None:
        return ""
    return (found[1] or "") if found.groups() else found[0]


def _slow(pattern: str) -> TemplateError:
    return TemplateError(f"“{clipped(pattern, 40)}” takes too long on this text; make it simpler")


def _seconds(span: Any) -> float:
    """`5m`, `1h30m` or a number, as seconds."""
    text = str(span).strip()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    match = _SPAN.fullmatch(text)
    if not text or match is None:
        raise TemplateError(f"“{clipped(text, 40)}” is no span of time such as 5m or 1h30m")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)


def _basename(path: Any) -> str:
    return str(path).rstrip("/").rpartition("/")[2]


_FILTERS: dict[str, Callable[..., Any]] = {
    "in_time": in_time,
    "replace": _replace,
    "join": _join,
    "indent": _indent,
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
    for kind in FORBIDDEN:
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
