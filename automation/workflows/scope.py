"""What expressions may read while they are computed."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from automation.values import Json


class Missing:
    """Stands where there is nothing, which is not the same as null."""


MISSING = Missing()


class CannotEvaluate(Exception):
    """An expression that cannot be read or computed.

    Attributes:
        kind: Names the language, as StackStorm does in its records of errors.
        problem: A sentence.
    """

    def __init__(self, kind: str, problem: str) -> None:
        super().__init__(f"{kind}: {problem}")
        self.kind = kind
        self.problem = problem


class Unreadable(LookupError):
    """Something that an expression asks for is not there; its text says what."""


class Tasks(Protocol):
    """What expressions may ask about the tasks of a run."""

    def status_of(self, task: str, route: int) -> str:
        """The state of a task on a route, or on the nearest before it; `null` for none."""
        ...

    def facts_of(self, task: str, route: int) -> Json:
        """Status, result and ids of a task's last execution; None where there is none."""
        ...


class Outside(Protocol):
    """What expressions may ask of the house."""

    def stored(self, key: str, *, decrypt: bool) -> Json:
        """A value of the datastore.

        Args:
            key: Such as `region`, `system.region` or `user.region`.
            decrypt: Open a sealed value; otherwise it stays sealed.

        Raises:
            LookupError: There is none.
        """
        ...


class Alone:
    """No datastore, as in a rehearsal."""

    def stored(self, key: str, *, decrypt: bool) -> Json:  # noqa: ARG002 - as the port has it
        """Nothing is stored."""
        raise LookupError(key)


ALONE = Alone()


@dataclass(frozen=True, slots=True)
class Current:
    """The task that an expression belongs to; `result` is None until it has one."""

    id: str
    route: int
    result: Json = None


@dataclass(frozen=True, slots=True)
class Scope:
    """Everything that an expression may read.

    Attributes:
        values: The variables.
        task: None outside of tasks.
        item: Of a task that is done for each of several; MISSING elsewhere.
        tasks: None where there is no run yet.
    """

    values: Mapping[str, Json]
    task: Current | None = None
    item: Json | Missing = MISSING
    tasks: Tasks | None = None
    outside: Outside = ALONE


HERE: ContextVar[Scope] = ContextVar("workflow_scope")
"""The scope of the expression that is being computed."""
