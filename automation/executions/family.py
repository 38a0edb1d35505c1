"""Executions that call executions: a child's end wakes its parent, a parent's ends its children."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from automation.approvals.subjects import EXECUTION_DRIVE
from automation.execution import Execution, Wish
from automation.ports import AutomationStores


def wake_parent(stores: AutomationStores, execution: Execution, now: datetime) -> None:
    """Have the execution whose task called this one go on."""
    if execution.parent_id is not None:
        stores.drives.wake(EXECUTION_DRIVE, execution.parent_id, now)


def cancel_children(stores: AutomationStores, execution: Execution, now: datetime) -> None:
    """Have those that its tasks called cancelled, too."""
    for child in stores.executions.children(execution.id):
        held = None if child.ended else stores.executions.get(child.id, lock=True)
        if held is not None and not held.ended:
            stores.executions.save(replace(held, wish=Wish.CANCEL, version=held.version + 1))
            stores.drives.wake(EXECUTION_DRIVE, held.id, now)
