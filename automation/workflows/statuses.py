"""States of tasks and of workflows.

Source: the names are StackStorm's.
"""

from __future__ import annotations

UNSET = "null"
REQUESTED = "requested"
SCHEDULED = "scheduled"
DELAYED = "delayed"
RUNNING = "running"
PENDING = "pending"
PAUSING = "pausing"
PAUSED = "paused"
RESUMING = "resuming"
RETRYING = "retrying"
SUCCEEDED = "succeeded"
FAILED = "failed"
EXPIRED = "timeout"
ABANDONED = "abandoned"
CANCELING = "canceling"
CANCELED = "canceled"

WAITING = frozenset({REQUESTED, SCHEDULED, DELAYED})
"""Asked for, and not begun."""
STARTING = WAITING | {RUNNING, PENDING}
"""With one of these, a task that has ended begins once more."""
RUNS = WAITING | {RUNNING, RESUMING, RETRYING}
"""A workflow in one of these starts tasks."""
ACTIVE = WAITING | {RUNNING, RESUMING, PAUSING, CANCELING}
"""Somebody is at work."""
PAUSES = frozenset({PAUSING, PAUSED})
CANCELS = frozenset({CANCELING, CANCELED})
HELD = frozenset({PAUSED, PENDING})
ABENDED = frozenset({FAILED, EXPIRED, ABANDONED})
"""Ended, and not well."""
COMPLETED = ABENDED | {SUCCEEDED, CANCELED}
ALL = ACTIVE | HELD | COMPLETED | {UNSET, RETRYING}
