"""What `automation/` asks of storage."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from automation.approval import Answer, Approval, ApprovalFilter, Question
from automation.execution import Execution, ExecutionFilter, Piece, Task, Wish
from automation.runbook import Runbook, RunbookFilter, TriggerType, Version
from incidents.ports import Lease
from playbooks.ports import PlaybookStores
from security.page import Page, Slice


class RunbookRows(Protocol):
    """Runbooks and their versions inside an act."""

    def add(self, runbook: Runbook) -> None:
        """Add a runbook; its version is kept apart with `keep_version`.

        Raises:
            Refused: Another runbook has its name (ignoring case) or handle in the team.
        """
        ...

    def get(self, runbook_id: str, *, lock: bool = False) -> Runbook | None:
        """One runbook with its current content."""
        ...

    def by_handle(self, team_id: str, handle: str) -> Runbook | None: ...  # noqa: D102 - says itself

    def by_name(self, team_id: str, name: str) -> Runbook | None:
        """By its name, case ignored."""
        ...

    def save(self, runbook: Runbook, *, was: int) -> None:
        """Write a changed runbook whose stored revision is `was`.

        Its counts and when it was due are left alone.

        Raises:
            Stale: The stored one is at another revision.
            Refused: Another runbook has its name or handle in the team.
        """
        ...

    def delete(self, runbook_id: str) -> None:
        """Take it away; its versions stay as long as an execution needs them."""
        ...

    def page(self, wanted: RunbookFilter, part: Slice) -> Page[Runbook]:
        """Those that fit, by name unless ordered otherwise."""
        ...

    def active(self, trigger: TriggerType, team_id: str | None = None) -> tuple[Runbook, ...]:
        """Every ACTIVE one with that trigger type, of one team or of all."""
        ...

    def keep_version(self, version: Version) -> None: ...  # noqa: D102 - says itself

    def version(self, runbook_id: str, revision: int) -> Version | None: ...  # noqa: D102 - says itself

    def versions(self, runbook_id: str) -> tuple[Version, ...]:
        """Every version, newest first."""
        ...

    def was_due(self, runbook_id: str, at: datetime) -> None:
        """What its schedule said until then has been done or refused."""
        ...

    def count(self, runbook_id: str, *, begun: int = 0, ended: int = 0, good: int = 0) -> None:
        """Add to its counts."""
        ...


class ExecutionRows(Protocol):
    """Executions, tasks and output inside an act."""

    def next_number(self) -> int:
        """A number no execution had before."""
        ...

    def give_back(self, number: int) -> None:
        """The number that this act took last is free again: nothing was added with it."""
        ...

    def add(self, execution: Execution, tasks: Iterable[Task]) -> bool:
        """Add an execution with its tasks; False when one with its `dedupe` is there already."""
        ...

    def get(self, execution_id: str, *, lock: bool = False) -> Execution | None: ...  # noqa: D102 - says itself
    def by_number(self, number: int, *, lock: bool = False) -> Execution | None: ...  # noqa: D102 - says itself

    def by_dedupe(self, dedupe: str) -> Execution | None:
        """What was begun by the same cause; None when nothing was."""
        ...

    def save(self, execution: Execution) -> None:
        """Write an execution that this act holds (by lock or lease), whatever its version."""
        ...

    def wish_under(self, lease: Lease, execution_id: str) -> Wish | None:
        """What people want now, read under the lease; None when the lease is lost.

        The execution's row stays as it is until the act is over.
        """
        ...

    def page(self, wanted: ExecutionFilter, part: Slice) -> Page[Execution]:
        """Those that fit and whose incident may be seen, newest first unless ordered otherwise."""
        ...

    def children(self, execution_id: str) -> tuple[Execution, ...]:
        """Those that its tasks called, oldest first."""
        ...

    def tasks(self, execution_id: str) -> tuple[Task, ...]:
        """Its tasks by position."""
        ...

    def task(self, task_id: str) -> Task | None: ...  # noqa: D102 - says itself

    def add_tasks(self, tasks: Iterable[Task]) -> None: ...  # noqa: D102 - says itself

    def save_tasks(self, tasks: Iterable[Task], stored: Iterable[Task] = ()) -> None:
        """Write changed tasks; the order does not matter.

        Args:
            tasks: As they are now.
            stored: Some of them as they are stored: of those only what differs is written.
        """
        ...

    def add_output(self, pieces: Iterable[Piece]) -> None:
        """Add pieces of output; their ids are given by the rows."""
        ...

    def output(
        self, execution_id: str, *, after: int = 0, task_id: str | None = None, limit: int = 1000
    ) -> tuple[Piece, ...]:
        """Pieces behind the one with id `after`, in order."""
        ...

    def last_output(self, execution_id: str, limit: int) -> tuple[Piece, ...]:
        """The newest pieces, in order."""
        ...

    def forget(self, before: datetime, limit: int) -> tuple[str, ...]:
        """Delete executions that ended before then, with all that belongs to them; their ids."""
        ...


class ApprovalRows(Protocol):
    """Approvals, answers and questions inside an act."""

    def next_number(self) -> int:
        """A number no approval had before."""
        ...

    def add(self, approval: Approval) -> None: ...  # noqa: D102 - says itself
    def get(self, approval_id: str, *, lock: bool = False) -> Approval | None: ...  # noqa: D102 - says itself
    def by_number(self, number: int, *, lock: bool = False) -> Approval | None: ...  # noqa: D102 - says itself

    def save(self, approval: Approval) -> None:
        """Write a changed approval that this act has locked.

        Raises:
            Stale: The stored one is not the version before.
        """
        ...

    def of(self, execution_id: str) -> tuple[Approval, ...]:
        """Every approval of an execution, oldest first."""
        ...

    def pending_of_incident(self, incident_id: str) -> tuple[Approval, ...]:
        """Those of an incident that wait, oldest first."""
        ...

    def page(self, wanted: ApprovalFilter, part: Slice) -> Page[Approval]:
        """Those that fit, newest first unless ordered otherwise."""
        ...

    def answer(self, answer: Answer) -> bool:
        """Keep an answer; False when that account has answered already."""
        ...

    def answers(self, approval_id: str) -> tuple[Answer, ...]:
        """What was answered, in order of time."""
        ...

    def ask(self, question: Question) -> None: ...  # noqa: D102 - says itself
    def question(self, question_id: str, *, lock: bool = False) -> Question | None: ...  # noqa: D102 - says itself
    def save_question(self, question: Question) -> None: ...  # noqa: D102 - says itself


class AutomationStores(PlaybookStores, Protocol):
    """What an act of this room is given."""

    @property
    def runbooks(self) -> RunbookRows: ...  # noqa: D102 - says itself
    @property
    def executions(self) -> ExecutionRows: ...  # noqa: D102 - says itself
    @property
    def approvals(self) -> ApprovalRows: ...  # noqa: D102 - says itself
