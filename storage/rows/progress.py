"""Stages and steps of incidents in a transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, bindparam, delete, select, union_all, update

from playbooks.progress import Progress, Stage, Step
from storage.rows.bound import Bound, changes, columns, values
from storage.rows.statements import finding
from storage.tables import playbooks as t

T = TypeVar("T")

_ACTIVE = finding(t.progress, ("active",), ("incident_id",))
_STAGES = finding(t.stages, ("id", "name"), ("incident_id",), ("position",))
# In the order of the dataclass, behind the stage: the most read rows of an incident.
_STEPS = (
    select(t.steps.c.stage_id, *columns(t.steps, Step))
    .where(t.steps.c.incident_id == bindparam("_incident_id"))
    .order_by(t.steps.c.position)
)


class ProgressRows(Bound):
    """Implements `playbooks.ports.ProgressRows`."""

    def __init__(self, connection: Connection, touched: set[str]) -> None:
        super().__init__(connection, touched)
        # What this act knows to be stored, so that saving need not read it again.
        self._known: dict[str, Progress] = {}

    def get(self, incident_id: str) -> Progress | None:
        """All stages and steps of an incident."""
        keys = {"_incident_id": incident_id}
        active = self._connection.scalar(_ACTIVE, keys)
        if active is None:
            return None
        steps: dict[str, list[Step]] = {}
        for stage_id, *parts in self._connection.execute(_STEPS, keys):
            steps.setdefault(stage_id, []).append(Step(*parts))
        stages = tuple(
            Stage(row.id, row.name, tuple(steps.get(row.id, ())))
            for row in self._connection.execute(_STAGES, keys)
        )
        progress = self._known[incident_id] = Progress(incident_id, stages, active)
        return progress

    def save(self, progress: Progress) -> None:
        """Write what differs from what is stored."""
        incident_id = progress.incident_id
        was = _Laid.out(self._known.get(incident_id) or self.get(incident_id))
        now = _Laid.out(progress)
        if was.active != now.active:
            row = {"incident_id": incident_id, "active": now.active}
            self._put(t.progress, row, "incident_id")
        # Steps may leave a stage that goes, or enter one that comes.
        self._write(t.stages, was.stages, now.stages, _stage_row(incident_id))
        self._write(t.steps, was.steps, now.steps, _step_row(incident_id))
        self._delete(t.steps, was.steps.keys() - now.steps.keys())
        self._delete(t.stages, was.stages.keys() - now.stages.keys())
        self._known[incident_id] = progress

    def _write(
        self,
        table: Table,
        was: Mapping[str, T],
        now: Mapping[str, T],
        row_of: Callable[[T], dict[str, Any]],
    ) -> None:
        added = [row_of(it) for key, it in now.items() if key not in was]
        changed = [row_of(it) for key, it in now.items() if key in was and was[key] != it]
        if added:
            self._connection.execute(table.insert(), added)
        if changed:
            self._connection.execute(
                update(table)
                .where(table.c.id == bindparam("_id"))
                .values({name: bindparam(name) for name in changes(changed[0], "id")}),
                [{**changes(row, "id"), "_id": row["id"]} for row in changed],
            )

    def _delete(self, table: Table, ids: set[str]) -> None:
        if ids:
            self._connection.execute(delete(table).where(table.c.id.in_(ids)))

    def incident_of(self, step_or_stage_id: str) -> str | None:
        """The incident that a step or a stage belongs to."""
        return self._connection.scalar(
            union_all(
                select(t.steps.c.incident_id).where(t.steps.c.id == step_or_stage_id),
                select(t.stages.c.incident_id).where(t.stages.c.id == step_or_stage_id),
            )
        )


@dataclass(slots=True)
class _Laid:
    """A progress laid out by id: each stage's name and place, each step with its place.

    A place is a position from 0, behind the stage's id for a step.
    """

    active: str | None = None
    stages: dict[str, tuple[str, str, int]] = field(default_factory=dict[str, tuple[str, str, int]])
    steps: dict[str, tuple[Step, str, int]] = field(
        default_factory=dict[str, tuple[Step, str, int]]
    )

    @classmethod
    def out(cls, progress: Progress | None) -> _Laid:
        laid = cls()
        if progress is None:
            return laid
        laid.active = progress.active
        for place, stage in enumerate(progress.stages):
            laid.stages[stage.id] = (stage.id, stage.name, place)
            for spot, step in enumerate(stage.steps):
                laid.steps[step.id] = (step, stage.id, spot)
        return laid


def _stage_row(incident_id: str) -> Callable[[tuple[str, str, int]], dict[str, Any]]:
    return lambda it: {
        "id": it[0],
        "name": it[1],
        "position": it[2],
        "incident_id": incident_id,
    }


def _step_row(incident_id: str) -> Callable[[tuple[Step, str, int]], dict[str, Any]]:
    return lambda it: {
        **values(it[0]),
        "stage_id": it[1],
        "position": it[2],
        "incident_id": incident_id,
    }
