"""The list that a step is done for each of, and what its templates read of one item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from automation.hidden import clipped
from automation.runbook import MAX_ITEMS, Step
from automation.templates import template
from automation.values import Json
from chat.errors import BadInput

_SHOWN = 60
_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "a truth value"),
    (str, "a text"),
    (dict, "an object"),
    (int, "a number"),
    (float, "a number"),
)


@dataclass(frozen=True, slots=True)
class Listed:
    """A step's list, when the step may begin.

    Attributes:
        values: Its items, secrets in the clear.
        shown: The same, secrets masked.
    """

    values: list[Json]
    shown: list[Json]


def values_of(step: Step, place: str, context: Mapping[str, Json]) -> list[Json]:
    """The items of a step's list.

    Args:
        step: One with `for_each`.
        place: Where it stands: `steps[1]`.
        context: What templates read.

    Raises:
        BadInput: It cannot be computed, is no list, or has too many items.
    """
    where, given = f"{place}.for_each", step.for_each
    if isinstance(given, str):
        found = template.evaluate(template.bare(given), context, place=where)
    else:
        found = template.render(given, context, place=where)
    if not isinstance(found, list):
        said = f"for_each of “{step.name}” gave {_kind(found)}; a list is needed"
        raise BadInput(f"{where}: {said}.", details={where: said})
    items = cast("list[Json]", found)
    if len(items) > MAX_ITEMS:
        said = (
            f"for_each of “{step.name}” gave {len(items)} items; at most {MAX_ITEMS} are accepted"
        )
        raise BadInput(f"{where}: {said}.", details={where: said})
    return items


def _kind(value: Json) -> str:
    if value is None:
        return "nothing"
    word = next((word for kind, word in _KINDS if isinstance(value, kind)), "something else")
    # Of an object nothing is said: what it holds may be long, and may be secret.
    return f"{word} (“{clipped(value, _SHOWN)}”)" if isinstance(value, str) else word


def with_item(context: Mapping[str, Json], index: int, item: Json) -> dict[str, Json]:
    """What the templates of one item read."""
    return {**context, "item": item, "index": index}


def asks_of_items(step: Step) -> bool:
    """Whether a step's condition is about the single item, and not about the whole step."""
    if step.for_each is None or not step.when:
        return False
    read = template.names(f"{{{{ {template.bare(step.when)} }}}}")
    return any(path.partition(".")[0] in {"item", "index"} for path in read)
