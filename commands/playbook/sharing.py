"""`/playbook share` and `/playbook unshare`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from chat.errors import BadInput
from chat.reply import Reply
from commands.arguments import Arg, Args
from commands.cards import done, hint
from commands.command import Ask, command
from commands.desks import Desks
from commands.looking_up import Lookup
from security.permissions import Permission


class ShareArgs(Args):
    """Words after `/playbook share`."""

    playbook: Annotated[str, Arg("P", takes="word", says="its handle or name")]
    people: Annotated[tuple[str, ...], Arg("@person", takes="words", says="with whom")] = ()
    team: Annotated[bool, Arg("", says="with the whole team")] = False
    admin: Annotated[bool, Arg("", says="they may share and delete it, too")] = False


class UnshareArgs(Args):
    """Words after `/playbook unshare`."""

    playbook: Annotated[str, Arg("P", takes="word", says="its handle or name")]
    people: Annotated[tuple[str, ...], Arg("@person", takes="words", says="from whom")] = ()
    team: Annotated[bool, Arg("", says="from the whole team")] = False


@dataclass(frozen=True, slots=True)
class SharingCommands:
    """Who may use, see and edit a playbook."""

    desks: Desks
    lookup: Lookup

    @command("playbook share", "Share a playbook", ShareArgs, needs=Permission.PLAYBOOK_EDIT)
    async def share(self, ask: Ask, args: ShareArgs) -> Reply:
        """With people, with the whole team, or both."""
        found = await self.desks.playbooks.find(ask.actor, args.playbook, exact=True)
        names = await self._names(ask, args.people, team=args.team, line="/playbook share")
        if args.team:
            await self.desks.playbooks.share_with_team(ask.actor, found.id, shared=True)
        for name in names:
            await self.desks.playbooks.share(ask.actor, found.id, name, admin=args.admin)
        whom = _listed(names, team=args.team)
        return done(
            f"{found.name} is shared with {whom} now.",
            hint(f"/playbook show {found.handle}", "Who has it: "),
        )

    @command("playbook unshare", "Stop sharing a playbook", UnshareArgs,
             needs=Permission.PLAYBOOK_VIEW)  # fmt: skip
    async def unshare(self, ask: Ask, args: UnshareArgs) -> Reply:
        """Take it away from people, from the whole team, or both."""
        found = await self.desks.playbooks.find(ask.actor, args.playbook, exact=True)
        names = await self._names(ask, args.people, team=args.team, line="/playbook unshare")
        if args.team:
            await self.desks.playbooks.share_with_team(ask.actor, found.id, shared=False)
        for name in names:
            await self.desks.playbooks.unshare(ask.actor, found.id, name)
        return done(f"{found.name} is no longer shared with {_listed(names, team=args.team)}.")

    async def _names(
        self, ask: Ask, people: tuple[str, ...], *, team: bool, line: str
    ) -> tuple[str, ...]:
        """Account names, each once.

        Raises:
            BadInput: Nobody is named at all.
        """
        if not people and not team:
            raise BadInput(
                f"Say whom: {line} P @person, or {line} P --team.",
                details={"people": "at least one, or --team"},
            )
        accounts = [await self.lookup.account(ask, word) for word in people]
        return tuple(dict.fromkeys(account.name for account in accounts))


def _listed(names: tuple[str, ...], *, team: bool) -> str:
    whom = (["the whole team"] if team else []) + [f"@{name}" for name in names]
    return ", ".join(whom)
