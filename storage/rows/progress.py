"""Stages and steps of incidents in a transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table, bindparam, delete, select, union_all, update

from playbooks.progress import Progress, Stage, Step
from storage.rows.bound import Bound, changes, columns, values
from storage.tables import playbooks as t

_STEP = columns(t.steps, Step)


class ProgressRows(Bound):
    """Implements `playbooks.ports.ProgressRows`."""

    def get(self, incident_id: str) -> Progress | None:
        """All stages and steps of an incident."""
        active = self._connection.scalar(
            select(t.progress.c.active).where(t.progress.c.incident_id == incident_id)
        )
        if active is None:
            return None
        steps: dict[str, list[Step]] = {}
        for row in self._connection.execute(
            select(*_STEP, t.steps.c.stage_id)
            .where(t.steps.c.incident_id == incident_id)
            .order_by(t.steps.c.position)
        ).mappings():
            steps.setdefault(row["stage_id"], []).append(Step(**changes(row, "stage_id")))
        stages = self._connection.execute(
            select(t.stages.c.id, t.stages.c.name)
            .where(t.stages.c.incident_id == incident_id)
            .order_by(t.stages.c.position)
        )
        return Progress(
            incident_id,
            tuple(Stage(it.id, it.name, tuple(steps.get(it.id, ()))) for it in stages),
            active,
        )

    def save(self, progress: Progress) -> None:
        """Write what differs from what is stored."""
        was = _Rows.of(self.get(progress.incident_id))
        now = _Rows.of(progress)
        if was.active != now.active:
            self._connection.execute(
                self._insert(t.progress)
                .values(incident_id=progress.incident_id, active=now.active)
                .on_conflict_do_update(index_elements=["incident_id"], set_={"active": now.active})
            )
        # Steps may leave a stage that goes, or enter one that comes.
        self._write(t.stages, was.stages, now.stages)
        self._write(t.steps, was.steps, now.steps)
        self._delete(t.steps, was.steps.keys() - now.steps.keys())
        self._delete(t.stages, was.stages.keys() - now.stages.keys())

    def _write(
        self,
        table: Table,
        was: Mapping[str, dict[str, Any]],
        now: Mapping[str, dict[str, Any]],
    ) -> None:
        added = [row for key, row in now.items() if key not in was]
        changed = [row for key, row in now.items() if key in was and was[key] != row]
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


class _Rows:
    """A progress as rows by id."""

    def __init__(self) -> None:
        self.active: str | None = None
        self.stages: dict[str, dict[str, Any]] = {}
        self.steps: dict[str, dict[str, Any]] = {}

    @classmethod
    def of(cls, progress: Progress | None) -> _Rows:
        rows = cls()
        if progress is None:
            return rows
        rows.active = progress.active
        belongs = {"incident_id": progress.incident_id}
        for place, stage in enumerate(progress.stages):
            rows.stages[stage.id] = {
                "id": stage.id,
                "name": stage.name,
                "position": place,
                **belongs,
            }
            for spot, step in enumerate(stage.steps):
                rows.steps[step.id] = {
                    **values(step),
                    "stage_id": stage.id,
                    "position": spot,
                    **belongs,
                }
        return rows
