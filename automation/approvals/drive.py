"""Lets approvals and questions expire, and escalates approvals, when their time has come."""

from __future__ import annotations

from datetime import datetime

from automation.approvals.answering import pass_time
from automation.approvals.questions import pass_question_time
from automation.ports import AutomationStores
from chat.clock import Clock
from incidents.drive_opening import hold
from incidents.ports import Lease
from security.ports import Acts


class ApprovalDriver:
    """Drives `approval` work; the subject is an approval's id."""

    def __init__(self, acts: Acts[AutomationStores], clock: Clock) -> None:
        self._acts = acts
        self._clock = clock

    async def drive(self, subject: str, lease: Lease) -> datetime | None:
        """Do what is due; when to look again, None when it is decided."""

        def act(stores: AutomationStores) -> datetime | None:
            hold(stores, lease)
            return pass_time(stores, subject, self._clock.now())

        return await self._acts.run(act)


class QuestionDriver:
    """Drives `question` work; the subject is a question's id."""

    def __init__(self, acts: Acts[AutomationStores], clock: Clock) -> None:
        self._acts = acts
        self._clock = clock

    async def drive(self, subject: str, lease: Lease) -> datetime | None:
        """Close it when nobody has answered in time; when to look again."""

        def act(stores: AutomationStores) -> datetime | None:
            hold(stores, lease)
            return pass_question_time(stores, subject, self._clock.now())

        return await self._acts.run(act)
