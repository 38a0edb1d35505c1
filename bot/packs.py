"""What an operator does with packs: look at them, and prepare what they require."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from automation.actions.registry import Registry
from automation.templates.mistake import near
from chat.clock import Clock
from chat.errors import NotFound
from integrations.python.environments import Environments
from integrations.python.place import Condition, State
from security.actor import Actor
from security.audit import Outcome, record
from security.ports import Acts
from storage.stores import Stores


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack as an operator sees it.

    Attributes:
        actions: How many it has.
        environment: How its own Python is; None when it runs in the one that is set for all.
    """

    name: str
    folder: Path
    actions: int
    environment: Condition | None


class PackShelf:
    """Every pack there is."""

    def __init__(
        self, acts: Acts[Stores], registry: Registry, environments: Environments, clock: Clock
    ) -> None:
        self._acts = acts
        self._registry = registry
        self._environments = environments
        self._clock = clock

    async def all(self) -> tuple[Pack, ...]:
        """Each pack, by name."""
        return tuple([await self._seen(each) for each in sorted(self._registry.packs(), key=_name)])

    async def get(self, name: str) -> Pack:
        """One pack.

        Raises:
            NotFound: There is none of that name.
        """
        return await self._seen(self._folder(name))

    async def prepare(self, actor: Actor, name: str) -> Pack:
        """Build the environment of a pack unless it is ready, also when that failed before.

        Raises:
            NotFound: There is none of that name.
            Unavailable: The interpreter cannot be started, or the pack's file not be read.
        """
        folder = self._folder(name)
        before = await self._environments.condition(folder)
        after = await self._environments.prepare(folder)
        if after is not None and before != after:
            good = after.state is State.READY
            entry = record(
                actor,
                self._clock.now(),
                "pack.prepared",
                kind="pack",
                id=name,
                name=name,
                outcome=Outcome.OK if good else Outcome.FAILED,
            )
            await self._acts.run(lambda stores: stores.audit.append(entry))
        return await self._seen(folder)

    def _folder(self, name: str) -> Path:
        packs = {each.name: each for each in self._registry.packs()}
        if name not in packs:
            raise NotFound(
                f"There is no pack “{name[:60]}”.{near(name, packs)} tocsin pack list shows them "
                "all.",
                details={"pack": "is unknown"},
            )
        return packs[name]

    async def _seen(self, folder: Path) -> Pack:
        actions = sum(1 for each in self._registry.all() if each.folder == folder)
        condition = await self._environments.condition(folder)
        return Pack(folder.name, folder, actions, condition)


def _name(folder: Path) -> str:
    return folder.name
