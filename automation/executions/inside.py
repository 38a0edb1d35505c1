"""Actions done inside a transaction: messages, questions, waiting, calling a runbook.

What they cause (an outgoing message, a row that waits for an answer) commits together
with the step that caused it, so that none of it is lost or done twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from automation.actions.action import Parameter
from automation.approval import Question
from automation.approvals.subjects import QUESTION_DRIVE, question_subject
from automation.execution import Task, TaskStatus, Trigger, WaitsFor
from automation.executions.decide import done, failed
from automation.executions.placing import CHANNEL, NO_PANEL, NO_PLACE
from automation.executions.rendering import Rendered
from automation.executions.scene import Scene
from automation.executions.start import ExecuteWish, start
from automation.executions.traces import places_of
from automation.hidden import clipped
from automation.ports import AutomationStores
from automation.values import Json
from automation.workshop import Workshop
from chat.address import Address
from chat.card import Card, Markdown
from chat.clock import new_id
from chat.errors import BadInput, UserError
from chat.fit import shorten
from chat.message import Attachment
from chat.outbox import InvitePeople, Outgoing, PostCard, PostLiving, SendFile, SetTopic
from incidents.change import account_named, panel_of
from security.account import Account
from security.actor import Actor
from security.reach import acting

_TITLE = 150


@dataclass(frozen=True, slots=True)
class Prepared:
    """What had to be looked up outside before the transaction.

    Attributes:
        place: The channel that was named; None where none was.
        file: The file to be posted; None where none was named.
        problem: Why it cannot be done; empty when it can.
    """

    place: Address | None = None
    file: Attachment | None = None
    problem: str = ""


NOTHING_PREPARED = Prepared()


@dataclass(frozen=True, slots=True)
class Here:
    """What an inside action is done with."""

    stores: AutomationStores
    workshop: Workshop
    scene: Scene
    task: Task
    given: Mapping[str, Json]
    prepared: Prepared
    now: datetime

    @property
    def cause(self) -> str | None:
        """The inbound event that began the execution; None when none did."""
        return self.scene.execution.cause

    def places(self) -> tuple[Address, ...]:
        """Where to post.

        Raises:
            BadInput: There is no channel.
        """
        if self.prepared.place is not None:
            return (self.prepared.place,)
        found = places_of(self.stores, self.scene.execution)
        if not found:
            raise BadInput(NO_PLACE)
        return found

    @property
    def key(self) -> str:
        """Of this attempt at this task; the same when it is done again after a crash."""
        return f"task:{self.task.id}"


Do: TypeAlias = Callable[[Here], Task]

STRING: Mapping[str, Json] = {"type": "string"}
_CHANNEL = Parameter(CHANNEL, STRING, "Another channel than the incident's own.")
RUNNERS: Mapping[str, tuple[Parameter, ...]] = {
    "noop": (),
    "wait": (
        Parameter("seconds", {"type": "number", "minimum": 0, "maximum": 31_536_000}),
        Parameter("until", STRING, "A moment such as 2026-01-31T09:30:00Z."),
    ),
    "runbook": (
        Parameter("runbook", STRING, "Its id, handle or name.", required=True),
        Parameter("parameters", {"type": "object", "default": {}}, "What it is given."),
    ),
    "chat-post": (
        Parameter("text", {"type": "string", "default": ""}, "Markdown."),
        Parameter("title", {"type": "string", "default": ""}, "One line above it."),
        Parameter(
            "tone",
            {"type": "string", "enum": ["neutral", "good", "warning", "bad"], "default": "neutral"},
        ),
        Parameter("file", STRING, "Name of a file that an earlier step left."),
        _CHANNEL,
    ),
    "chat-ask": (
        Parameter("question", STRING, "What is asked.", required=True),
        Parameter(
            "options",
            {"type": "array", "items": {"type": "string"}, "default": [], "maxItems": 5},
            "What may be answered; any text when there are none.",
        ),
        Parameter(
            "of",
            {"type": "array", "items": {"type": "string"}, "default": []},
            "Who may answer; whoever works on the incident when nobody is named.",
        ),
        Parameter(
            "timeout",
            {"type": "number", "exclusiveMinimum": 0, "default": 86_400},
            "Seconds until the step fails.",
        ),
        _CHANNEL,
    ),
    "chat-invite": (
        Parameter(
            "people",
            {"type": "array", "items": {"type": "string"}, "minItems": 1},
            "Accounts by name.",
            required=True,
        ),
        _CHANNEL,
    ),
    "chat-topic": (Parameter("topic", STRING, "One line.", required=True), _CHANNEL),
    "chat-panel": (),
}
"""The runners of this file and what each takes; `noop` takes whatever its action says."""


def do(here: Here, rendered: Rendered) -> Task:
    """The task after its action was done, or has begun to wait for something."""
    if here.prepared.problem:
        return failed(here.task, here.now, here.prepared.problem)
    try:
        return _DO[rendered.action.runner](here)
    except UserError as wrong:
        return failed(here.task, here.now, wrong.message)


def _noop(here: Here) -> Task:
    return done(here.task, here.now, dict(here.given) or None)


def _wait(here: Here) -> Task:
    seconds, until = here.given.get("seconds"), here.given.get("until")
    if (seconds is None) == (not until):
        raise BadInput("Give either “seconds” or “until”.")
    if seconds is not None:
        at = here.now + timedelta(seconds=float(seconds))
    else:
        at = _moment(str(until))
    return _waiting(here.task, WaitsFor.TIME, again_at=at)


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadInput(
            f"“{clipped(text, 40)}” is no moment. Give one such as 2026-01-31T09:30:00Z."
        ) from None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _waiting(
    task: Task, kind: WaitsFor, waiting_id: str = "", again_at: datetime | None = None
) -> Task:
    return replace(
        task,
        status=TaskStatus.WAITING,
        waits_for=kind,
        waiting_id=waiting_id,
        again_at=again_at,
    )


def _runbook(here: Here) -> Task:
    execution = here.scene.execution
    wish = ExecuteWish(
        runbook=str(here.given["runbook"]),
        parameters=dict(here.given.get("parameters") or {}),
        trigger=Trigger.RUNBOOK,
        trigger_data={"execution": execution.key},
        incident=execution.incident_id,
        # What it says it says where its caller does.
        origin=execution.origin,
        reason=execution.reason,
        key=here.key,
        hidden=here.scene.secrets,
    )
    actor = _requester(here)
    child = start(here.stores, here.workshop, actor, wish, here.now, caller=(execution, here.task))
    return _waiting(here.task, WaitsFor.EXECUTION, child.id)


def _requester(here: Here) -> Actor:
    """Whoever began the execution, with the rights they have now."""
    return acting(here.stores, here.scene.execution.requested_by, here.scene.execution.team_id)


def _post(here: Here) -> Task:
    given, file = here.given, here.prepared.file
    text, title = str(given.get("text") or "").strip(), str(given.get("title") or "").strip()
    if not text and not title and file is None:
        raise BadInput("There is nothing to post: “text”, “title” and “file” are empty.")
    if not title:
        # The first line is what a phone's notification shows.
        title, _, text = text.partition("\n")
        title, text = (title or (file.name if file else "")), text.strip()
    if len(title) > _TITLE:
        title, text = shorten(title, _TITLE), f"{title}\n\n{text}".strip()
    card = Card(title, (Markdown(text),) if text else (), tone=given.get("tone") or "neutral")
    for number, place in enumerate(here.places()):
        job = SendFile(file, card) if file is not None else PostCard(card)
        here.stores.outbox.put(Outgoing(place, job, f"{here.key}:{number}", here.cause))
    return done(here.task, here.now, {"posted": len(here.places())})


def _ask(here: Here) -> Task:
    execution = here.scene.execution
    names = tuple(
        account_named(here.stores, execution.team_id, str(name)).name
        for name in here.given.get("of") or ()
    )
    question = Question(
        id=new_id(),
        team_id=execution.team_id,
        execution_id=execution.id,
        task_id=here.task.id,
        text=str(here.given["question"]),
        asked_at=here.now,
        options=tuple(str(each) for each in here.given.get("options") or ()),
        of=names,
        incident_id=execution.incident_id,
        expires_at=here.now + timedelta(seconds=float(here.given.get("timeout") or 86_400)),
    )
    here.stores.approvals.ask(question)
    for number, place in enumerate(here.places()):
        job = PostLiving(question_subject(question.id))
        here.stores.outbox.put(Outgoing(place, job, key=f"{here.key}:{number}"))
    here.stores.drives.wake(QUESTION_DRIVE, question.id, question.expires_at or here.now)
    return _waiting(here.task, WaitsFor.QUESTION, question.id)


def _invite(here: Here) -> Task:
    team = here.scene.execution.team_id
    accounts: list[Account] = [
        account_named(here.stores, team, str(name)) for name in here.given["people"]
    ]
    ids = [account.id for account in accounts]
    for number, place in enumerate(here.places()):
        found = here.stores.people.persons(ids, place.platform, place.workspace)
        if found:
            job = InvitePeople(tuple(found.values()))
            here.stores.outbox.put(Outgoing(place, job, f"{here.key}:{number}", here.cause))
    return done(here.task, here.now, {"invited": [account.name for account in accounts]})


def _topic(here: Here) -> Task:
    topic = " ".join(str(here.given["topic"]).split())[:200]
    for number, place in enumerate(here.places()):
        here.stores.outbox.put(Outgoing(place, SetTopic(topic), key=f"{here.key}:{number}"))
    return done(here.task, here.now, {"topic": topic})


def _panel(here: Here) -> Task:
    incident = here.scene.execution.incident_id
    if incident is None:
        raise BadInput(NO_PANEL)
    for number, place in enumerate(here.places()):
        job = PostLiving(panel_of(incident))
        here.stores.outbox.put(Outgoing(place, job, key=f"{here.key}:{number}"))
    return done(here.task, here.now, None)


_DO: Mapping[str, Do] = {
    "noop": _noop,
    "wait": _wait,
    "runbook": _runbook,
    "chat-post": _post,
    "chat-ask": _ask,
    "chat-invite": _invite,
    "chat-topic": _topic,
    "chat-panel": _panel,
}
