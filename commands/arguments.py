"""Words behind a command turned into its typed arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo

from chat.errors import BadInput
from commands.nearest import did_you_mean
from commands.words import DOUBLE, SINGLE, Word, blank, words

_KEY = re.compile(r"inc-[0-9]{1,9}", re.IGNORECASE)
_YES, _NO = {"", "true", "yes", "on", "1"}, {"false", "no", "off", "0"}


class Args(BaseModel):
    """What stands behind a command. Fields say with `Arg` how they are typed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Nothing(Args):
    """No words at all."""


@dataclass(frozen=True, slots=True)
class Arg:
    """How a field is typed. Each may also be given as `--field VALUE`.

    Attributes:
        label: What help shows for it: `TEXT`, `@person`.
        takes: `option` only as `--field`; `word` the next word; `words` all that are
            left; `phrase` the words that are left as one text; `rest` the rest of the
            line as it was typed, in which nothing has a meaning but known options; `raw`
            the whole line behind the command, without any reading of it; `key` an
            incident's key, in front or, unless free text ends the line, at the end; in an
            incident's channel never in front of free text.
        says: What it is for, in a few words; empty where the label says it.
    """

    label: str
    takes: Literal["option", "word", "words", "phrase", "rest", "raw", "key"] = "option"
    says: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """One field of a command's arguments, as the parser sees it."""

    name: str
    arg: Arg
    required: bool
    switch: bool

    @property
    def option(self) -> str:
        """Its name behind `--`."""
        return self.name.rstrip("_").replace("_", "-")

    @property
    def usage(self) -> str:
        """How help shows it."""
        if self.switch:
            text = f"--{self.option}"
        elif self.arg.takes == "option":
            text = f"--{self.option} {self.arg.label}"
        else:
            text = self.arg.label + (" …" if self.arg.takes == "words" else "")
        return text if self.required else f"[{text}]"


@cache
def slots(args: type[Args]) -> tuple[Slot, ...]:
    """The fields of `args` in order of their declaration."""
    return tuple(_slot(name, info) for name, info in args.model_fields.items())


def _slot(name: str, info: FieldInfo) -> Slot:
    arg = next((mark for mark in info.metadata if isinstance(mark, Arg)), Arg(name.upper()))
    kinds = (info.annotation, *get_args(info.annotation))
    return Slot(name, arg, required=info.is_required(), switch=bool in kinds)


def usage(path: str, args: type[Args]) -> str:
    """How the command is typed, such as `/incident check N`."""
    shape = slots(args)
    key = [slot.usage for slot in shape if slot.arg.takes == "key"]
    others = [slot.usage for slot in shape if slot.arg.takes != "key"]
    # Free text runs to the end of the line, so a key can only stand in front of it.
    front = any(slot.arg.takes == "rest" for slot in shape)
    return " ".join((path, *(key + others if front else others + key)))


A = TypeVar("A", bound=Args)


def names_key(args: type[Args]) -> bool:
    """Whether an incident's key may stand in front of a free text."""
    return {"key", "rest"} <= {slot.arg.takes for slot in slots(args)}


def parse(path: str, line: str, start: int, args: type[A], *, at_home: bool = False) -> A:
    """Read what stands in `line` from `start` on.

    Args:
        path: The command as typed, for messages: `/incident check`.
        line: The whole line.
        start: Where the command ends in it.
        args: What to make of it.
        at_home: Whether it was typed in an incident's channel: there a free text may begin
            with another incident's key and is still only text.

    Raises:
        BadInput: Something is missing, too much, unknown or malformed.
    """
    shape = slots(args)
    raw = next((slot for slot in shape if slot.arg.takes == "raw"), None)
    if raw is not None:
        text = line[start:].strip()
        values: dict[str, object] = {raw.name: text} if text else {}
    else:
        values = _Reading(path, line, args, at_home).read(words(line, start))
    missing = [slot for slot in shape if slot.required and slot.name not in values]
    if missing:
        raise BadInput(
            f"{path} needs {missing[0].arg.label}. Type it like this: {usage(path, args)}",
            details={missing[0].name: "is missing"},
        )
    return _validated(values, args)


def _validated(values: dict[str, object], args: type[A]) -> A:
    try:
        return args.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        given = str(first["input"])[:40]
        message = f"“{given}” does not fit --{name.replace('_', '-')}: {first['msg']}."
        raise BadInput(message, details={name: first["msg"]}) from None


