"""Dies on purpose at a named place, for tests of what a crash leaves behind.

`TOCSIN_FAILPOINT=opening:channel` ends the process, as `kill -9` would, after the
platform has made the incident's channel and before that is written down. The places
are `opening:` and one of channel, members, announcement, panel, pin, welcome.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from chat.errors import BadInput
from incidents.opening import TaskName

VARIABLE = "TOCSIN_FAILPOINT"
STATUS = 9


def opening_failpoint(wanted: str | None) -> Callable[[TaskName], None] | None:
    """What to call after each outside call of an opening; None without a fail-point.

    Args:
        wanted: The variable's value; None or empty when it is not set.

    Raises:
        BadInput: There is no such place.
    """
    if not wanted:
        return None
    places = {f"opening:{task}": task for task in TaskName}
    if wanted not in places:
        raise BadInput(
            f"{VARIABLE} is “{wanted}”. Accepted are: {', '.join(places)}.",
            details={VARIABLE: f"one of {', '.join(places)}"},
        )
    target = places[wanted]

    def die(task: TaskName) -> None:
        if task is target:
            os._exit(STATUS)

    return die
