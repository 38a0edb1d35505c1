"""`/playbook stage …` and `/playbook step …`: a playbook's outline, one line at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from chat.card import Footer, Table
from chat.reply import Reply
from chat.text import Code
from commands.arguments import Arg, Args
from commands.cards import done, quoted
from commands.command import Ask, command
from commands.desks import Desks
from commands.playbook.writing import change
from commands.vocabulary import Count
from playbooks import outline
from playbooks.draft import StepDraft
from playbooks.playbook import Playbook
from security.permissions import Permission


class StageArgs(Args):
    """A playbook and one of its stages."""

    playbook: Annotated[str, Arg("P", takes="word", says="its handle or name")]
    stage: Annotated[str, Arg("STAGE", takes="phrase", says="its number or name")]


class StageAdd(Args):
    """Words after `/playbook stage add`."""

    playbook: Annotated[str, Arg("P", takes="word", says="its handle or name")]
    name: Annotated[str, Arg("NAME", takes="rest", says="what the stage is called")]


class StageRename(Args):
    """Words after `/playbook stage rename`."""

    playbook: Annotated[str, Arg("P", takes="word", says="its handle or name")]
    stage: Annotated[str, Arg("STAGE", takes="word", says="its number or name")]
    name: Annotated[str, Arg("NAME", takes="rest", says="what it is called from now on")]


class StageMove(Args):
    """Words after `/playbook stage move`."""

    playbook: Annotated[str, Arg("P", takes="word", says="its handle or name")]
    stage: Annotated[str, Arg("STAGE", takes="word", says="its number or name")]
    position: Annotated[Count, Arg("POSITION", takes="word", says="its new number")]


class StepAdd(Args):
    """Words after `/playbook step add`."""

    playbook: Annotated[str, Arg("P", takes="word", says="its handle or name")]
    title: Annotated[str, Arg("TITLE", takes="rest", says="what is to be done")]
    stage: Annotated[str | None, Arg("STAGE", says="the last one when left out")] = None
    description: Annotated[str, Arg("TEXT", says="more about it")] = ""
    command: Annotated[str, Arg("/…", says="what Run runs")] = ""


class StepRename(Args):
    """Words after `/playbook step rename`."""

    playbook: Annotated[str, Arg("P", takes="word", says="its handle or name")]
    step: Annotated[str, Arg("2.3", takes="word", says="stage and number")]
    title: Annotated[str | None, Arg("TITLE", takes="rest", says="what it says from now on")] = None
    description: Annotated[str | None, Arg("TEXT", says="more about it")] = None
    command: Annotated[str | None, Arg("/…", says="what Run runs")] = None


class StepMove(Args):
    """Words after `/playbook step move`."""

    playbook: Annotated[str, Arg("P", takes="word", says="its handle or name")]
    step: Annotated[str, Arg("2.3", takes="word", says="stage and number")]
    position: Annotated[Count, Arg("POSITION", takes="word", says="its new number")]
    stage: Annotated[str | None, Arg("STAGE", says="into another stage")] = None


class StepArgs(Args):
    """A playbook and one of its steps."""

    playbook: Annotated[str, Arg("P", takes="word", says="its handle or name")]
    step: Annotated[str, Arg("2.3", takes="word", says="stage and number")]


@dataclass(frozen=True, slots=True)
class OutliningCommands:
    """Stages and steps of a playbook; incidents already started keep theirs."""

    desks: Desks

    @command("playbook stage add", "Add a stage", StageAdd, needs=Permission.PLAYBOOK_EDIT)
    async def stage_add(self, ask: Ask, args: StageAdd) -> Reply:
        """Put a stage behind the others."""
        after = await change(
            self.desks, ask, args.playbook, lambda d: outline.add_stage(d, args.name)
        )
        return _outlined(after, f"{quoted(args.name)} is a stage of {after.name} now.")

    @command("playbook stage rename", "Give a stage another name", StageRename,
             needs=Permission.PLAYBOOK_EDIT)  # fmt: skip
    async def stage_rename(self, ask: Ask, args: StageRename) -> Reply:
        """Call it something else."""
        after = await change(
            self.desks,
            ask,
            args.playbook,
            lambda d: outline.rename_stage(d, args.stage, args.name),
        )
        return _outlined(after, f"The stage is called {quoted(args.name)} now.")

    @command("playbook stage move", "Move a stage", StageMove, needs=Permission.PLAYBOOK_EDIT)
    async def stage_move(self, ask: Ask, args: StageMove) -> Reply:
        """Put it at another position."""
        after = await change(
            self.desks,
            ask,
            args.playbook,
            lambda d: outline.move_stage(d, args.stage, args.position),
        )
        return _outlined(after, f"It is stage {args.position} of {after.name} now.")

    @command("playbook stage remove", "Remove a stage", StageArgs, needs=Permission.PLAYBOOK_EDIT)
    async def stage_remove(self, ask: Ask, args: StageArgs) -> Reply:
        """Take it out with its steps; earlier revisions keep it."""
        after = await change(
            self.desks, ask, args.playbook, lambda d: outline.remove_stage(d, args.stage)
        )
        return _outlined(after, f"The stage is gone from {after.name}.")

    @command("playbook step add", "Add a step", StepAdd, needs=Permission.PLAYBOOK_EDIT)
    async def step_add(self, ask: Ask, args: StepAdd) -> Reply:
        """Put a step at the end of a stage."""
        step = StepDraft(args.title, args.description, args.command)
        after = await change(
            self.desks, ask, args.playbook, lambda d: outline.add_step(d, step, args.stage)
        )
        return _outlined(after, f"{quoted(args.title)} is a step of {after.name} now.")

    @command("playbook step rename", "Change a step", StepRename, needs=Permission.PLAYBOOK_EDIT)
    async def step_rename(self, ask: Ask, args: StepRename) -> Reply:
        """Another title, description or command."""
        after = await change(
            self.desks,
            ask,
            args.playbook,
            lambda d: outline.change_step(
                d,
                args.step,
                title=args.title,
                description=args.description,
                command=args.command,
            ),
        )
        return _outlined(after, f"Step {args.step} of {after.name} is changed.")

    @command("playbook step move", "Move a step", StepMove, needs=Permission.PLAYBOOK_EDIT)
    async def step_move(self, ask: Ask, args: StepMove) -> Reply:
        """Put it at another position, in another stage where one is named."""
        after = await change(
            self.desks,
            ask,
            args.playbook,
            lambda d: outline.move_step(d, args.step, args.position, args.stage),
        )
        return _outlined(after, f"Step {args.step} of {after.name} is moved.")

    @command("playbook step remove", "Remove a step", StepArgs, needs=Permission.PLAYBOOK_EDIT)
    async def step_remove(self, ask: Ask, args: StepArgs) -> Reply:
        """Take it out; earlier revisions keep it."""
        after = await change(
            self.desks, ask, args.playbook, lambda d: outline.remove_step(d, args.step)
        )
        return _outlined(after, f"Step {args.step} is gone from {after.name}.")


def _outlined(playbook: Playbook, title: str) -> Reply:
    """What it looks like now, in short."""
    rows = tuple(
        ((f"{number}",), (stage.name,), (f"{len(stage.steps)}",))
        for number, stage in enumerate(playbook.stages, 1)
    )
    table = Table(("", "Stage", "Steps"), rows)
    return done(title, table, Footer(("All of it: ", Code(f"/playbook show {playbook.handle}"))))
