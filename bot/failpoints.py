"""Dies on purpose at a named place, for tests of what a crash leaves behind.

`TOCSIN_FAILPOINT=opening:channel` ends the process, as `kill -9` would, after the
platform has made the incident's channel and before that is written down. The places
are `opening:` and one of channel, members, announcement, panel, pin, welcome; and
`execution:before:N` or `execution:after:N`, which is before or after the process writes
for the Nth time how an execution stands.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable

from automation.executions.driver import Boundary
from chat.errors import BadInput
from incidents.opening import TaskName

VARIABLE = "TOCSIN_FAILPOINT"
STATUS = 9
_EXECUTION = re.compile(r"execution:(before|after):([1-9][0-9]{0,3})")


def opening_failpoint(wanted: str | None) -> Callable[[TaskName], None] | None:
    """What to call after each outside call of an opening; None without a fail-point.

    Args:
        wanted: The variable's value; None or empty when it is not set.

    Raises:
        BadInput: There is no such place.
    """
    if not wanted or _EXECUTION.fullmatch(wanted):
        return None
    places = {f"opening:{task}": task for task in TaskName}
    if wanted not in places:
        raise BadInput(
            f"{VARIABLE} is “{wanted}”. Accepted are: {', '.join(places)}, "
            "execution:before:N and execution:after:N.",
            details={VARIABLE: f"one of {', '.join(places)}"},
        )
    target = places[wanted]

    def die(task: TaskName) -> None:
        if task is target:
            os._exit(STATUS)

    return die


def execution_failpoint(wanted: str | None) -> Callable[[Boundary], None] | None:
    """What to call on both sides of each write of an execution; None without a fail-point.

    Args:
        wanted: The variable's value; None, empty, or a place of another kind when none is set.
    """
    found = _EXECUTION.fullmatch(wanted or "")
    if found is None:
        return None
    side, left = found[1], [int(found[2])]

    def die(boundary: Boundary) -> None:
        if boundary == side:
            left[0] -= 1
            if not left[0]:
                os._exit(STATUS)

    return die