@dataclass(slots=True)
class _Reading:
    """One pass over the words of one line."""

    path: str
    line: str
    args: type[Args]
    at_home: bool
    values: dict[str, object] = field(default_factory=dict[str, object])
    loose: list[Word] = field(default_factory=list[Word])

    def read(self, stream: Iterator[Word]) -> dict[str, object]:
        by_option = {slot.option: slot for slot in slots(self.args)}
        free = self._free()
        for word in stream:
            name = word.option
            slot = by_option.get(name) if name is not None else None
            if name is None or (slot is None and free is not None and self._in_text()):
                self.loose.append(word)
            elif slot is None:
                raise BadInput(
                    f"{self.path} has no option --{name[:40]}."
                    f"{did_you_mean(name, by_option, '--')} "
                    f"Type it like this: {usage(self.path, self.args)}",
                    details={name[:40]: "is not an option"},
                )
            else:
                self._take(slot, word, stream)
        self._place(free)
        return self.values

    def _free(self) -> Slot | None:
        return next((slot for slot in slots(self.args) if slot.arg.takes == "rest"), None)

    def _in_text(self) -> bool:
        """Whether the words so far have reached the free text, in which `--x` is just text."""
        return len(self.loose) > sum(slot.arg.takes == "word" for slot in slots(self.args))

    def _take(self, slot: Slot, word: Word, stream: Iterator[Word]) -> None:
        if slot.name in self.values:
            raise BadInput(
                f"--{slot.option} is given twice. Give it once.", details={slot.name: "given twice"}
            )
        if slot.switch:
            self.values[slot.name] = _switch(slot, word)
            return
        given = word.value
        if given is None:
            following = next(stream, None)
            if following is None or following.option in {s.option for s in slots(self.args)}:
                raise BadInput(
                    f"--{slot.option} needs a value: --{slot.option} {slot.arg.label}",
                    details={slot.name: "has no value"},
                )
            word, given = following, following.text
        _closed(word)
        many = slot.arg.takes == "words"
        self.values[slot.name] = tuple(given.replace(",", " ").split()) if many else given

    def _place(self, free: Slot | None) -> None:
        self._place_key(free)
        for slot in slots(self.args):
            if slot.name in self.values or not self.loose:
                continue
            if slot.arg.takes == "word":
                self.values[slot.name] = _closed(self.loose.pop(0)).text
            elif slot.arg.takes == "words":
                self.values[slot.name] = tuple(_closed(word).text for word in self.loose)
                self.loose.clear()
            elif slot.arg.takes in {"phrase", "rest"}:
                self.values[slot.name] = self._text()
                self.loose.clear()
        if self.loose:
            _closed(self.loose[0])
            raise BadInput(
                f"{self.path} cannot use “{self.loose[0].text[:40]}”. Type it like this: "
                f"{usage(self.path, self.args)} (put texts with spaces in quotes).",
                details={"words": "too many"},
            )

    def _place_key(self, free: Slot | None) -> None:
        """Take an incident's key from the front or, where no free text ends the line, the end."""
        slot = next((slot for slot in slots(self.args) if slot.arg.takes == "key"), None)
        if slot is None or slot.name in self.values or (free is not None and self.at_home):
            return
        alone = all(s.arg.takes in {"key", "option"} for s in slots(self.args))
        for index in (0, -1) if free is None else (0,):
            if self.loose and (alone or _KEY.fullmatch(self.loose[index].text)):
                self.values[slot.name] = _closed(self.loose.pop(index)).text
                return

    def _text(self) -> str:
        """The free text as it was typed, line breaks and all, options cut out."""
        for word in self.loose:
            if word.unclosed not in SINGLE:
                _closed(word)
        if len(self.loose) == 1:
            return self.loose[0].text
        pieces: list[str] = []
        begin = self.loose[0].start
        for word, following in zip(self.loose, (*self.loose[1:], None), strict=True):
            if following is None or not blank(self.line[word.end : following.start]):
                pieces.append(self.line[begin : word.end])
                begin = following.start if following is not None else word.end
        return re.sub(f"\\\\([{DOUBLE}])", r"\1", " ".join(pieces))


def _switch(slot: Slot, word: Word) -> bool:
    given = (word.value or "").lower()
    if given in _YES | _NO:
        return given in _YES
    raise BadInput(
        f"--{slot.option} is either there or not; “{given[:40]}” is neither yes nor no.",
        details={slot.name: "yes or no"},
    )


def _closed(word: Word) -> Word:
    """The word, unless a quote in it has no partner.

    Raises:
        BadInput: It has none.
    """
    if word.unclosed:
        raise BadInput(
            f"There is a {word.unclosed} without its partner before “{word.text[-30:].strip()}”. "
            f"Add the closing quote, or put \\ before it if it belongs to the text.",
            code="UNBALANCED_QUOTE",
            details={"quote": "has no partner"},
        )
    return word
