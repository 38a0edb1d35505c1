"""Running tasks of an ended run once more."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from automation.workflows.events import Again
from automation.workflows.pieces import Entry, Place, Staged, named
from automation.workflows.state import State
from automation.workflows.statuses import ABENDED, RESUMING, UNSET
from chat.errors import BadInput

Enter = Callable[[Staged], Entry]
"""How the conductor begins a task once more."""


def rerun(state: State, enter: Enter, again: Iterable[Again]) -> None:
    """As `Conductor.rerun`, for a run that has ended.

    Raises:
        BadInput: A task has not been begun.
    """
    wishes = {(each.task, each.route): each for each in again}
    strangers = [named(*place) for place in wishes if place not in state.latest]
    if strangers:
        begun = ", ".join(sorted(named(*place) for place in state.latest))
        what = f"{', '.join(strangers)} cannot be run again, since nobody has begun it"
        raise BadInput(f"{what}; there are {begun or 'none'}.")
    if wishes:
        chosen = [state.latest[place] for place in _first(state, wishes)]
    else:
        chosen = [n for n, each in enumerate(state.entries) if each.term and each.status in ABENDED]
        # A task that has been begun several times is done once.
        chosen = list({state.entries[n].place: n for n in chosen}.values())
    state.reruns.append(chosen)
    places = sorted(state.entries[n].place for n in chosen)
    for place in places:
        wish = wishes.get(place)
        _once_more(state, enter, place, reset_items=wish is not None and wish.reset_items)
    for each in state.entries:
        if each.term and any(each.next.values()):
            each.term = False
    state.output = None
    state.status = RESUMING
    state.touch("run")
    for n in range(len(state.entries)):
        state.touch(f"entry/{n}")


def _after(state: State, place: Place) -> set[int]:
    """Numbers of a task's entry and of those that came straight from it."""
    found = {state.latest[place]}
    for n, each in enumerate(state.entries):
        if any(state.entries[before].place == place for before in each.prev.values()):
            found.add(n)
    return found


def _first(state: State, wishes: Iterable[Place]) -> list[Place]:
    """The tasks among those asked for that do not come from another one of them."""
    after = {place: _after(state, place) for place in wishes}
    if len(after) == 1:
        return list(after)
    return [place for place, own in after.items() if any(own - other for other in after.values())]


def _once_more(state: State, enter: Enter, place: Place, *, reset_items: bool) -> None:
    entry = state.entries[state.latest[place]]
    entry.term = False
    state.drop_errors(entry.id)
    staged = state.staged.get(place)
    if staged is not None:
        staged.completed = False
        state.touch_staged(staged)
    if staged is not None and staged.items is not None:
        for number, run in enumerate(staged.items.runs):
            if reset_items or run.status in ABENDED:
                state.set_item(staged, number, UNSET, None)
    else:
        enter(state.stage(Staged(entry.id, entry.route, list(entry.context), dict(entry.prev))))
    for n in _after(state, place):
        state.entries[n].term = False
