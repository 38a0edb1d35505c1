"""Renders the living messages of this room, and its lines in the incident's panel."""

from __future__ import annotations

from automation.approvals.card import approval_card, question_card
from automation.approvals.eligible import eligible
from automation.executions.card import execution_card
from automation.ports import AutomationStores
from chat.capabilities import Limits
from chat.card import Actions, Card, Section, Text
from chat.errors import NotFound
from chat.fit import fits, shorten
from chat.outbox import Living
from chat.text import Bold, Link
from incidents.incident import Incident
from security.ports import Acts

KINDS = frozenset({"execution", "approval", "question"})
"""The subjects that this room renders, by the word before the colon."""
_PIECES = 20
_IN_PANEL = 3


class AutomationCards:
    """What living messages of executions, approvals and questions show."""

    def __init__(self, acts: Acts[AutomationStores]) -> None:
        self._acts = acts

    async def card(self, living: Living, limits: Limits) -> Card:
        """What a living message shows now, within `limits`.

        Raises:
            NotFound: What it showed is gone.
        """
        kind, _, subject = living.subject.partition(":")

        def look(stores: AutomationStores) -> Card:
            match kind:
                case "execution":
                    return _execution(stores, subject)
                case "approval":
                    return _approval(stores, subject, limits)
                case _:
                    return _question(stores, subject)

        return fitting(await self._acts.read(look), limits)


def fitting(card: Card, limits: Limits) -> Card:
    """The card with paragraphs left out from its middle until it keeps within `limits`."""
    sections = list(card.sections)
    while len(sections) > 1 and not fits(Card(card.title, tuple(sections)), limits):
        texts = [at for at, each in enumerate(sections) if not isinstance(each, Actions)]
        if not texts:
            break
        sections.pop(texts[len(texts) // 2])
    return Card(card.title, tuple(sections), card.tone, card.rich)


def _execution(stores: AutomationStores, execution_id: str) -> Card:
    execution = stores.executions.get(execution_id)
    if execution is None:
        raise NotFound("That execution is not kept any more.")
    return execution_card(
        execution,
        stores.executions.tasks(execution_id),
        stores.approvals.of(execution_id),
        () if execution.ended else stores.executions.last_output(execution_id, _PIECES),
    )


def _approval(stores: AutomationStores, approval_id: str, limits: Limits) -> Card:
    approval = stores.approvals.get(approval_id)
    if approval is None:
        raise NotFound("That approval is not kept any more.")
    execution = stores.executions.get(approval.execution_id)
    incident = stores.incidents.get(approval.incident_id) if approval.incident_id else None
    key = execution.key if execution is not None else "an execution that is gone"
    answers = stores.approvals.answers(approval_id)
    who = eligible(stores, approval) if approval.pending else ()
    card = approval_card(approval, incident, key, answers, who)
    if fits(card, limits):
        return card
    # No part of a plan may be left out above a button that agrees to all of it.
    return approval_card(approval, incident, key, answers, who, whole=False)


def _question(stores: AutomationStores, question_id: str) -> Card:
    question = stores.approvals.question(question_id)
    if question is None:
        raise NotFound("That question is not kept any more.")
    execution = stores.executions.get(question.execution_id)
    return question_card(question, execution.key if execution is not None else "a runbook")


def panel_lines(stores: AutomationStores, incident: Incident) -> tuple[Section, ...]:
    """What waits for an approval, for the incident's panel, with the way to its plan."""
    found: list[Section] = []
    for approval in stores.approvals.pending_of_incident(incident.id)[:_IN_PANEL]:
        yes = sum(answer.approve for answer in stores.approvals.answers(approval.id))
        count = f"({yes}/{approval.policy.needed})"
        plan = Link(approval.key, f"/approvals/{approval.key}")
        subject = Bold(shorten(approval.subject, 100))
        found.append(Text(("⏳ ", subject, " waits for ", plan, f" {count}")))
    return tuple(found)
