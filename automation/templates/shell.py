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
from typing import Literal

from jinja2 import Template, TemplateError

from automation.templates.marks import captured, marked, pieces, text_of
from automation.templates.mistake import Mistake
from automation.templates.places import is_one_word, why_not
from automation.templates.running import awaits_command, option_of, why_refused
from automation.templates.sandbox import LONGEST, Sandbox, parsed
from automation.templates.template import check_source, guarded, is_template
from automation.values import Json
from chat.errors import BadInput

_MARK = re.compile("\x00([A-Za-z0-9+/=]*)\x00")
_NAME = re.compile(r"[A-Za-z_]\w*")
_TAINTS = re.compile(r"([A-Za-z_]\w*)\+?=.*\x00.*", re.DOTALL)

State = Literal["bare", "single", "double"]


_ENGINE = Sandbox(finalize=marked)


@lru_cache(maxsize=2048)
def _compiled(source: str) -> Template:
    if problem := captured(parsed(source)):
        raise TemplateError(problem)
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
    try:
        raw: str = guarded(lambda: _compiled(text).render(**context), text, place, context)
        return _Walk().through(raw)
    except BadInput:
        raise
    except _UnsafeError as unsafe:
        raise _refused(place, unsafe.args[0]) from None
    except Exception as wrong:  # noqa: BLE001 - whatever a template does, its author is told
        raise _refused(place, f"cannot be computed: {wrong or type(wrong).__name__}") from None


def _refused(place: str, problem: str) -> BadInput:
    return BadInput(f"{place or 'The command'} {problem}.", details={place or "cmd": problem})


def check_command(  # noqa: PLR0911 - one return for each kind of mistake
    text: str, place: str, known: Collection[str]
) -> tuple[Mistake, ...]:
    """What is wrong with a command line's template, found without filling it in.

    With conditions or loops in it, every text and every value is looked at in the order in
    which they stand.
    """
    if "\x00" in text:
        return (Mistake(place, "holds a NUL character"),)
    if not is_template(text):
        return ()
    try:
        if found := tuple(check_source(text, place, known)):
            return found
        tree = parsed(text)
        if problem := captured(tree):
            return (Mistake(place, problem),)
        _Walk().through("".join(pieces(tree)))
    except _UnsafeError as unsafe:
        return (Mistake(place, unsafe.args[0]),)
    except Exception as wrong:  # noqa: BLE001 - whatever it holds, its author is told
        return (Mistake(place, f"cannot be read: {wrong or type(wrong).__name__}"),)
    return ()


class _UnsafeError(Exception):
    """A value stands where no quoting keeps it from being code; the argument says why."""


@dataclass(slots=True)
class _Level:
    """One nesting of `$(…)` or `(…)`.

    Attributes:
        words: The words of the simple command at hand so far.
        word: The present word as far as it is known; None between two words. In it,
            `VALUE` is a value, and `EXPANDED` what the shell puts in.
        target: Whether the present word, or the next one, is where a redirection goes.
        opened: `$(`, `(` or `<(`.
        fed: Whether the present command's input is a pipe or a redirection.
        holds: Whether a value stands somewhere in it.
    """

    state: State = "bare"
    words: list[str] = field(default_factory=list[str])
    word: str | None = None
    target: bool = False
    closes: str = ""
    opened: str = ""
    fed: bool = False
    holds: bool = False


