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
from automation.executions.inside import NOTHING_PREPARED, RUNNERS, Prepared
from automation.executions.listing import Listed, asks_of_items, values_of, with_item
from automation.executions.planned import secrets_of
from automation.executions.proposing import Proposal, asks, calls, propose
from automation.executions.rendering import Rendered, Wanted, render
from automation.executions.scene import Scene
from automation.executions.traces import places_of
from automation.executions.undoing import undo_of
from automation.executions.writing import Readied
from automation.hidden import clipped, hiding, masked
from automation.ports import AutomationStores
from automation.templates import template
from automation.values import Json
from automation.workshop import Workshop
from chat.address import Address
from chat.errors import NotFound, TocsinError, UserError
from chat.message import Attachment
from chat.places import named
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
        usual_platform: str,
    ) -> None:
        """Keep what is needed.

        Args:
            acts: Stored state.
            workshop: The actions there are.
            runners: Outside runners by name.
            adapters: Chat platforms by name.
            usual_platform: Where a channel is looked up by name when nothing else says.
        """
        self._acts = acts
        self._workshop = workshop
        self._runners = runners
        self._adapters = adapters
        self._usual = usual_platform

    async def ready(self, scene: Scene, task: Task) -> Readied:
        """The task with all it needs, or with why it cannot begin."""
        readied = self.at_once(scene, task)
        if not readied.looks_outside:
            return readied
        if readied.proposal is None and asks(scene, task):
            # On the thread of a look: up to a thousand items, and runbooks below, take their time.
            proposal = await self._acts.read(
                lambda stores: self._proposed(scene, readied, stores=stores)
            )
            readied = replace(readied, proposal=proposal)
        if readied.rendered is not None and readied.said:
            prepared = await self._prepared(scene, readied.rendered)
            readied = replace(readied, prepared=prepared)
        return replace(readied, looks_outside=False)

    def at_once(self, scene: Scene, task: Task) -> Readied:
        """The same as far as it can be said without looking at anything outside."""
        if task.kind is TaskKind.APPROVAL:
            return Readied(task, looks_outside=True)
        hidden = scene.secrets
        try:
            hidden |= secrets_of(self._workshop, scene.step(task))
            with hiding(hidden):
                return self._filled_in(scene, task)
        except UserError as wrong:
            return Readied(task, problem=str(masked(wrong.message, hidden)))
        except Exception as bug:  # noqa: BLE001 - see below
            # One step's failure, and not that of whoever drives it.
            _log.exception("step %s of %s cannot be filled in", task.name, scene.execution.key)
            problem = f"cannot be filled in: {type(bug).__name__}: {bug}"
            return Readied(task, problem=str(masked(problem, hidden)))

    def _filled_in(self, scene: Scene, task: Task) -> Readied:
        """The task with its condition answered, and its list or its parameters filled in.

        Raises:
            UserError: It cannot be.
        """
        context = self._context(scene, task)
        if not self._holds(scene, task, context):
            return Readied(task, skipped=True)
        if task.kind is TaskKind.STEP and scene.step(task).for_each is not None:
            return self._listed(scene, task, context)
        return self._rendered(scene, task, context)

    def _rendered(self, scene: Scene, task: Task, context: dict[str, Json]) -> Readied:
        """What does one thing, filled in.

        Raises:
            UserError: It cannot be.
        """
        rendered = self._render(scene, task, context)
        name = rendered.action.runner
        if name not in RUNNERS and name not in self._runners:
            known = ", ".join(sorted({*RUNNERS, *self._runners}))
            return Readied(
                task,
                problem=f"The action {rendered.action.ref} needs the runner “{name}”, and there "
                f"are only {known}.",
            )
        inside, agree = name in RUNNERS, asks(scene, task)
        said = inside and name.startswith("chat-")
        looks_up = agree and calls(self._workshop, scene, task, rendered)
        readied = Readied(
            task,
            rendered,
            inside=inside,
            said=said,
            looks_outside=said or looks_up,
            sealed=self._sealed(rendered.given) if rendered.sensitive else "",
        )
        if not agree or looks_up:
            return readied
        return replace(readied, proposal=self._proposed(scene, readied))

    def _proposed(
        self, scene: Scene, readied: Readied, *, stores: AutomationStores | None = None
    ) -> Proposal:
        """What somebody has to agree to before a task begins."""
        task = readied.task
        return propose(
            self._workshop,
            scene,
            task,
            stores=stores,
            rendered=readied.rendered,
            item=self._item(scene, task) if task.index >= 0 else None,
            listed=readied.listed,
        )

    def _context(self, scene: Scene, task: Task) -> dict[str, Json]:
        """What the templates of a task read, the item included where it is about one."""
        context = scene.context()
        if task.index < 0:
            return context
        return with_item(context, task.index, self._item(scene, task))

    def _item(self, scene: Scene, task: Task) -> Json:
        """The item that a task is about, secrets in the clear."""
        sealed = scene.head(task).sealed
        return json.loads(self._workshop.vault.open(sealed))[task.index] if sealed else task.item

    def _listed(self, scene: Scene, task: Task, context: Mapping[str, Json]) -> Readied:
        """A step with a list; a rerun goes on with the list that there was."""
        if task.sealed:
            values = json.loads(self._workshop.vault.open(task.sealed))
        elif task.input is not None:
            values = list(task.input)
        else:
            values = values_of(scene.step(task), f"steps[{task.step}]", context)
        shown = masked(values, scene.secrets)
        sealed = self._sealed(values) if shown != values else ""
        listed = Listed(values, shown)
        plan_first = bool(values) and asks(scene, task)
        return Readied(task, listed=listed, sealed=sealed, looks_outside=plan_first)

    def _holds(self, scene: Scene, task: Task, context: Mapping[str, object]) -> bool:
        """Whether a task's condition is true, as far as it is about it and not its items."""
        step = scene.step(task)
        own = TaskKind.ITEM if asks_of_items(step) else TaskKind.STEP
        if not step.when or task.kind is not own:
            return True
        return template.condition(step.when, context, place=f"steps[{task.step}].when")

    def _render(self, scene: Scene, task: Task, context: dict[str, object]) -> Rendered:
        step, place = scene.step(task), f"steps[{task.step}].parameters"
        wanted = Wanted(step.action, step.parameters, step.timeout, place, scene.verbatim)
        if task.kind is TaskKind.ROLLBACK:
            undo = undo_of(step, self._workshop.registry)
            if undo is None:
                raise NotFound(f"What undoes “{step.name}” is gone.")
            where = f"steps[{task.step}].rollback.parameters"
            wanted = Wanted(undo.action, undo.parameters, undo.timeout, where)
        return render(self._workshop, wanted, context, scene.secrets)

    def _sealed(self, values: Json) -> str:
        return self._workshop.vault.seal(json.dumps(values))

    async def _prepared(self, scene: Scene, rendered: Rendered) -> Prepared:
        channel, file = rendered.given.get("channel"), rendered.given.get("file")
        try:
            with hiding(rendered.secrets | scene.secrets):
                place = await self._place(scene, str(channel)) if channel else None
                found = await self._file(scene, str(file)) if file else None
        except TocsinError as wrong:
            problem = str(masked(wrong.message, rendered.secrets | scene.secrets))
            return replace(NOTHING_PREPARED, problem=problem)
        return Prepared(place, found)

    async def _place(self, scene: Scene, name: str) -> Address:
        """A channel by name, on the platform and in the workspace where the execution is at home.

        Raises:
            NotFound: There is no such channel.
            Unavailable: The platform is not connected, or cannot be asked now.
        """
        home, team = await self._acts.read(lambda stores: self._home(stores, scene))
        found = await named(self._adapters, name, near=home, usual=self._usual, team=team)
        if found is None:
            raise NotFound(f"There is no channel “{clipped(name, 60)}” to post in.")
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
        raise NotFound(f"No step of this execution has left a file “{clipped(name, 80)}”.")
    size = path.stat().st_size
    if size > _LARGEST:
        raise NotFound(
            f"The file “{clipped(name, 80)}” has {size} bytes; at most {_LARGEST} can be posted."
        )
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Attachment(path.name, kind, path.read_bytes())
