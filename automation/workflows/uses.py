"""Whether a workflow's expressions ask for the results of its tasks."""

from __future__ import annotations

import re

from automation.workflows import walking
from automation.workflows.definition import Workflow
from automation.workflows.syntax import marked

_ASKS = re.compile(r"\btask\s*\(")


def reads_tasks(workflow: Workflow) -> bool:
    """Whether `task()` is called anywhere; only then are results kept in the run."""
    return any(
        _ASKS.search(text) and marked(text)
        for _, value in walking.values(workflow)
        for text in walking.texts(value)
    )
