"""`/runbook status`, `cancel`, `pause`, `resume`, `rerun`, `settle`, and the buttons for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from automation.execution import Execution, ExecutionFilter
from automation.executions.card import execution_card
from automation.executions.desk import Verdict
from chat.card import Card, Table
from chat.errors import BadInput
from chat.fit import shorten
from chat.inbound import Click
from chat.reply import Private, Quiet, Reply
from chat.text import Link, Moment, Rich
from commands.arguments import Arg, Args
from commands.cards import done, hint, lines
from commands.command import Ask, click, command
from commands.desks import Desks
from security.page import Slice
from security.permissions import Permission

ROWS = 15


class StatusArgs(Args):
    """Words after `/runbook status`."""

    execution: Annotated[
        str | None, Arg("RUN-12", takes="word", says="one execution; the newest without it")
    ] = None


class ExecutionArgs(Args):
    """Words after a command about one execution."""

    execution: Annotated[str, Arg("RUN-12", takes="word", says="the execution")]


class SettleArgs(Args):
    """Words after `/runbook settle`."""

    execution: Annotated[str, Arg("RUN-12", takes="word", says="the execution")]
    verdict: Annotated[str, Arg("done|again|failed", takes="word", says="what became of it")]
    step: Annotated[str | None, Arg("NAME", says="the step, where several are in question")] = None
    note: Annotated[str, Arg("TEXT", takes="phrase", says="how you know")] = ""


@dataclass(frozen=True, slots=True)
class ControlCommands:
    """What people do about executions."""

    desks: Desks

    @command(
        "runbook status", "Show how executions stand", StatusArgs, needs=Permission.RUNBOOK_VIEW
    )
    async def status(self, ask: Ask, args: StatusArgs) -> Reply:
        """One execution, or the newest ones."""
        if args.execution:
            found = await self.desks.executions.detail(ask.actor, args.execution)
            _, pieces = await self.desks.executions.output(ask.actor, found.execution.id)
            card = execution_card(found.execution, found.tasks, found.approvals, pieces[-20:])
            return Private(card)
        page = await self.desks.executions.page(ask.actor, await self._here(ask), Slice(limit=ROWS))
        if not page.items:
            return Private(Card("Nothing has been executed yet.", lines(hint("/runbook list"))))
        table = Table(("Execution", "What", "Status", "By", "Begun"), tuple(map(_row, page.items)))
        return Private(Card("The newest executions", (table,)))

    async def _here(self, ask: Ask) -> ExecutionFilter:
        """Those of the incident whose channel this is; all of them elsewhere."""
        found = await self.desks.incidents.in_channel(ask.actor, ask.address)
        return ExecutionFilter(incident_id=found.id if found is not None else None)

    @command("runbook cancel", "Cancel an execution", ExecutionArgs, needs=Permission.RUNBOOK_RUN)
    async def cancel(self, ask: Ask, args: ExecutionArgs) -> Reply:
        """End it."""
        execution = await self.desks.executions.cancel(ask.actor, args.execution)
        return done(f"{execution.key} is being cancelled")

    @command("runbook pause", "Pause an execution", ExecutionArgs, needs=Permission.RUNBOOK_RUN)
    async def pause(self, ask: Ask, args: ExecutionArgs) -> Reply:
        """Begin nothing more of it."""
        execution = await self.desks.executions.pause(ask.actor, args.execution)
        return done(
            f"{execution.key} begins nothing more",
            hint(f"/runbook resume {execution.key}", "Go on: "),
        )

    @command(
        "runbook resume", "Go on with an execution", ExecutionArgs, needs=Permission.RUNBOOK_RUN
    )
    async def resume(self, ask: Ask, args: ExecutionArgs) -> Reply:
        """Go on with what was paused."""
        execution = await self.desks.executions.resume(ask.actor, args.execution)
        return done(f"{execution.key} goes on")

    @command(
        "runbook rerun", "Go on from a failed step", ExecutionArgs, needs=Permission.RUNBOOK_RUN
    )
    async def rerun(self, ask: Ask, args: ExecutionArgs) -> Reply:
        """Begin again where it failed."""
        execution = await self.desks.executions.rerun(ask.actor, args.execution)
        return done(
            f"{execution.key} goes on from where it failed",
            hint(f"/runbook status {execution.key}", "How it goes: "),
        )

    @command(
        "runbook settle",
        "Say what became of a step",
        SettleArgs,
        needs=Permission.RUNBOOK_RUN,
    )
    async def settle(self, ask: Ask, args: SettleArgs) -> Reply:
        """Of a step that was under way when Tocsin stopped."""
        if args.verdict.casefold() not in set(Verdict):
            known = ", ".join(Verdict)
            raise BadInput(
                f"“{args.verdict[:40]}” is none of {known}.", details={"verdict": f"one of {known}"}
            )
        verdict = Verdict(args.verdict.casefold())
        execution = await self.desks.executions.settle(
            ask.actor, args.execution, args.step, verdict, args.note
        )
        return done(f"{execution.key} goes on")

    @click("execution.cancel", needs=Permission.RUNBOOK_RUN)
    async def cancel_clicked(self, ask: Ask, event: Click) -> Reply:
        """The message shows it."""
        await self.desks.executions.cancel(ask.actor, event.value)
        return Quiet()

    @click("execution.pause", needs=Permission.RUNBOOK_RUN)
    async def pause_clicked(self, ask: Ask, event: Click) -> Reply:
        """The message shows it."""
        await self.desks.executions.pause(ask.actor, event.value)
        return Quiet()

    @click("execution.resume", needs=Permission.RUNBOOK_RUN)
    async def resume_clicked(self, ask: Ask, event: Click) -> Reply:
        """The message shows it."""
        await self.desks.executions.resume(ask.actor, event.value)
        return Quiet()

    @click("execution.rerun", needs=Permission.RUNBOOK_RUN)
    async def rerun_clicked(self, ask: Ask, event: Click) -> Reply:
        """A message of its own follows the new one."""
        await self.desks.executions.rerun(ask.actor, event.value)
        return Quiet()

    @click("execution.done", needs=Permission.RUNBOOK_RUN)
    async def done_clicked(self, ask: Ask, event: Click) -> Reply:
        """It was done."""
        return await self._settled(ask, event, Verdict.DONE)

    @click("execution.again", needs=Permission.RUNBOOK_RUN)
    async def again_clicked(self, ask: Ask, event: Click) -> Reply:
        """Do it once more."""
        return await self._settled(ask, event, Verdict.AGAIN)

    @click("execution.failed", needs=Permission.RUNBOOK_RUN)
    async def failed_clicked(self, ask: Ask, event: Click) -> Reply:
        """It failed."""
        return await self._settled(ask, event, Verdict.FAILED)

    async def _settled(self, ask: Ask, event: Click, verdict: Verdict) -> Reply:
        execution, _, task = event.value.partition(":")
        await self.desks.executions.settle(ask.actor, execution, task, verdict)
        return Quiet()


def _row(execution: Execution) -> tuple[Rich, ...]:
    by = f"@{execution.requested_name}" if execution.requested_by else "Tocsin"
    return (
        (Link(execution.key, f"/executions/{execution.key}"),),
        (shorten(execution.name, 60),),
        (execution.status.value.replace("_", " ").capitalize(),),
        (by,),
        (Moment(execution.created_at, "elapsed"), " ago"),
    )
