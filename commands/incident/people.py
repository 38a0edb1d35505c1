"""`/incident commander`, `join`, `invite` and `role`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from chat.card import Actions, Field, Fields, Select
from chat.form import Form, FormField
from chat.inbound import Click, FormSubmission
from chat.reply import AskForm, Quiet, Reply
from commands.arguments import Arg, Args
from commands.cards import at, done, hint, home, spoken, told
from commands.command import Ask, click, command, form
from commands.desks import Desks
from commands.incident.ending import OneIncident
from commands.looking_up import Lookup
from commands.vocabulary import Key, handle
from incidents.incident import ROLES
from security.account import Account
from security.permissions import Permission


class CommanderArgs(Args):
    """Words after `/incident commander`."""

    person: Annotated[str | None, Arg("@person", takes="word", says="who takes over")] = None
    incident: Key = None


class InviteArgs(Args):
    """Words after `/incident invite`."""

    people: Annotated[tuple[str, ...], Arg("@person", takes="words", says="whom to let in")]
    incident: Key = None


class RoleArgs(Args):
    """Words after `/incident role`."""

    role: Annotated[str | None, Arg("ROLE", takes="word", says=f"such as {', '.join(ROLES)}")] = (
        None
    )
    person: Annotated[
        str | None, Arg("@person", takes="word", says="who holds it; nobody leaves it open")
    ] = None
    new: Annotated[bool, Arg("", says="a role of your own, however it looks")] = False
    incident: Key = None


@dataclass(frozen=True, slots=True)
class PeopleCommands:
    """Who is in charge, who helps, who is there."""

    desks: Desks
    lookup: Lookup

    @command("incident commander", "Show or change the commander", CommanderArgs,
             needs=Permission.INCIDENT_VIEW)  # fmt: skip
    async def commander(self, ask: Ask, args: CommanderArgs) -> Reply:
        """Who is in charge, with a list to choose from; or put somebody in charge."""
        found = await self.lookup.incident(ask, args.incident)
        if args.person is None:
            detail = await self.desks.incidents.detail(ask.actor, found.id)
            choose = Select("incident.commander", "Choose a commander", found.key, people=True)
            change = hint("/incident commander @person", "Or type ")
            return told(
                f"{at(detail.commander)} is the commander of {found.key}.",
                *((Actions((choose,)), change) if found.ongoing else ()),
            )
        account = await self.lookup.account(ask, args.person)
        after = await self.desks.incidents.change_commander(ask.actor, found.id, account.name)
        return done(f"@{account.name} is the commander of {after.key} now.")

    @click("incident.commander", needs=Permission.INCIDENT_COMMAND, asks=True)
    async def commander_clicked(self, ask: Ask, event: Click) -> Reply:
        """Put the chosen person in charge, or ask whom."""
        found = await self.lookup.incident(ask, event.value)
        if event.choice:
            account = await self.lookup.chosen(ask, event.choice)
            await self.desks.incidents.change_commander(ask.actor, found.id, account.name)
            return Quiet()
        found.open_for_changes()
        field = FormField(
            "person", "Commander", "person", hint="Somebody who is in the incident's channel"
        )
        return AskForm(
            Form("incident.commander", "Change the commander", (field,), "Change", found.id)
        )

    @form("incident.commander", needs=Permission.INCIDENT_COMMAND)
    async def commander_submitted(self, ask: Ask, event: FormSubmission) -> Reply:
        """Put the person filled in in charge."""
        account = await self.lookup.chosen(ask, event.values.get("person", ""))
        await self.desks.incidents.change_commander(ask.actor, event.context, account.name)
        return Quiet()

    @command("incident join", "Take part in an incident", OneIncident,
             needs=Permission.INCIDENT_VIEW)  # fmt: skip
    async def join(self, ask: Ask, args: OneIncident) -> Reply:
        """Let the asker into its channel."""
        found = await self.lookup.incident(ask, args.incident)
        return await self._join(ask, found.id)

    @click("incident.join", needs=Permission.INCIDENT_VIEW)
    async def join_clicked(self, ask: Ask, event: Click) -> Reply:
        """The same behind the announcement's button."""
        return await self._join(ask, event.value)

    async def _join(self, ask: Ask, ref: str) -> Reply:
        after = await self.desks.incidents.join(ask.actor, ref)
        channel = home(await self.desks.incidents.detail(ask.actor, after.id))
        if channel is None:
            return done(f"You take part in {after.key}. Its channel is being opened.")
        return spoken(f"You take part in {after.key}. Go to ", channel, ".")

    @command("incident invite", "Let people into the incident", InviteArgs,
             needs=Permission.INCIDENT_WORK)  # fmt: skip
    async def invite(self, ask: Ask, args: InviteArgs) -> Reply:
        """Make people participants and let them into the channel."""
        found = await self.lookup.incident(ask, args.incident)
        accounts = [await self.lookup.account(ask, word) for word in args.people if handle(word)]
        names = tuple(dict.fromkeys(account.name for account in accounts))
        await self._find(ask, found.id, accounts)
        after = await self.desks.incidents.invite(ask.actor, found.id, names)
        listed = ", ".join(f"@{name}" for name in names)
        return done(f"Invited to {after.key}: {listed}.")

    async def _find(self, ask: Ask, incident_id: str, accounts: list[Account]) -> None:
        """Find out who they are where the incident's channel is, if nobody knows yet."""
        rooms = (await self.desks.incidents.detail(ask.actor, incident_id)).rooms
        if rooms:
            place, ids = rooms[0].address, [account.id for account in accounts]
            await self.desks.linking.bring(ids, place.platform, place.workspace)

    @command("incident role", "Show or give roles", RoleArgs, needs=Permission.INCIDENT_WORK)
    async def role(self, ask: Ask, args: RoleArgs) -> Reply:
        """Show who holds what, or give a role beyond commander; `nobody` leaves it open."""
        found = await self.lookup.incident(ask, args.incident)
        if args.role is None or args.person is None:
            held = (await self.desks.incidents.detail(ask.actor, found.id)).roles
            return told(
                f"Roles of {found.key}",
                _roles(held, args.role),
                *((hint("/incident role scribe @person", "Give one: "),) if found.ongoing else ()),
            )
        role = args.role.casefold()
        if handle(args.person).casefold() in {"nobody", "none", "open", "-"}:
            after = await self.desks.incidents.set_role(
                ask.actor, found.id, role, None, new=args.new
            )
            return done(f"The role {role} of {after.key} is open now.")
        account = await self.lookup.account(ask, args.person)
        after = await self.desks.incidents.set_role(
            ask.actor, found.id, role, account.name, new=args.new
        )
        return done(f"@{account.name} is {role} of {after.key} now.")


def _roles(held: dict[str, Account], wanted: str | None) -> Fields:
    """Who holds each role, or the wanted one; those nobody holds are open."""
    names = (wanted.casefold(),) if wanted else tuple(dict.fromkeys((*ROLES, *sorted(held))))
    return Fields(
        tuple(
            Field(name.capitalize(), (at(held[name]) if name in held else "open",))
            for name in names
        )
    )
