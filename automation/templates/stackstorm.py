"""Templates of content written for StackStorm: its filters, its ways with lines and types.

They mean what they mean there: a block's line leaves no empty line behind, and everything comes
out as text. Reading values and computing is as bounded as in every other template here.

Source: StackStorm's Jinja environment, and its rendering of parameters and of mappings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, cast

from jinja2 import Template, TemplateError, Undefined, UndefinedError, nodes
from jinja2.exceptions import SecurityError

from automation.hidden import clipped
from automation.templates.sandbox import LONGEST, Sandbox, begin, in_time
from automation.templates.st2_filters import FILTERS
from automation.values import Json

MARKS = ("{{", "{%", "{#")
_LINES = re.compile(r"\r\n|\r|\n")
_FORBIDDEN = (nodes.Import, nodes.FromImport, nodes.Include, nodes.Extends, nodes.Block)
_WIDE = 1000
_WIDTHS = re.compile(r"[0-9]+")
_STARRED = re.compile(r"%[^a-zA-Z%]*\*")
_NESTED = re.compile(r"\{[^{}]*\{")
_MORE = frozenset(
    (
        *("casefold", "isdecimal", "islower", "isnumeric", "isspace", "istitle", "isupper"),
        *("rfind", "rindex", "swapcase"),
    )
)


class Unrendered(Exception):
    """A template cannot be rendered; the message is the rest of a sentence.

    Attributes:
        undefined: Whether it reads what is not there.
    """

    def __init__(self, problem: str, *, undefined: bool = False) -> None:
        super().__init__(problem)
        self.undefined = undefined


class StackStormSandbox(Sandbox):
    """As our own, with StackStorm's filters and ways; macros and `format` are possible, too."""

    def __init__(self, undefined: type[Undefined] | None = None) -> None:
        super().__init__()
        self.trim_blocks = True
        self.lstrip_blocks = True
        self.keep_trailing_newline = False
        if undefined is not None:
            self.undefined = undefined
        self.filters.update(FILTERS)
        self.filters["format"] = _format
        self.tests["in"] = _is_in

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """As our own; a text may be formatted, too."""
        if operator == "%" and isinstance(left, str):
            return _page_wide(left) % right
        return super().call_binop(context, operator, left, right)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """`format` of texts, bounded as the filter is."""
        found = super(Sandbox, self).wrap_str_format(value)
        if found is None:
            return None
        pattern = str(getattr(value, "__self__", ""))

        def bounded(*given: Any, **named: Any) -> str:
            if _NESTED.search(_page_wide(pattern)):
                raise SecurityError("a width is written out here")
            return found(*given, **named)

        return bounded

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """As our own, and a few more questions that texts answer."""
        if isinstance(obj, str) and attr in _MORE:
            return True
        return super().is_safe_attribute(obj, attr, value)

    def call(self, context: Any, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call something harmless, as long as there is time: a macro may call itself."""
        for _ in in_time((None,)):
            break
        return super().call(context, obj, *args, **kwargs)


def _is_in(item: Any, items: Any) -> bool:
    return item in items


def _format(value: Any, *given: Any, **named: Any) -> str:
    """`"%s of %s" | format(a, b)`, with widths that fit on a page."""
    return _page_wide(str(value)) % (named or given)


def _page_wide(pattern: str) -> str:
    """The same, when nothing in it is made wider than a page."""
    if _STARRED.search(pattern) or any(int(w[:9]) > _WIDE for w in _WIDTHS.findall(pattern)):
        raise SecurityError(f"a width is at most {_WIDE} here, and written out")
    return pattern


STRICT = StackStormSandbox()
LENIENT = StackStormSandbox(Undefined)


@lru_cache(maxsize=4096)
def compiled(source: str, *, lenient: bool = False) -> Template:
    """A template, read once.

    Args:
        source: Its text.
        lenient: Whether what is not there is an empty text, as in results of aliases.

    Raises:
        TemplateError: It cannot be read, or holds what is not possible here.
    """
    environment = LENIENT if lenient else STRICT
    try:
        tree = environment.parse(source)
    except RecursionError:
        raise TemplateError("that is nested too deeply") from None
    for kind in _FORBIDDEN:
        if tree.find(kind) is not None:
            word = kind.__name__.lower().replace("fromimport", "import")
            raise TemplateError(f"“{word}” is not possible here")
    return environment.from_string(source)


def is_template(text: str) -> bool:
    """Whether there is anything in it to fill in."""
    return any(mark in text for mark in MARKS)


def as_written(text: str) -> str:
    """A text without anything to fill in, as it comes out all the same: its last line end goes."""
    lines = _LINES.sub("\n", text) if "\r" in text else text
    return lines.removesuffix("\n")


def readable(source: str) -> None:
    """Find out whether a template can be read at all.

    Raises:
        Unrendered: It cannot.
    """
    try:
        compiled(source)
    except TemplateError as wrong:
        raise Unrendered(f"cannot be read: {wrong.message}") from None


def render(source: str, context: Mapping[str, Any], *, lenient: bool = False) -> str:
    """The text that comes of a template.

    Raises:
        Unrendered: It reads what is not there, or cannot be computed.
    """
    return safely(lambda: compiled(source, lenient=lenient).render(context), source)


def safely(compute: Callable[[], str], source: str) -> str:
    """What is computed for a template, its errors in our words.

    Raises:
        Unrendered: It went wrong.
    """
    begin()
    try:
        found = compute()
    except UndefinedError as missing:
        told = f"reads what is not there: {missing.message}"
        raise Unrendered(told, undefined=True) from None
    except TemplateError as wrong:
        raise Unrendered(f"cannot be rendered: {wrong.message or wrong}") from None
    except Exception as wrong:  # noqa: BLE001 - whatever a template does is its author's to mend
        why = clipped(str(wrong) or type(wrong).__name__, 300)
        raise Unrendered(f"cannot be rendered: {why}") from None
    if len(found) > LONGEST:
        raise Unrendered(f"renders “{source[:40]}” to more than {LONGEST} characters")
    return found


def render_values(
    values: Mapping[str, Json], context: Mapping[str, Any], *, lenient: bool = False
) -> dict[str, Json]:
    """Each value with its templates filled in; one in which nothing changes keeps its type.

    Lists and objects are rendered as one text of JSON and read again.

    Raises:
        Unrendered: One cannot be rendered, or is no JSON afterwards.
    """
    return {name: _value(value, context, lenient=lenient) for name, value in values.items()}


def _value(value: Json, context: Mapping[str, Any], *, lenient: bool) -> Json:
    if not isinstance(value, str | list | dict):
        return value
    source = value if isinstance(value, str) else json.dumps(value)
    if not is_template(source):
        return as_written(value) if isinstance(value, str) else cast("Json", value)
    text = render(source, context, lenient=lenient)
    if text == source:
        return cast("Json", value)
    return text if isinstance(value, str) else filled(cast("Json", value), text, _nowhere)


def _nowhere(text: str) -> bool:
    del text
    return False


def filled(before: Json, text: str, is_free: Callable[[str], bool]) -> Json:
    """A list or an object that was filled in as JSON, read again.

    Args:
        before: As it was before.
        text: Its JSON, filled in.
        is_free: Whether anything may have come in the place of a text; other texts stay texts.

    Raises:
        Unrendered: It is no JSON any more, or a value in it has written more than one text.
    """
    found = decoded(text, once=True)
    if not _same_shape(before, found, is_free):
        raise Unrendered(
            "is given a value with quotes in it, which changes what stands around it; "
            "write {{ value | json_escape }}"
        )
    return found


def _same_shape(before: Json, after: Json, is_free: Callable[[str], bool]) -> bool:
    match before:
        case dict():
            old, new = cast("dict[str, Json]", before), cast("dict[str, Json]", after)
            return (
                isinstance(after, dict)
                and len(old) == len(new)
                and all(map(_same_shape, old.values(), new.values(), [is_free] * len(old)))
            )
        case list():
            items, others = cast("list[Json]", before), cast("list[Json]", after)
            return (
                isinstance(after, list)
                and len(items) == len(others)
                and all(map(_same_shape, items, others, [is_free] * len(items)))
            )
        case str():
            return isinstance(after, str) or is_free(before)
        case _:
            return before == after


def decoded(text: str, *, once: bool = False) -> Json:
    """A text of JSON, read.

    Args:
        text: The text.
        once: Whether a key may be there once only.

    Raises:
        Unrendered: It is none any more.
    """
    try:
        return (_ONCE if once else _AS_IT_IS).decode(text)
    except (ValueError, RecursionError) as wrong:
        raise Unrendered(f"is no JSON once it is rendered: {wrong}") from None


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is there twice")
    return found


def _no_number(text: str) -> Json:
    raise ValueError(f"{text} is no JSON")


_AS_IT_IS = json.JSONDecoder(parse_constant=_no_number)
_ONCE = json.JSONDecoder(parse_constant=_no_number, object_pairs_hook=_once)
