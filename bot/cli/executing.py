"""Has executions begun and follows them: by a running server, otherwise in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import click

from automation.execution import Execution, ExecutionStatus, TaskStatus
from automation.executions.desk import ExecuteWish, ExecutionDesk
from automation.executions.items import lines
from bot import logs, neighbour
from bot.cli.execution_facts import facts
from bot.cli.office import Office, office, prepare
from bot.cli.output import as_option, json_option, safe, show_json
from bot.settings import Settings
from bot.workshop import Automation, automation
from chat.errors import BadInput, Refused
from security.actor import Actor, operator
from security.keys import Purpose, derive
from security.secrets import Vault

F = TypeVar("F", bound=Callable[..., Any])
_LOOK_EVERY = 0.1
_NEWS_EVERY = 1.0
_STUCK = {ExecutionStatus.WAITING, ExecutionStatus.PAUSED, ExecutionStatus.NEEDS_ATTENTION}


def room(opened: Office) -> Automation:
    """The automation room on an office's database; it drives nothing."""
    settings = opened.settings
    key = settings.installation_key()
    vault = Vault(derive(key, Purpose.SECRETS))
    return automation(
        settings,
        opened.database.acts,
        key,
        vault,
        opened.second_factors,
        {},
        opened.clock,
        "local",
    )


def pairs(words: tuple[str, ...]) -> dict[str, str]:
    """`key=value` words as an object.

    Raises:
        BadInput: One is no such pair.
    """
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise BadInput(f"“{word[:40]}” is no key=value.")
        found[name] = value
    return found


