"""Templates of shell command lines: every value is quoted by the engine itself.

A value reaches the shell as exactly the text it is, wherever the template puts it: bare,
in single or in double quotes, also inside of `$(…)`. Where a shell would read it as code
whatever the quotes (behind `eval`, as the command itself, in backquotes, arithmetic or a
here-document), the template is refused.

Source: the quoting rules of POSIX.1-2024, Shell Command Language, section 2.2.
"""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from jinja2 import Template, TemplateError, nodes

from automation.templates.mistake import Mistake
from automation.templates.places import is_one_word, why_not
from automation.templates.sandbox import LONGEST, Sandbox, parsed
from automation.templates.template import check_source, guarded, is_template
from automation.values import Json
from chat.errors import BadInput

_MARK = re.compile("\x00([A-Za-z0-9+/=]*)\x00")
_PLACEHOLDER = "value"

State = Literal["bare", "single", "double"]


def _marked(value: Any) -> str:
    """A value on its way through the template: found again, and quoted, afterwards."""
    text = json.dumps(value, default=str)
    return f"\x00{base64.b64encode(text.encode()).decode()}\x00"


_ENGINE = Sandbox(finalize=_marked)


@lru_cache(maxsize=2048)
def _compiled(source: str) -> Template:
    parsed(source)
    return _ENGINE.from_string(source)


def render_command(text: str, context: Mapping[str, Json], *, place: str = "") -> str:
    """The command line with every value in it quoted.

    A list is one word for each of its items where it stands bare, and the items joined by
    spaces inside quotes; a truth value is `true` or `false`, nothing is an empty word, an
    object is its JSON.

    Args:
        text: The template.
        context: What it may read.
        place: Where it stands, for errors.

    Raises:
        BadInput: It reads what is not there, or puts a value where no quoting is safe.
    """
    if "\x00" in text:
        raise _refused(place, "holds a NUL character")
    if not is_template(text):
        return text
    raw: str = guarded(lambda: _compiled(text).render(**context), text, place, context)
    if len(raw) > 2 * LONGEST:
        raise _refused(place, f"renders to more than {LONGEST} characters")
    walk = _Walk()
    try:
        return walk.through(raw)
    except _UnsafeError as unsafe:
        raise _refused(place, unsafe.args[0]) from None


def _refused(place: str, problem: str) -> BadInput:
    return BadInput(f"{place or 'The command'} {problem}.", details={place or "cmd": problem})


def check_command(text: str, place: str, known: Collection[str]) -> tuple[Mistake, ...]:
    """What is wrong with a command line's template, found without filling it in.

    With conditions or loops in it, every text and every value is looked at in the order in
    which they stand.
    """
    if "\x00" in text:
        return (Mistake(place, "holds a NUL character"),)
    if not is_template(text):
        return ()
    found = list(check_source(text, place, known))
    if found:
        return tuple(found)
    try:
        tree = parsed(text)
    except TemplateError as wrong:
        return (Mistake(place, f"cannot be read: {wrong.message}"),)
    try:
        _Walk().through("".join(_pieces(tree)))
    except _UnsafeError as unsafe:
        return (Mistake(place, unsafe.args[0]),)
    return ()


def _pieces(node: nodes.Node) -> list[str]:
    """The texts of a template in order, a mark in the place of each value."""
    found: list[str] = []
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.TemplateData):
            found.append(child.data)
        elif isinstance(node, nodes.Output):
            found.append(_marked(_PLACEHOLDER))
        elif not isinstance(child, nodes.Expr):
            found += _pieces(child)
    return found


class _UnsafeError(Exception):
    """A value stands where no quoting keeps it from being code; the argument says why."""


@dataclass(slots=True)
class _Level:
    """One nesting of `$(…)` or `(…)`.

    Attributes:
        words: The words of the simple command at hand so far.
        word: The present word as far as it is known; None between two words.
        valued: Whether a value stands in the present word.
        target: Whether the present word, or the next one, is where a redirection goes.
    """

    state: State = "bare"
    words: list[str] = field(default_factory=list[str])
    word: str | None = None
    valued: bool = False
    target: bool = False
    closes: str = ""


