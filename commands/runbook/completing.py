"""What may stand next in a command about runbooks: names, parameters, executions, approvals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from automation.actions.action import Parameter
from automation.approval import ApprovalFilter, ApprovalStatus
from automation.execution import ExecutionFilter
from automation.executions.desk import Verdict
from automation.runbook import RunbookFilter
from chat.errors import TocsinError
from chat.fit import shorten
from commands.desks import Desks
from security.actor import Actor
from security.page import Slice

MOST = 10
_HINT = 60

Suggested: TypeAlias = tuple[tuple[str, str], ...]
"""Values with what they mean."""


VERDICTS: Mapping[Verdict, str] = {
    Verdict.DONE: "it was done",
    Verdict.AGAIN: "do it once more",
    Verdict.FAILED: "it was not done",
}


async def suggested(
    desks: Desks, actor: Actor, noun: str, option: str, begun: str, given: Sequence[str]
) -> Suggested:
    """What may stand in the place of one word of a command.

    Args:
        desks: Where everything is.
        actor: For whose eyes.
        noun: The command's first word: `runbook`.
        option: Name of the word's field.
        begun: What is typed of it.
        given: The words before it.
    """
    wanted = begun.casefold()
    match option:
        case "runbook":
            return await runbooks(desks, actor, wanted)
        case "values" if given:
            return parameters(await _taken(desks, actor, noun, given[0]), begun, given)
        case "action":
            return await actions(desks, actor, wanted)
        case "execution":
            return await executions(desks, actor, wanted)
        case "approval":
            return await approvals(desks, actor, wanted)
        case _:
            return ()


async def runbooks(desks: Desks, actor: Actor, begun: str) -> Suggested:
    """Handles of runbooks that fit."""
    try:
        page = await desks.runbooks.page(
            actor, RunbookFilter(search=begun or None), Slice(limit=MOST)
        )
    except TocsinError:
        return ()
    return tuple((seen.runbook.handle, seen.runbook.name) for seen in page.items)


async def actions(desks: Desks, actor: Actor, begun: str) -> Suggested:
    """Refs of actions that fit, those that begin with what is typed first."""
    try:
        found = await desks.executions.actions(actor)
    except TocsinError:
        return ()
    near = [one for one in found if begun in one.ref.casefold()]
    near.sort(key=lambda one: not one.ref.casefold().startswith(begun))
    return tuple((one.ref, shorten(one.description, _HINT)) for one in near[:MOST])


async def _taken(desks: Desks, actor: Actor, noun: str, ref: str) -> Sequence[Parameter]:
    """The parameters of the runbook or action; none where it is not there for the actor."""
    try:
        if noun == "action":
            return (await desks.executions.action(actor, ref)).parameters
        return (await desks.runbooks.find(actor, ref)).runbook.content.parameters
    except TocsinError:
        return ()


def parameters(taken: Sequence[Parameter], begun: str, given: Sequence[str]) -> Suggested:
    """`key=` for each parameter that was not given, or `key=value` where values are few.

    What is needed comes first.

    Args:
        taken: What there is to give.
        begun: What is typed of the word.
        given: The words before it: the runbook or action first.
    """
    name, equals, value = begun.partition("=")
    if equals:
        known = next((one for one in taken if one.name == name), None)
        return tuple(
            (f"{name}={one}", "")
            for one in (_choices(known) if known is not None else ())
            if one.startswith(value)
        )
    typed = {word.partition("=")[0] for word in given[1:]}
    open_ones = [
        one
        for one in taken
        if one.name.startswith(name) and one.name not in typed and not one.immutable
    ]
    open_ones.sort(key=lambda one: not one.required or one.has_default)
    return tuple((f"{one.name}=", shorten(_about(one), _HINT)) for one in open_ones)


def _choices(parameter: Parameter) -> tuple[str, ...]:
    if parameter.type == "boolean":
        return ("true", "false")
    found = parameter.schema.get("enum")
    return tuple(map(str, found)) if isinstance(found, list) else ()  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - JSON


def _about(parameter: Parameter) -> str:
    needed = "needed" if parameter.required and not parameter.has_default else "optional"
    return f"{parameter.description} ({needed})" if parameter.description else needed


async def executions(desks: Desks, actor: Actor, begun: str) -> Suggested:
    """Keys of executions that fit, newest first; those under way where nothing is typed."""
    wanted = ExecutionFilter(search=begun or None, active=None if begun else True)
    try:
        page = await desks.executions.page(actor, wanted, Slice(limit=MOST, order="-number"))
    except TocsinError:
        return ()
    return tuple((one.key, f"{one.name}, {one.status.value.lower()}") for one in page.items)


async def approvals(desks: Desks, actor: Actor, begun: str) -> Suggested:
    """Keys of approvals that wait, those for the actor first."""
    wanted = ApprovalFilter(status=ApprovalStatus.PENDING)
    try:
        page = await desks.approvals.page(actor, wanted, Slice(limit=MOST * 3))
    except TocsinError:
        return ()
    fitting = [one for one in page.items if one.approval.key.casefold().startswith(begun)]
    fitting.sort(key=lambda one: not one.mine)
    return tuple((one.approval.key, one.approval.subject) for one in fitting)