def execution_options(command: F) -> F:
    """Gives a command what a runbook and an action are executed with."""
    options = (
        click.argument("values", nargs=-1, metavar="[KEY=VALUE]..."),
        click.option("--incident", default=None, help="The incident it belongs to."),
        click.option("--reason", default="", help="Why, for those who approve it."),
        click.option("--detach", is_flag=True, help="Begin it and do not wait for its end."),
        as_option,
        json_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


def execute(
    settings: Settings, wish: ExecuteWish, user: str | None, *, detach: bool, as_json: bool
) -> int:
    """Begin an execution and follow it to its end.

    Returns:
        The exit code: 0 when it completed or was only begun, 1 when it did not complete, 3 when
        it waits for somebody.
    """
    logs.set_up("warning", "plain")
    if neighbour.runs(settings) or detach:
        return asyncio.run(_elsewhere(settings, wish, user, detach=detach, as_json=as_json))
    try:
        return asyncio.run(_here(settings, wish, user, as_json=as_json))
    except Refused as refused:
        if refused.code != "ALREADY_RUNNING":
            raise
        return asyncio.run(_elsewhere(settings, wish, user, detach=detach, as_json=as_json))


async def _elsewhere(
    settings: Settings, wish: ExecuteWish, user: str | None, *, detach: bool, as_json: bool
) -> int:
    """Write it down for whoever drives; a server looks every second."""
    async with office(settings) as opened:
        actor = await opened.actor(user)
        desk = room(opened).executions
        begun = await desk.start(actor, wish)
        if detach:
            _tell(begun, as_json=as_json)
            return 0
        return await follow(desk, actor, begun.id, quiet=as_json, give_up_waiting=True)


async def _here(settings: Settings, wish: ExecuteWish, user: str | None, *, as_json: bool) -> int:
    from bot.wiring import Roles, open_bot  # noqa: PLC0415 - loads the whole house

    await asyncio.to_thread(prepare, settings)
    async with open_bot(settings, Roles(durable=False)) as bot:
        if bot.work is not None:
            bot.work.start_driving()
        doors = bot.house.desks.doors
        actor = await doors.account(user, "cli") if user is not None else _operator()
        desk = bot.house.desks.executions
        begun = await desk.start(actor, wish)
        return await follow(desk, actor, begun.id, quiet=as_json, give_up_waiting=True)


def _operator() -> Actor:
    import getpass  # noqa: PLC0415 - only here

    try:
        return operator(getpass.getuser())
    except (KeyError, OSError):
        return operator("operator")


def _tell(execution: Execution, *, as_json: bool) -> None:
    if as_json:
        show_json({"execution": execution.key, "id": execution.id})
    else:
        click.echo(f"{execution.key} has begun. Follow it: tocsin execution tail {execution.key}")


async def follow(
    desk: ExecutionDesk,
    actor: Actor,
    ref: str,
    *,
    quiet: bool = False,
    give_up_waiting: bool = False,
) -> int:
    """Print what an execution prints until it ends; its exit code as in `execute`."""
    after, said = 0, ""
    say: Callable[[str], None] = (lambda _: None) if quiet else _note
    steps = Steps(desk, actor, ref)
    while True:
        execution, pieces = await desk.output(actor, ref, after=after)
        for piece in pieces:
            after = piece.id
            if not quiet:
                click.echo(safe(piece.text), nl=False, err=piece.stream != "stdout")
        if not quiet:
            for told in await steps.news(last=execution.ended):
                say(told)
        if execution.ended and not pieces:
            return await _ended(desk, actor, execution, quiet=quiet)
        now = execution.status.value.replace("_", " ").lower()
        if execution.status in _STUCK and now != said:
            said = now
            say(f"{execution.key} is {now}: {await _why(desk, actor, ref)}")
            if give_up_waiting and not await _soon(desk, actor, ref):
                say("It goes on once that has been answered and a server runs (tocsin up).")
                return 3
        await asyncio.sleep(_LOOK_EVERY)


class Steps:
    """How far steps with a list have come, told whenever that has changed."""

    def __init__(self, desk: ExecutionDesk, actor: Actor, ref: str) -> None:
        self._desk = desk
        self._actor = actor
        self._ref = ref
        self._listed: bool | None = None
        self._told: dict[str, str] = {}
        self._soon = 0.0

    async def news(self, *, last: bool) -> tuple[str, ...]:
        """`Restart: 3 of 12 done` for each step that has come further, once a second at most."""
        now = asyncio.get_running_loop().time()
        if self._listed is False or (now < self._soon and not last):
            return ()
        self._soon = now + _NEWS_EVERY
        detail = await self._desk.detail(self._actor, self._ref)
        if self._listed is None:
            steps = detail.content.steps if detail.content is not None else ()
            self._listed = any(step.for_each is not None for step in steps)
        found = {
            line.task.id: f"{line.name}: {line.progress()}"
            for line in lines(detail.tasks)
            if line.items
        }
        fresh = tuple(text for key, text in found.items() if self._told.get(key) != text)
        self._told = found
        return fresh


def _note(text: str) -> None:
    click.echo(text, err=True)


async def _why(desk: ExecutionDesk, actor: Actor, ref: str) -> str:
    detail = await desk.detail(actor, ref)
    pending = [approval.key for approval in detail.approvals if approval.pending]
    if pending:
        return f"{', '.join(pending)} waits for approval"
    stuck = {TaskStatus.WAITING, TaskStatus.NEEDS_ATTENTION}
    names = [task.name for task in detail.tasks if task.status in stuck]
    return ", ".join(names) or "paused"


async def _soon(desk: ExecutionDesk, actor: Actor, ref: str) -> bool:
    """Whether it goes on by itself."""
    detail = await desk.detail(actor, ref)
    return any(task.again_at is not None for task in detail.tasks if not task.status.ended)


async def _ended(desk: ExecutionDesk, actor: Actor, execution: Execution, *, quiet: bool) -> int:
    good = execution.status is ExecutionStatus.COMPLETED
    if quiet:
        show_json(facts(await desk.detail(actor, execution.id)))
    else:
        why = f": {execution.error}" if execution.error else ""
        _note(f"{execution.key} {execution.status.value.lower()}{why}")
    return 0 if good else 1
