"""`/incident check`, `uncheck`, `skip`, `run` and `assign`, and their buttons."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Annotated, TypeAlias

from chat.errors import NotFound, Refused
from chat.inbound import Click, FormSubmission
from chat.reply import AskForm, Private, Quiet, Reply
from commands.arguments import Arg, Args
from commands.cards import done, hint, quoted
from commands.command import Ask, click, command, form
from commands.desks import Desks
from commands.looking_up import Lookup
from commands.vocabulary import Key, handle
from playbooks.checklist import StepChanged
from security.permissions import Permission

Typed: TypeAlias = Callable[[Ask, str], Awaitable[Reply]]
"""Answers a line as if it had been typed."""
Filled: TypeAlias = Callable[[Ask, FormSubmission], Awaitable[Reply]]
"""Answers a form as whatever asked for it does."""


class StepArgs(Args):
    """Words after a command about one step."""

    step: Annotated[str, Arg("N", takes="word", says="3, or 2.3 for step 3 of stage 2")]
    incident: Key = None


class AssignArgs(Args):
    """Words after `/incident assign`."""

    step: Annotated[str, Arg("N", takes="word", says="3, or 2.3 for step 3 of stage 2")]
    person: Annotated[str, Arg("@person", takes="word", says="who does it; nobody for nobody")]
    incident: Key = None


@dataclass(frozen=True, slots=True)
class StepCommands:
    """Working through the steps."""

    desks: Desks
    lookup: Lookup
    run_line: Typed
    fill_in: Filled

    @command("incident check", "Check a step", StepArgs, needs=Permission.INCIDENT_WORK)
    async def check(self, ask: Ask, args: StepArgs) -> Reply:
        """It is done."""
        found = await self.lookup.incident(ask, args.incident)
        return _changed(await self.desks.steps.check(ask.actor, found.id, args.step), "checked")

    @command("incident uncheck", "Open a step again", StepArgs, needs=Permission.INCIDENT_WORK)
    async def uncheck(self, ask: Ask, args: StepArgs) -> Reply:
        """It is not done after all."""
        found = await self.lookup.incident(ask, args.incident)
        return _changed(
            await self.desks.steps.uncheck(ask.actor, found.id, args.step), "open again"
        )

    @command("incident skip", "Skip a step", StepArgs, needs=Permission.INCIDENT_WORK)
    async def skip(self, ask: Ask, args: StepArgs) -> Reply:
        """It does not apply."""
        found = await self.lookup.incident(ask, args.incident)
        return _changed(await self.desks.steps.skip(ask.actor, found.id, args.step), "skipped")

    @command(
        "incident run", "Run a step's command", StepArgs, needs=Permission.INCIDENT_WORK, asks=True
    )
    async def run(self, ask: Ask, args: StepArgs) -> Reply:
        """Run it as whoever asks."""
        found = await self.lookup.incident(ask, args.incident)
        return await self._run(ask, found.id, args.step)

    async def _run(self, ask: Ask, ref: str | None, step_ref: str) -> Reply:
        if ask.by_step:
            raise Refused("A step's command cannot run another step.", code="NESTED_RUN")
        incident, step = await self.desks.steps.command(ask.actor, ref, step_ref)
        inside = await self._inside(ask, incident.id)
        return await self._ran(ask, incident.id, step.id, await self.run_line(inside, step.command))

    @form("step.run", needs=Permission.INCIDENT_WORK)
    async def run_filled(self, ask: Ask, event: FormSubmission) -> Reply:
        """The command goes on with what it had asked for."""
        context = json.loads(event.context)
        incident, step = await self.desks.steps.command(
            ask.actor, context["incident"], context["step"]
        )
        inside = await self._inside(ask, incident.id)
        asked = replace(event, action=context["action"], context=context["context"])
        return await self._ran(ask, incident.id, step.id, await self.fill_in(inside, asked))

    async def _inside(self, ask: Ask, incident: str) -> Ask:
        """The same person asking in the incident's first room."""
        detail = await self.desks.incidents.detail(ask.actor, incident)
        return ask.inside(detail.rooms[0].address if detail.rooms else ask.address)

    async def _ran(self, ask: Ask, incident: str, step: str, reply: Reply) -> Reply:
        """Note that the command was run, once it asks for nothing more."""
        if isinstance(reply, AskForm):
            asked = reply.form
            context = {
                "incident": incident,
                "step": step,
                "action": asked.action,
                "context": asked.context,
            }
            packed = json.dumps(context, ensure_ascii=False)
            return AskForm(replace(asked, action="step.run", context=packed))
        # The command itself may have removed the step or ended the incident.
        with suppress(NotFound, Refused):
            await self.desks.steps.ran(ask.actor, incident, step)
        return reply

    @click("step.check", needs=Permission.INCIDENT_WORK)
    async def check_clicked(self, ask: Ask, event: Click) -> Reply:
        """The panel shows it."""
        await self.desks.steps.check(ask.actor, None, event.value)
        return Quiet()

    @click("step.uncheck", needs=Permission.INCIDENT_WORK)
    async def uncheck_clicked(self, ask: Ask, event: Click) -> Reply:
        """The panel shows it."""
        await self.desks.steps.uncheck(ask.actor, None, event.value)
        return Quiet()

    @click("step.skip", needs=Permission.INCIDENT_WORK)
    async def skip_clicked(self, ask: Ask, event: Click) -> Reply:
        """The panel shows it."""
        await self.desks.steps.skip(ask.actor, None, event.value)
        return Quiet()

    @click("step.run", needs=Permission.INCIDENT_WORK, asks=True)
    async def run_clicked(self, ask: Ask, event: Click) -> Reply:
        """What it says is for who pressed."""
        return await self._run(ask, None, event.value)

    @command("incident assign", "Give a step to somebody", AssignArgs,
             needs=Permission.INCIDENT_WORK)  # fmt: skip
    async def assign(self, ask: Ask, args: AssignArgs) -> Reply:
        """Say who does it."""
        found = await self.lookup.incident(ask, args.incident)
        if handle(args.person).casefold() in {"nobody", "none", "-"}:
            after = await self.desks.steps.assign(ask.actor, found.id, args.step, None)
            return done(f"Step {after.label} {quoted(after.step.title)} is nobody's now.")
        account = await self.lookup.account(ask, args.person)
        after = await self.desks.steps.assign(ask.actor, found.id, args.step, account.name)
        return done(f"Step {after.label} {quoted(after.step.title)} is @{account.name}'s now.")


def _changed(after: StepChanged, how: str) -> Private:
    """What became of the step, and how far its stage is."""
    stage = after.stage
    count = f"{stage.resolved} of {len(stage.steps)} in {stage.name}"
    title = f"Step {after.label} {quoted(after.step.title)} is {how} ({count})."
    if stage.steps and stage.resolved == len(stage.steps):
        return done(title, hint("/incident stage next", "This stage is done. Go on with "))
    return done(title)
