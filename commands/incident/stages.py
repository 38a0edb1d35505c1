"""`/incident stage` and `/incident step …`, and the panel's turning of pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from chat.card import Footer, Table
from chat.inbound import Click
from chat.reply import Private, Quiet, Reply
from chat.text import Code
from commands.arguments import Arg, Args
from commands.cards import done, quoted, told
from commands.command import Ask, click, command
from commands.desks import Desks
from commands.incident.steps import StepArgs
from commands.looking_up import Lookup
from commands.vocabulary import Count, Key
from playbooks.progress import Progress, find_stage
from security.permissions import Permission


class StageArgs(Args):
    """Words after `/incident stage`."""

    stage: Annotated[str | None, Arg("next|NAME", takes="phrase", says="which becomes active")] = (
        None
    )
    incident: Key = None


class StepsArgs(Args):
    """Words after `/incident steps`."""

    stage: Annotated[
        str | None,
        Arg("STAGE", takes="phrase", says="its number or name; the active one otherwise"),
    ] = None
    incident: Key = None


class AddArgs(Args):
    """Words after `/incident step add`."""

    title: Annotated[str, Arg("TITLE", takes="rest", says="what is to be done")]
    stage: Annotated[str | None, Arg("STAGE", says="another stage than the active one")] = None
    description: Annotated[str, Arg("TEXT", says="more about it")] = ""
    command: Annotated[str, Arg("/…", says="what Run runs")] = ""
    incident: Key = None


class RenameArgs(Args):
    """Words after `/incident step rename`."""

    step: Annotated[str, Arg("N", takes="word", says="3, or 2.3 for step 3 of stage 2")]
    title: Annotated[str, Arg("TITLE", takes="rest", says="what it says from now on")]
    incident: Key = None


class MoveArgs(Args):
    """Words after `/incident step move`."""

    step: Annotated[str, Arg("N", takes="word", says="3, or 2.3 for step 3 of stage 2")]
    position: Annotated[Count, Arg("POSITION", takes="word", says="its new number")]
    stage: Annotated[str | None, Arg("STAGE", says="into another stage")] = None
    incident: Key = None


@dataclass(frozen=True, slots=True)
class StageCommands:
    """The stages of an incident, and changing its checklists while it runs."""

    desks: Desks
    lookup: Lookup

    @command("incident stage", "Show the stages, or make one active", StageArgs,
             needs=Permission.INCIDENT_VIEW)  # fmt: skip
    async def stage(self, ask: Ask, args: StageArgs) -> Reply:
        """How far each stage is; with a word, go on to that one."""
        found = await self.lookup.incident(ask, args.incident)
        if args.stage is None:
            progress = await self.desks.steps.progress(ask.actor, found.id)
            how = Footer((Code("/incident stage next"), " goes on to the next one."))
            then = (how,) if found.ongoing else ()
            return told(f"Stages of {found.key}", _stages(progress), *then)
        _, after = await self.desks.steps.activate(ask.actor, found.id, args.stage)
        return done(f"{quoted(after.active_stage.name)} is the active stage of {found.key} now.")

    @command("incident steps", "Show a stage's steps", StepsArgs, needs=Permission.INCIDENT_VIEW)
    async def steps(self, ask: Ask, args: StepsArgs) -> Reply:
        """The steps of the active stage or another one, which does not become active."""
        found = await self.lookup.incident(ask, args.incident)
        progress = await self.desks.steps.progress(ask.actor, found.id)
        stage = find_stage(progress, args.stage) if args.stage else progress.active_stage
        return Private(await self.desks.panels.stage(ask.actor, stage.id, ask.address))

    @click("stage.activate", needs=Permission.INCIDENT_WORK)
    async def activate_clicked(self, ask: Ask, event: Click) -> Reply:
        """The panel shows it."""
        await self.desks.steps.activate(ask.actor, None, event.choice or event.value)
        return Quiet()

    @click("stage.view", needs=Permission.INCIDENT_VIEW)
    async def viewed(self, ask: Ask, event: Click) -> Reply:
        """Another stage, for the eyes of who looks; the panel stays as it is for the others."""
        stage = event.choice or event.value
        return Private(await self.desks.panels.stage(ask.actor, stage, ask.address))

    @click("panel.page", needs=Permission.INCIDENT_VIEW)
    async def turned(self, ask: Ask, event: Click) -> Reply:
        """Another page of the panel's steps."""
        page = event.value.rpartition(":")[2]
        number = int(page) if page.isdecimal() else 1
        await self.desks.panels.turn(ask.actor, event.message, number)
        return Quiet()

    @command("incident step add", "Add a step", AddArgs, needs=Permission.INCIDENT_WORK)
    async def add(self, ask: Ask, args: AddArgs) -> Reply:
        """Put a step behind the others of its stage."""
        found = await self.lookup.incident(ask, args.incident)
        after = await self.desks.steps.add(
            ask.actor,
            found.id,
            args.title,
            stage=args.stage,
            description=args.description,
            command=args.command,
        )
        return done(f"{quoted(after.step.title)} is step {after.label} now ({after.stage.name}).")

    @command("incident step rename", "Give a step another title", RenameArgs,
             needs=Permission.INCIDENT_WORK)  # fmt: skip
    async def rename(self, ask: Ask, args: RenameArgs) -> Reply:
        """Say it better."""
        found = await self.lookup.incident(ask, args.incident)
        after = await self.desks.steps.rename(ask.actor, found.id, args.step, args.title)
        return done(f"Step {after.label} says {quoted(after.step.title)} now.")

    @command("incident step move", "Move a step", MoveArgs, needs=Permission.INCIDENT_WORK)
    async def move(self, ask: Ask, args: MoveArgs) -> Reply:
        """Put it somewhere else."""
        found = await self.lookup.incident(ask, args.incident)
        after = await self.desks.steps.move(
            ask.actor, found.id, args.step, args.position, args.stage
        )
        return done(f"{quoted(after.step.title)} is step {after.label} now ({after.stage.name}).")

    @command("incident step remove", "Remove a step", StepArgs, needs=Permission.INCIDENT_WORK)
    async def remove(self, ask: Ask, args: StepArgs) -> Reply:
        """Take it out."""
        found = await self.lookup.incident(ask, args.incident)
        after = await self.desks.steps.remove(ask.actor, found.id, args.step)
        return done(f"{quoted(after.step.title)} is gone from {after.stage.name}.")


def _stages(progress: Progress) -> Table:
    return Table(
        ("", "Stage", "Steps resolved"),
        tuple(
            (
                (f"{number}",),
                (f"{stage.name} ◀ active" if stage.id == progress.active else stage.name,),
                (f"{stage.resolved} of {len(stage.steps)}",),
            )
            for number, stage in enumerate(progress.stages, 1)
        ),
    )
