"""What goes into the conductor, and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from automation.values import Json


@dataclass(frozen=True, slots=True)
class TaskEvent:
    """Something happened to a task, or to one of its items.

    Attributes:
        status: The state that its action is in: `running` when it begins; `succeeded`, `failed`,
            `timeout`, `abandoned` or `canceled` when it ends; `pending`, `paused`, and so on.
        result: What it gave; only looked at when it ends.
        item: Number of the item; None for the task itself.
        facts: Further fields that the expression `task()` shows: ids, times.
    """

    task: str
    status: str
    route: int = 0
    result: Json = None
    item: int | None = None
    facts: Mapping[str, Json] = field(default_factory=dict[str, Json])


@dataclass(frozen=True, slots=True)
class Act:
    """One action to be started.

    Attributes:
        action: Its reference; None when there is nothing to be done, and the task succeeds.
        item: Number of the item; None where the task has none.
    """

    action: str | None
    input: Mapping[str, Json]
    item: int | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """One task to be started.

    Attributes:
        acts: One; or one for each item that may be begun now.
        delay: Seconds to wait before.
        items: How many items it has altogether; 0 for an empty list, with which it succeeds at
            once with an empty list as its result; None for a task without items.
        concurrency: How many of them at once; None for all.
    """

    task: str
    route: int
    acts: tuple[Act, ...]
    delay: int = 0
    items: int | None = None
    concurrency: int | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """A task to be done once more.

    Attributes:
        reset_items: Also the items that ended well.
    """

    task: str
    route: int = 0
    reset_items: bool = False