class _Walk:
    """Goes through a command line as a shell would, and quotes each value where it stands."""

    def __init__(self) -> None:
        self._levels = [_Level()]
        self._out: list[str] = []
        self._heredoc = False
        self._has_values = False
        self._tainted: set[str] = set()

    @property
    def _at(self) -> _Level:
        return self._levels[-1]

    def through(self, text: str) -> str:
        """The text with its marks replaced by quoted values.

        Raises:
            _UnsafeError: One stands where that is not possible.
        """
        if len(text) > 2 * LONGEST:
            raise _UnsafeError(f"renders to more than {LONGEST} characters")
        at, self._has_values = 0, "\x00" in text
        while at < len(text):
            at = self._one(text, at)
        self._end_command()
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
            self._levels.append(_Level(closes=")", opened="(", fed=self._at.fed))
        elif char == ")":
            if len(self._levels) > 1:
                self._end_command()
                self._close()
            else:  # The end of a pattern of `case`, and no command.
                self._end_word()
                self._at.words.clear()
        elif char in " \t":
            self._end_word()
        elif char in "\n;&|{}":
            is_group = char == "}" or text[at + 1 : at + 2].strip() == ""
            if char in "{}" and (self._at.word is not None or not is_group):
                self._add(char)
            else:
                self._end_command()
                is_pipe = char == "|" and "|" not in {text[at - 1 : at], text[at + 1 : at + 2]}
                self._at.fed = is_pipe or (char in "{}\n" and self._at.fed)
        elif char == "<" and text.startswith("<<", at) and not text.startswith("<<<", at):
            self._heredoc = True
            step = 2
        elif char in "<>":
            self._redirect()
            self._at.fed = self._at.fed or char == "<"
            here_string = text.startswith("<<<", at)
            step = 3 if here_string else 2 if text[at + 1 : at + 2] in {"&", "|"} else 1
        else:
            self._add(char)
        self._out.append(text[at : at + step])
        return at + step

    def _redirect(self) -> None:
        """Its number and its target are no words of the command."""
        level = self._at
        if level.word is not None and level.word.isdigit():
            level.word = None
        self._end_word()
        level.target = True

    def _close(self) -> None:
        inner, outer = self._levels.pop(), self._at
        outer.holds = outer.holds or inner.holds
        if inner.opened != "(" or outer.target:
            outer.word = (outer.word or "") + ("\x00" if inner.holds else "\x01")

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
            self._levels.append(_Level(closes=")", opened="$("))
            self._out.append("$(")
            return at + 2
        if text.startswith("${", at):
            self._add(self._expanded(text, at + 2))
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
        self._add(self._expanded(text, at + 1))
        name = _NAME.match(text, at + 1)
        end = name.end() if name else at + 1
        self._out.append(text[at:end])
        return end

    def _expanded(self, text: str, at: int) -> str:
        """What an expansion is in a word: a value again, where its variable was given one."""
        name = _NAME.match(text, at)
        return "\x00" if name and name[0] in self._tainted else "\x01"

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
        if "\x00" in text[at:end] or (
            closes == "))" and not self._tainted.isdisjoint(_NAME.findall(text[at:end]))
        ):
            raise _UnsafeError(why)
        if self._has_values and closes in "'}" and re.search(r"[\\'\"`]", text[at + 2 : end - 1]):
            raise _UnsafeError("has quotes inside of ${…} or $'…'; use a variable for that")
        self._add("\x01")
        self._out.append(text[at:end])
        return end

    def _add(self, char: str) -> None:
        self._at.word = (self._at.word or "") + char

    def _end_word(self) -> None:
        level = self._at
        if level.word is not None:
            if not level.target:
                level.words.append(level.word)
            level.target = False
        level.word = None

    def _end_command(self) -> None:
        self._end_word()
        level = self._at
        if self._has_values and level.words:
            if level.closes and "case" in level.words[:2]:
                raise _UnsafeError("uses case inside of (…); write if … elif instead")
            self._remember(level.words)
            if problem := why_refused(level.words, fed=level.fed):
                raise _UnsafeError(problem)
        level.target = False
        level.words.clear()

    def _remember(self, words: list[str]) -> None:
        """Which variables hold a value from here on."""
        self._tainted.update(found[1] for word in words if (found := _TAINTS.fullmatch(word)))
        if words[:1] == ["for"] and any("\x00" in word for word in words[2:]):
            self._tainted.update(words[1:2])
        if "read" in words[:3]:
            self._tainted.update(word for word in words if _NAME.fullmatch(word))

    def _value(self, value: Json) -> None:
        if self._heredoc:
            raise _UnsafeError(
                "puts a value behind a here-document; give it as an argument or in env"
            )
        level = self._at
        begun = level.word or ""
        if not level.target and (problem := why_not(level.words, begun)):
            raise _UnsafeError(problem)
        level.holds = True
        texts = [text_of(each) for each in value] if isinstance(value, list) else [text_of(value)]  # pyright: ignore[reportUnknownVariableType] - JSON
        if any("\x00" in text for text in texts):
            raise _UnsafeError("is given a value with a NUL character, which no command can take")
        if level.target or is_one_word(level.words, begun) or awaits_command(level.words):
            texts = [" ".join(texts)]
        if not level.target and not begun:
            for name in filter(None, (option_of(level.words, text) for text in texts)):
                raise _UnsafeError(
                    f"is given a value that begins with -, which “{name}” would take for an option"
                )
        match level.state:
            case "single":
                self._out.append(" ".join(texts).replace("'", "'\\''"))
            case "double":
                joined = " ".join(texts)
                self._out.append(re.sub(r'([\\"$`])', r"\\\1", joined))
            case _:
                self._out.append(" ".join(shlex.quote(text) for text in texts))
        level.word = begun + "\x00"
