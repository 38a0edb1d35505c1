"""What running actions print: masked, kept in rows while it comes, and shown live."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from automation.actions.runner import Emit, Stream
from automation.execution import Piece
from automation.executions.traces import subject_of
from automation.ports import AutomationStores
from chat.clock import Clock
from security.ports import Acts
from security.secrets import Masker, MaskingStream

KEPT = 256 * 1024
"""Characters of a task's output that are kept in rows; the rest is in a file."""
_EVERY = 0.3
"""Seconds between two times that what has come is written."""
_CUT = "… more than is kept here; the whole output is in the execution's files.\n"


@dataclass(slots=True)
class _Kept:
    """What one task has printed."""

    masks: dict[Stream, MaskingStream]
    size: int = 0
    cut: bool = False
    waiting: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


class Output:
    """The output of one execution's tasks, written a few times a second."""

    def __init__(self, acts: Acts[AutomationStores], clock: Clock, execution_id: str) -> None:
        self._acts = acts
        self._clock = clock
        self._execution_id = execution_id
        self._tasks: dict[str, _Kept] = {}
        self._some = asyncio.Event()

    def of(self, task_id: str, secrets: frozenset[str]) -> Emit:
        """What a task's runner is given to emit to; `secrets` never get through."""
        masker = Masker(secrets)
        kept = self._tasks[task_id] = _Kept({"stdout": masker.stream(), "stderr": masker.stream()})

        def emit(stream: Stream, text: str) -> None:
            self._take(kept, stream, kept.masks[stream].feed(text))

        return emit

    def end(self, task_id: str) -> None:
        """Let go what was held back, since it might have been the start of a secret."""
        kept = self._tasks.get(task_id)
        if kept is not None:
            for stream, mask in kept.masks.items():
                self._take(kept, stream, mask.end())

    def _take(self, kept: _Kept, stream: Stream, text: str) -> None:
        if not text or kept.cut:
            return
        room = KEPT - kept.size
        if len(text) > room:
            text, kept.cut = text[:room], True
        kept.size += len(text)
        if kept.waiting and kept.waiting[-1][0] == stream:
            kept.waiting[-1] = (stream, kept.waiting[-1][1] + text)
        elif text:
            kept.waiting.append((stream, text))
        if kept.cut:
            kept.waiting.append(("note", _CUT))
        self._some.set()

    async def keep_writing(self) -> None:
        """Write what has come, until cancelled."""
        while True:
            await self._some.wait()
            await self.write()
            await asyncio.sleep(_EVERY)

    async def write(self) -> None:
        """Write what has come by now."""
        self._some.clear()
        pieces = self.take()
        if not pieces:
            return

        def act(stores: AutomationStores) -> None:
            stores.executions.add_output(pieces)
            stores.outbox.refresh(subject_of(self._execution_id))

        await self._acts.run(act)

    def take(self) -> tuple[Piece, ...]:
        """What has come and is not written yet; whoever takes it writes it."""
        now = self._clock.now()
        pieces = tuple(
            Piece(0, self._execution_id, task_id, now, stream, text)
            for task_id, kept in self._tasks.items()
            for stream, text in kept.waiting
        )
        for kept in self._tasks.values():
            kept.waiting.clear()
        return pieces
