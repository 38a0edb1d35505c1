"""`/playbook revisions` and `/playbook restore`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from chat.card import Footer, Table
from chat.fit import shorten
from chat.reply import Reply
from chat.text import Code, Moment
from commands.arguments import Arg, Args
from commands.cards import done, hint, told
from commands.command import Ask, command
from commands.desks import Desks
from commands.playbook.reading import OnePlaybook
from commands.vocabulary import Count
from security.permissions import Permission

_MOST = 20


class RestoreArgs(Args):
    """Words after `/playbook restore`."""

    playbook: Annotated[str, Arg("P", takes="word", says="its handle or name")]
    revision: Annotated[Count, Arg("REVISION", takes="word", says="as /playbook revisions counts")]


@dataclass(frozen=True, slots=True)
class HistoryCommands:
    """What a playbook was like, and making it so again."""

    desks: Desks

    @command("playbook revisions", "Show a playbook's history", OnePlaybook,
             needs=Permission.PLAYBOOK_VIEW)  # fmt: skip
    async def revisions(self, ask: Ask, args: OnePlaybook) -> Reply:
        """Who changed it when, newest first."""
        found = await self.desks.playbooks.find(ask.actor, args.playbook)
        kept = await self.desks.playbooks.revisions(ask.actor, found.id)
        table = Table(
            ("Revision", "When", "Who", "What", "Steps"),
            tuple(
                (
                    (str(one.playbook.revision),),
                    (Moment(one.at),),
                    (f"@{one.by_name}" if one.by_id else "Tocsin",),
                    (shorten(one.note, 80),),
                    (str(one.playbook.step_count),),
                )
                for one in kept[:_MOST]
            ),
        )
        restore = Footer(("Go back: ", Code(f"/playbook restore {found.handle} REVISION")))
        return told(f"{found.name} is at revision {found.revision}.", table, restore)

    @command("playbook restore", "Go back to a revision", RestoreArgs,
             needs=Permission.PLAYBOOK_EDIT)  # fmt: skip
    async def restore(self, ask: Ask, args: RestoreArgs) -> Reply:
        """Make it what it was, as a new revision."""
        found = await self.desks.playbooks.find(ask.actor, args.playbook, exact=True)
        after = await self.desks.playbooks.restore(ask.actor, found.id, args.revision)
        return done(
            f"{after.name} is what it was at revision {args.revision}, "
            f"as revision {after.revision}.",
            hint(f"/playbook show {after.handle}", "Look at it: "),
        )
