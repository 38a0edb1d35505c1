"""`/runbook versions`, `restore`, `share`, `unshare` and `delete`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from automation.runbook import Version
from automation.runbooks.desk import Edit
from chat.card import Actions, Button, Footer, Table
from chat.fit import shorten
from chat.inbound import Click
from chat.reply import Reply
from chat.text import Code, Moment, Rich
from commands.arguments import Arg, Args
from commands.cards import done, hint, told
from commands.command import Ask, click, command
from commands.desks import Desks
from commands.runbook.reading import OneRunbook
from commands.vocabulary import Count
from security.permissions import Permission

_MOST = 20


class RestoreArgs(Args):
    """Words after `/runbook restore`."""

    runbook: Annotated[str, Arg("NAME", takes="word", says="its handle")]
    revision: Annotated[Count, Arg("REVISION", takes="word", says="as /runbook versions counts")]


class DeleteArgs(Args):
    """Words after `/runbook delete`."""

    runbook: Annotated[str, Arg("NAME", takes="phrase", says="its handle or name")]
    yes: Annotated[bool, Arg("", says="without being asked again")] = False


@dataclass(frozen=True, slots=True)
class RunbookHistory:
    """What a runbook was like, who sees it, and taking it away."""

    desks: Desks

    @command("runbook versions", "Show a runbook's versions", OneRunbook,
             needs=Permission.RUNBOOK_VIEW)  # fmt: skip
    async def versions(self, ask: Ask, args: OneRunbook) -> Reply:
        """What changed when, newest first."""
        runbook = (await self.desks.runbooks.find(ask.actor, args.runbook)).runbook
        kept = await self.desks.runbooks.versions(ask.actor, runbook.id)
        table = Table(("Revision", "Version", "When", "What"), tuple(map(_row, kept[:_MOST])))
        back = Footer(("Go back: ", Code(f"/runbook restore {runbook.handle} REVISION")))
        return told(f"{runbook.name} is at version {runbook.label}", table, back)

    @command("runbook restore", "Go back to a version", RestoreArgs,
             needs=Permission.RUNBOOK_EDIT)  # fmt: skip
    async def restore(self, ask: Ask, args: RestoreArgs) -> Reply:
        """Make it what it was, as a new version."""
        after = await self.desks.runbooks.restore(ask.actor, args.runbook, args.revision)
        runbook = after.runbook
        return done(
            f"{runbook.name} is what it was at revision {args.revision}, "
            f"as version {runbook.label}",
            hint(f"/runbook show {runbook.handle}", "Look at it: "),
        )

    @command("runbook share", "Show a runbook to the whole team", OneRunbook,
             needs=Permission.RUNBOOK_EDIT)  # fmt: skip
    async def share(self, ask: Ask, args: OneRunbook) -> Reply:
        """Everybody in the team sees it."""
        after = await self.desks.runbooks.edit(ask.actor, args.runbook, Edit(is_public=True))
        return done(f"The whole team sees {after.runbook.name}")

    @command("runbook unshare", "Make a runbook private", OneRunbook,
             needs=Permission.RUNBOOK_EDIT)  # fmt: skip
    async def unshare(self, ask: Ask, args: OneRunbook) -> Reply:
        """Its author and those who see all see it."""
        after = await self.desks.runbooks.edit(ask.actor, args.runbook, Edit(is_public=False))
        return done(
            f"{after.runbook.name} is private: its author and those who see all see it",
            hint(f"/runbook share {after.runbook.handle}", "Show it to the team again: "),
        )

    @command("runbook delete", "Delete a runbook", DeleteArgs, needs=Permission.RUNBOOK_EDIT)
    async def delete(self, ask: Ask, args: DeleteArgs) -> Reply:
        """Ask once more, then delete it; its executions stay."""
        runbook = (await self.desks.runbooks.find(ask.actor, args.runbook)).runbook
        if not args.yes:
            await self.desks.runbooks.may_change(ask.actor, runbook.id)
            sure = Button("runbook.delete", "Delete", runbook.id, style="danger")
            return told(
                f"Delete {runbook.name}? Its executions stay; nobody can run it any more.",
                Actions((sure,)),
                hint(f"/runbook delete {runbook.handle} --yes", "Or type "),
            )
        gone = await self.desks.runbooks.delete(ask.actor, runbook.id)
        return done(f"The runbook {gone.name} is deleted")

    @click("runbook.delete", needs=Permission.RUNBOOK_EDIT)
    async def delete_clicked(self, ask: Ask, event: Click) -> Reply:
        """Delete it; the card asked before."""
        gone = await self.desks.runbooks.delete(ask.actor, event.value)
        return done(f"The runbook {gone.name} is deleted")


def _row(version: Version) -> tuple[Rich, ...]:
    return (
        (str(version.revision),),
        (version.label,),
        (Moment(version.created_at),),
        (shorten(version.note, 80),),
    )
