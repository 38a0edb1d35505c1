"""Begins runbooks that a signed webhook asks for, each delivery once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import cast

from automation.execution import Execution, Trigger
from automation.executions.start import ExecuteWish, start
from automation.ports import AutomationStores
from automation.runbook import Runbook, TriggerType
from automation.runbooks.signature import Delivery, genuine
from automation.runbooks.unfit import DEEP, unfit_in
from automation.triggers.refused import note_refused
from automation.values import Json
from automation.workshop import Workshop
from chat.errors import BadInput, NotSignedIn, UserError
from security.actor import SYSTEM
from security.ports import Acts


class WebhookDesk:
    """Takes deliveries from outside."""

    def __init__(self, acts: Acts[AutomationStores], workshop: Workshop) -> None:
        self._acts = acts
        self._workshop = workshop

    async def receive(self, runbook_id: str, delivery: Delivery) -> Execution:
        """Begin the runbook; a delivery that was taken before gives the same execution.

        Raises:
            NotSignedIn: Unsigned, signed by somebody else, too old, or for no such runbook:
                outsiders are not told which.
            BadInput: The body is no JSON, or a parameter is missing or does not fit.
            Refused: The runbook is not ACTIVE.
        """
        now = self._workshop.clock.now()
        runbook = await self._acts.read(lambda stores: stores.runbooks.get(runbook_id))
        if runbook is None or not self._signed(runbook, delivery):
            raise NotSignedIn(
                "This delivery is not signed as it should be. Sign id, timestamp and body with "
                "the runbook's webhook secret, within five minutes.",
                code="BAD_SIGNATURE",
            )
        wish = ExecuteWish(
            runbook=runbook.id,
            trigger=Trigger.WEBHOOK,
            trigger_data=_data(delivery.body),
            key=f"webhook:{runbook.id}:{delivery.id}",
        )
        actor = replace(SYSTEM, name="webhook", display="A webhook", team_id=runbook.team_id)
        try:
            return await self._acts.run(
                lambda stores: start(stores, self._workshop, actor, wish, now)
            )
        except UserError as wrong:
            why = wrong
            await self._acts.run(
                lambda stores: note_refused(stores, runbook, wish.trigger, why, now)
            )
            raise

    def _signed(self, runbook: Runbook, delivery: Delivery) -> bool:
        if runbook.content.trigger_type is not TriggerType.WEBHOOK or not runbook.webhook_secret:
            return False
        secret = self._workshop.vault.open(runbook.webhook_secret)
        return genuine(secret, delivery, self._workshop.clock.now())


def _data(body: bytes) -> dict[str, Json]:
    """What a delivery says, as data of the trigger; something else than an object as `body`.

    Raises:
        BadInput: It is no JSON, or holds what cannot be kept.
    """
    if not body.strip():
        return {}
    try:
        found: Json = json.loads(body)
    except (ValueError, RecursionError) as wrong:
        deep = isinstance(wrong, RecursionError)
        raise BadInput(
            "The body is nested too deep. Make it flatter."
            if deep
            else "The body is no JSON. Send an object.",
            details={"body": DEEP if deep else "must be JSON"},
        ) from None
    if unfit := unfit_in(found, "body"):
        place, problem = unfit
        raise BadInput(f"The body cannot be taken: {place} {problem}.", details={place: problem})
    return cast("dict[str, Json]", found) if isinstance(found, dict) else {"body": found}
