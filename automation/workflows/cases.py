"""The case of a rehearsal as a file holds it: `{"inputs": …, "mocks": […]}`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from automation.templates.mistake import near
from automation.values import Json
from automation.workflows.rehearsing import OUTCOMES, Mock
from automation.workflows.statuses import SUCCEEDED
from chat.errors import BadInput

_CASE = ("inputs", "mocks")
_MOCK = ("task_id", "route", "item_id", "status", "result")


def case_of(document: Json) -> tuple[Mapping[str, Json], tuple[Mock, ...]]:
    """Inputs and mocks.

    Raises:
        BadInput: It is none; the details say where.
    """
    whole = _mapping(document, "case", _CASE)
    inputs = _mapping(whole.get("inputs") or {}, "inputs", None)
    mocks: Json = whole.get("mocks") or list[Json]()
    if not isinstance(mocks, list):
        raise _wrong("mocks", "is no list")
    listed = cast("list[Json]", mocks)
    return inputs, tuple(_mocks(listed))


def _mocks(listed: list[Json]) -> Iterator[Mock]:
    for number, each in enumerate(listed):
        place = f"mocks[{number}]"
        given = _mapping(each, place, _MOCK)
        task = given.get("task_id")
        if not isinstance(task, str) or not task:
            raise _wrong(f"{place}.task_id", "is missing; it names the task")
        status = given.get("status", SUCCEEDED)
        if status not in OUTCOMES:
            raise _wrong(
                f"{place}.status", f"is {status!r}; it can be {', '.join(sorted(OUTCOMES))}"
            )
        yield Mock(
            task=task,
            route=_number(given, "route", place),
            item=_number(given, "item_id", place),
            status=status,
            result=given.get("result"),
        )


def _number(given: Mapping[str, Json], name: str, place: str) -> int | None:
    value = given.get(name)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    raise _wrong(f"{place}.{name}", f"is {value!r}; it is a number from 0")


def _mapping(value: Json, place: str, known: tuple[str, ...] | None) -> Mapping[str, Json]:
    if not isinstance(value, Mapping):
        raise _wrong(place, "is no object")
    found = cast("Mapping[str, Json]", value)
    for name in found:
        if known is not None and name not in known:
            there = f"there are {', '.join(known)}.{near(name, known)}".rstrip(".")
            raise _wrong(f"{place}.{name}", f"is not known here; {there}")
    return found


def _wrong(place: str, problem: str) -> BadInput:
    return BadInput(f"{place} {problem}.", details={place: problem})