class _Walk:
    """Goes through a command line as a shell would, and quotes each value where it stands."""

    def __init__(self) -> None:
        self._levels = [_Level()]
        self._out: list[str] = []
        self._heredoc = False

    @property
    def _at(self) -> _Level:
        return self._levels[-1]

    def through(self, text: str) -> str:
        """The text with its marks replaced by quoted values.

        Raises:
            _UnsafeError: One stands where that is not possible.
        """
        at = 0
        while at < len(text):
            at = self._one(text, at)
        return "".join(self._out)

    def _one(self, text: str, at: int) -> int:
        mark = _MARK.match(text, at)
        if mark is not None:
            self._value(json.loads(base64.b64decode(mark[1])))
            return mark.end()
        char = text[at]
        match self._at.state:
            case "single":
                return self._single(char, at)
            case "double":
                return self._double(text, at, char)
            case _:
                return self._bare(text, at, char)

    def _single(self, char: str, at: int) -> int:
        if char == "'":
            self._at.state = "bare"
        else:
            self._add(char)
        self._out.append(char)
        return at + 1

    def _double(self, text: str, at: int, char: str) -> int:
        if char == "\\":
            return self._escaped(text, at)
        if char == '"':
            self._at.state = "bare"
            self._out.append(char)
            return at + 1
        if char in "$`":
            return self._dollar(text, at, char)
        self._add(char)
        self._out.append(char)
        return at + 1

    def _bare(self, text: str, at: int, char: str) -> int:  # noqa: C901, PLR0912 - one branch for each kind of character
        if char == "\\":
            return self._escaped(text, at)
        if char in "$`":
            return self._dollar(text, at, char)
        step = 1
        if char == "'":
            self._at.state, self._at.word = "single", self._at.word or ""
        elif char == '"':
            self._at.state, self._at.word = "double", self._at.word or ""
        elif char == "#" and self._at.word is None:
            return self._comment(text, at)
        elif text.startswith("((", at):
            return self._arithmetic(text, at, "((")
        elif char == "(":
            self._levels.append(_Level(closes=")"))
        elif char == ")":
            self._end_command()
            if len(self._levels) > 1:
                self._close()
        elif char in " \t":
            self._end_word()
        elif char in "\n;&|{}":
            if char in "{}" and self._at.word is not None:
                self._add(char)
            else:
                self._end_command()
        elif char == "<" and text.startswith("<<", at) and not text.startswith("<<<", at):
            self._heredoc = True
            step = 2
        elif char in "<>":
            self._redirect()
            step = 2 if text[at + 1 : at + 2] in {"&", "|"} else 1
        else:
            self._add(char)
        self._out.append(text[at : at + step])
        return at + step

    def _redirect(self) -> None:
        """Its number and its target are no words of the command."""
        level = self._at
        if level.word is not None and level.word.isdigit() and not level.valued:
            level.word = None
        self._end_word()
        level.target = True

    def _close(self) -> None:
        outer = self._levels[-2]
        self._levels.pop()
        outer.word = (outer.word or "") + "?"

    def _escaped(self, text: str, at: int) -> int:
        if text.startswith("\\\x00", at):
            raise _UnsafeError("puts a value behind a backslash; leave the backslash out")
        pair = text[at : at + 2]
        if pair != "\\\n":  # With that, the line only goes on.
            self._add(pair[1:])
        self._out.append(pair)
        return at + 2

    def _comment(self, text: str, at: int) -> int:
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        if "\x00" in text[at:end]:
            raise _UnsafeError("puts a value into a comment; leave it out")
        self._out.append(text[at:end])
        return end

    def _dollar(self, text: str, at: int, char: str) -> int:
        if char == "`":
            return self._passed(
                text, at, "`", "puts a value into backquotes; write $(…) instead", start=1
            )
        if text.startswith("$((", at):
            return self._arithmetic(text, at, "$((")
        if text.startswith("$(", at):
            self._levels.append(_Level(closes=")"))
            self._out.append("$(")
            return at + 2
        if text.startswith("${", at):
            return self._passed(
                text,
                at,
                "}",
                "puts a value into ${…}; give it to a variable first: name={{ … }}",
                start=2,
            )
        if text.startswith("$'", at) and self._at.state == "bare":
            return self._passed(text, at, "'", "puts a value into $'…'; use plain quotes", start=2)
        if text.startswith("$\x00", at):
            raise _UnsafeError("puts a value right behind a $; leave the $ out")
        self._add("?")
        self._out.append(char)
        return at + 1

    def _arithmetic(self, text: str, at: int, opens: str) -> int:
        return self._passed(
            text,
            at,
            "))",
            "puts a value into arithmetic, which a shell computes as code; compute it in the "
            "template instead: {{ a + b }}",
            start=len(opens),
        )

    def _passed(self, text: str, at: int, closes: str, why: str, *, start: int) -> int:
        """Copy a stretch in which no value may stand."""
        end = text.find(closes, at + start)
        end = len(text) if end < 0 else end + len(closes)
        if "\x00" in text[at:end]:
            raise _UnsafeError(why)
        self._add("?")
        self._out.append(text[at:end])
        return end

    def _add(self, char: str) -> None:
        self._at.word = (self._at.word or "") + char

    def _end_word(self) -> None:
        level = self._at
        if level.word is not None:
            if not level.target:
                level.words.append("\x00" if level.valued and not level.word else level.word)
            level.target = False
        level.word, level.valued = None, False

    def _end_command(self) -> None:
        self._end_word()
        self._at.target = False
        self._at.words.clear()

    def _value(self, value: Json) -> None:
        if self._heredoc:
            raise _UnsafeError(
                "puts a value behind a here-document; give it as an argument or in env"
            )
        level = self._at
        begun = level.word or ""
        if not level.target and (problem := why_not(level.words, begun)):
            raise _UnsafeError(problem)
        texts = [_text(each) for each in value] if isinstance(value, list) else [_text(value)]  # pyright: ignore[reportUnknownVariableType] - JSON
        if any("\x00" in text for text in texts):
            raise _UnsafeError("is given a value with a NUL character, which no command can take")
        if level.target or is_one_word(level.words, begun):
            texts = [" ".join(texts)]
        match level.state:
            case "single":
                self._out.append(" ".join(texts).replace("'", "'\\''"))
            case "double":
                joined = " ".join(texts)
                self._out.append(re.sub(r'([\\"$`])', r"\\\1", joined))
            case _:
                self._out.append(" ".join(shlex.quote(text) for text in texts))
        level.word, level.valued = begun, True


def _text(value: Json) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int() | float():
            return str(value)
        case _:
            return json.dumps(value, ensure_ascii=False)
