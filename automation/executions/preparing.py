"""What has to be done before a step can begin, outside of any transaction.

Templates are filled in, the condition is answered, and for messages the channel and the
file they name are looked up.
"""

from __future__ import annotations

import asyncio
import json
import logging
import mimetypes
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from automation.actions.runner import Runner
from automation.execution import Task, TaskKind
from automation.executions.decide import undo_of
from automation.executions.inside import NOTHING_PREPARED, RUNNERS, Prepared
from automation.executions.rendering import Rendered, Wanted, render
from automation.executions.scene import Scene
from automation.executions.traces import places_of
from automation.executions.writing import Readied
from automation.ports import AutomationStores
from automation.templates import template
from automation.workshop import Workshop
from chat.address import Address
from chat.errors import NotFound, TocsinError, Unavailable, UserError
from chat.message import Attachment
from chat.port import ChatAdapter
from security.ports import Acts

_log = logging.getLogger("tocsin.executions")
_LARGEST = 16 * 1024 * 1024


class Preparing:
    """Gets steps ready to begin."""

    def __init__(
        self,
        acts: Acts[AutomationStores],
        workshop: Workshop,
        runners: Mapping[str, Runner],
        adapters: Mapping[str, ChatAdapter],
        default_platform: str,
    ) -> None:
        """Keep what is needed.

        Args:
            acts: Stored state.
            workshop: The actions there are.
            runners: Outside runners by name.
            adapters: Chat platforms by name.
            default_platform: Where a channel is looked up by name when nothing else says.
        """
        self._acts = acts
        self._workshop = workshop
        self._runners = runners
        self._adapters = adapters
        self._default = default_platform

    async def ready(self, scene: Scene, task: Task) -> Readied:
        """The task with all it needs, or with why it cannot begin."""
        readied = self.at_once(scene, task)
        if not readied.looks_outside or readied.rendered is None:
            return readied
        prepared = await self._prepared(scene, readied.rendered)
        return replace(readied, prepared=prepared, looks_outside=False)

    def at_once(self, scene: Scene, task: Task) -> Readied:
        """The same as far as it can be said without looking at anything outside."""
        if task.kind is TaskKind.APPROVAL:
            return Readied(task)
        try:
            context = scene.context()
            if task.kind is TaskKind.STEP and not self._holds(scene, task, context):
                return Readied(task, skipped=True)
            rendered = self._render(scene, task, context)
        except UserError as wrong:
            return Readied(task, problem=wrong.message)
        except Exception as bug:  # noqa: BLE001 - see below
            # One step's failure, and not that of whoever drives it.
            _log.exception("step %s of %s cannot be filled in", task.name, scene.execution.key)
            return Readied(task, problem=f"cannot be filled in: {type(bug).__name__}: {bug}")
        name = rendered.action.runner
        if name not in RUNNERS and name not in self._runners:
            known = ", ".join(sorted({*RUNNERS, *self._runners}))
            return Readied(
                task,
                problem=f"The action {rendered.action.ref} needs the runner “{name}”, and there "
                f"are only {known}.",
            )
        inside = name in RUNNERS
        return Readied(
            task,
            rendered,
            inside=inside,
            said=inside and name.startswith("chat-"),
            looks_outside=inside and name.startswith("chat-"),
            sealed=self._sealed(rendered),
        )

    def _holds(self, scene: Scene, task: Task, context: Mapping[str, object]) -> bool:
        step = scene.step(task)
        if not step.when:
            return True
        return template.condition(step.when, context, place=f"steps[{task.step}].when")

    def _render(self, scene: Scene, task: Task, context: dict[str, object]) -> Rendered:
        step, place = scene.step(task), f"steps[{task.step}].parameters"
        wanted = Wanted(step.action, step.parameters, step.timeout, place, scene.verbatim)
        if task.kind is TaskKind.ROLLBACK:
            undo = undo_of(scene, task, self._workshop.registry)
            if undo is None:
                raise NotFound(f"What undoes “{step.name}” is gone.")
            where = f"steps[{task.step}].rollback.parameters"
            wanted = Wanted(undo.action, undo.parameters, undo.timeout, where)
        return render(self._workshop, wanted, context, scene.secrets)

    def _sealed(self, rendered: Rendered) -> str:
        if not rendered.sensitive:
            return ""
        return self._workshop.vault.seal(json.dumps(rendered.given))

    async def _prepared(self, scene: Scene, rendered: Rendered) -> Prepared:
        channel, file = rendered.given.get("channel"), rendered.given.get("file")
        try:
            place = await self._place(scene, str(channel)) if channel else None
            found = await self._file(scene, str(file)) if file else None
        except TocsinError as wrong:
            return replace(NOTHING_PREPARED, problem=wrong.message)
        return Prepared(place, found)

    async def _place(self, scene: Scene, name: str) -> Address:
        """A channel by name, on the platform and in the workspace where the execution is at home.

        Raises:
            NotFound: There is no such channel.
        """
        home, workspace = await self._acts.read(lambda stores: self._home(stores, scene))
        platform = home.platform if home is not None else self._default
        adapter = self._adapters.get(platform)
        if adapter is None:
            raise Unavailable(f"The chat platform {platform} is not connected.")
        found = await adapter.find_channel(home.workspace if home else workspace, name)
        if found is None:
            raise NotFound(f"There is no channel “{name[:60]}” to post in.")
        return found.room

    @staticmethod
    def _home(stores: AutomationStores, scene: Scene) -> tuple[Address | None, str]:
        places = places_of(stores, scene.execution)
        team = stores.people.team(scene.execution.team_id)
        return (places[0] if places else None), (team.name if team else "")

    async def _file(self, scene: Scene, name: str) -> Attachment:
        """A file in the execution's own folder, which is the only place it may be in.

        Raises:
            NotFound: There is none, or it is too large.
        """
        folder = self._workshop.folder(scene.execution.id)
        return await asyncio.to_thread(_read, folder, name)


def _read(folder: Path, name: str) -> Attachment:
    path = (folder / name).resolve()
    if folder.resolve() not in path.parents or not path.is_file():
        raise NotFound(f"No step of this execution has left a file “{name[:80]}”.")
    size = path.stat().st_size
    if size > _LARGEST:
        raise NotFound(
            f"The file “{name[:80]}” has {size} bytes; at most {_LARGEST} can be posted."
        )
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Attachment(path.name, kind, path.read_bytes())
