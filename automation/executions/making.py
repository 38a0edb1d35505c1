"""A plan while it is made: what it has looked at, and how large it may become."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from automation.actions.looked import Looked
from automation.approval import PlannedStep
from automation.execution import Execution
from automation.ports import AutomationStores
from automation.runbook import Content
from automation.values import Json
from automation.workshop import Workshop
from security.actor import Actor

MOST = 2000
"""Items, and steps of called runbooks, that one plan shows at most."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls a runbook, for the plan of what is called.

    Attributes:
        stores: Of an open transaction.
        actor: Whoever began the execution, with the rights they have now.
        execution: The one that calls.
        incident: Its incident as templates see it; empty without one.
        above: Ids of the runbooks that are under way above.
        depth: How many there are.
        plan: Plans the steps of what is called.
    """

    stores: AutomationStores
    actor: Actor
    execution: Execution
    incident: Mapping[str, Json]
    above: frozenset[str]
    depth: int
    plan: Callable[[Here, Content], tuple[PlannedStep, ...]]


@dataclass(frozen=True, slots=True)
class Read:
    """A runbook that was read for a plan, as it was then."""

    ref: str
    runbook_id: str
    revision: int
    status: str


class Making:
    """What one plan shares while it is made."""

    def __init__(self, workshop: Workshop, *, dry: bool = False) -> None:
        """Begin one, with the actions there are.

        Args:
            workshop: The actions there are.
            dry: Whether nothing is done after it, so that what would surely fail is told.
        """
        self.workshop = workshop
        self.dry = dry
        self.looked = Looked(workshop.registry)
        self.read: dict[str, Read] = {}
        self._left = MOST

    def takes(self, count: int) -> bool:
        """Whether so many more may be shown; they are then."""
        if count > self._left:
            return False
        self._left -= count
        return True


@dataclass(frozen=True, slots=True)
class Here:
    """Where in a plan something stands, and what it is planned with.

    Attributes:
        place: Of its step: `steps[1]`.
        context: What templates read, the item left aside.
        secrets: Texts to be masked.
        ended: Slugs of steps whose results are known; None where all are that may be read.
        hidden: What else is not known yet, such as `execution.key` of what has not begun.
        caller: Looks up the runbooks that are called; None where none is.
    """

    making: Making
    place: str
    context: Mapping[str, Json]
    secrets: frozenset[str]
    ended: frozenset[str] | None = None
    hidden: frozenset[str] = frozenset()
    caller: Caller | None = None

    @property
    def workshop(self) -> Workshop:
        """The actions there are."""
        return self.making.workshop

    def at(self, place: str) -> Here:
        """The same at another step."""
        return replace(self, place=place)

    def with_context(self, context: Mapping[str, Json]) -> Here:
        """The same where templates read something else."""
        return replace(self, context=context)
