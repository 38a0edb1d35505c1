"""Values that are kept as JSON text: cards, inbound events, plans.

The dataclasses carry their own tags (`span`, `section`, `job`, `kind`), so what is
written can be read back as what it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar, cast

from pydantic import BeforeValidator, ConfigDict, PlainSerializer, TypeAdapter
from pydantic_core import PydanticSerializationError

from automation.approval import PlannedStep, Policy
from automation.execution import Attempt
from automation.runbook import Content
from chat.address import Address
from chat.errors import BadInput
from chat.inbound import Inbound
from chat.outbox import Job
from chat.person import Person
from playbooks.playbook import Metric, Playbook, Settings, StagePlan
from security.permissions import Permission

T = TypeVar("T")

_BYTES = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
DEEPEST = 100
"""Levels of lists and objects in one another; what is much deeper could not be read back."""
_CUT = "… nested too deeply to be kept"
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|([\[{])|([\]}])')


def clean(text: str) -> str:
    """The text as every database can keep it: without NUL, lone surrogates replaced."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


class Codec(Generic[T]):
    """Turns values of one type into JSON text and back."""

    def __init__(self, adapter: TypeAdapter[T]) -> None:
        self._adapter = adapter

    def dump(self, value: T) -> str:
        """The value as JSON text; lone surrogates, which UTF-8 cannot hold, are replaced.

        Raises:
            BadInput: It is nested too deeply.
        """
        try:
            text = self._text(value)
        except RecursionError as error:
            raise _too_deep() from error
        except PydanticSerializationError as error:
            if "depth" in str(error):
                raise _too_deep() from error
            raise
        if _is_deep(text):
            raise _too_deep()
        return text

    def _text(self, value: T) -> str:
        try:
            return self._adapter.dump_json(value).decode()
        except PydanticSerializationError:
            plain = _cleaned(self._adapter.dump_python(value))
            return self._adapter.dump_json(self._adapter.validate_python(plain)).decode()

    def load(self, text: str) -> T:
        """The value that was dumped."""
        return self._adapter.validate_json(text)


class CuttingCodec(Codec[Any]):
    """Any JSON, as actions answer it: cut below the deepest level, since nobody can mend it."""

    def dump(self, value: Any) -> str:
        """The value as JSON text."""
        try:
            return super().dump(value)
        except BadInput:
            return super().dump(_cleaned(value, DEEPEST))


def _cleaned(value: Any, levels: int = 1000) -> Any:
    """A copy of plain data in which every text is `clean`, cut below that many levels."""
    match value:
        case str():
            return clean(value)
        case dict() | list() | tuple() if not levels:
            return _CUT
        case dict():
            items = cast("dict[Any, Any]", value).items()
            return {_cleaned(key): _cleaned(item, levels - 1) for key, item in items}
        case list() | tuple():
            return [_cleaned(item, levels - 1) for item in cast("list[Any]", value)]
        case _:
            return value


def _is_deep(text: str) -> bool:
    """Whether lists and objects in some JSON text lie more than `DEEPEST` levels in one another."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return False
    level = 0
    for found in _BRACKETS.finditer(text):
        level += (found[1] is not None) - (found[2] is not None)
        if level > DEEPEST:
            return True
    return False


def _too_deep() -> BadInput:
    return BadInput(
        f"A value has more than {DEEPEST} levels of lists and objects in one another. "
        "Make it flatter.",
        code="TOO_DEEP",
    )


def _known(words: Iterable[str]) -> list[str]:
    """Without the rights of a later release, which are none here."""
    known = set(Permission)
    return [word for word in words if word in known]


@dataclass(frozen=True, slots=True)
class PlaybookBody:
    """What of a playbook is read and written as a whole."""

    stages: tuple[StagePlan, ...]
    settings: Settings
    metrics: tuple[Metric, ...]


ADDRESS: Codec[Address] = Codec(TypeAdapter(Address))
# A union, since pydantic takes no config beside a lone dataclass.
INBOUND: Codec[Inbound] = Codec(TypeAdapter(cast("type[Inbound]", Inbound | None), config=_BYTES))
JOB: Codec[Job] = Codec(TypeAdapter(Annotated[Job, "with bytes as base64"], config=_BYTES))
PERSON: Codec[Person] = Codec(TypeAdapter(Person))
BODY: Codec[PlaybookBody] = Codec(TypeAdapter(PlaybookBody))
PLAYBOOK: Codec[Playbook] = Codec(TypeAdapter(Playbook))
TEXTS: Codec[tuple[str, ...]] = Codec(TypeAdapter(tuple[str, ...]))
ANY: Codec[Any] = CuttingCodec(TypeAdapter(Any))
CONTENT: Codec[Content] = Codec(TypeAdapter(cast("type[Content]", Content | None)))
POLICY: Codec[Policy] = Codec(TypeAdapter(Policy))
PLAN: Codec[tuple[PlannedStep, ...]] = Codec(TypeAdapter(tuple[PlannedStep, ...]))
ATTEMPTS: Codec[tuple[Attempt, ...]] = Codec(TypeAdapter(tuple[Attempt, ...]))
FACTS: Codec[Mapping[str, str]] = Codec(TypeAdapter(dict[str, str]))
PROPERTIES: Codec[Mapping[str, Any]] = Codec(TypeAdapter(dict[str, Any]))
RIGHTS: Codec[frozenset[Permission]] = Codec(
    TypeAdapter(Annotated[frozenset[Permission], BeforeValidator(_known), PlainSerializer(sorted)])
)
