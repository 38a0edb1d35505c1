"""`/incident update`, `snooze` and `announce`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from chat.card import Option
from chat.form import Form, FormField
from chat.inbound import Click, FormSubmission
from chat.reply import AskForm, Quiet, Reply
from commands.arguments import Arg, Args
from commands.cards import done
from commands.command import Ask, click, command, form
from commands.desks import Desks
from commands.looking_up import Lookup
from commands.vocabulary import Key, Span, duration
from incidents.incident import Incident
from incidents.panel import lasted
from security.permissions import Permission

_SNOOZE = "15m"


class UpdateArgs(Args):
    """Words after `/incident update`."""

    text: Annotated[str | None, Arg("TEXT", takes="rest", says="how it stands")] = None
    next: Annotated[Span | None, Arg("30m", says="when the next update is due")] = None
    incident: Key = None


class SnoozeArgs(Args):
    """Words after `/incident snooze`."""

    wait: Annotated[Span, Arg("30m", takes="phrase", says=f"how long; {_SNOOZE} when left out")] = (
        duration(_SNOOZE)
    )
    incident: Key = None


class AnnounceArgs(Args):
    """Words after `/incident announce`."""

    channel: Annotated[str, Arg("#channel", takes="word", says="where to tell it")]
    incident: Key = None


@dataclass(frozen=True, slots=True)
class TellingCommands:
    """Telling others how it stands."""

    desks: Desks
    lookup: Lookup

    @command(
        "incident update",
        "Post a status update",
        UpdateArgs,
        needs=Permission.INCIDENT_WORK,
        asks=True,
    )
    async def update(self, ask: Ask, args: UpdateArgs) -> Reply:
        """Tell everybody, or ask for the text."""
        found = await self.lookup.incident(ask, args.incident)
        if args.text is None:
            found.open_for_changes()
            return AskForm(_update_form(found))
        after = await self.desks.incidents.post_update(
            ask.actor, found.id, args.text, next_in=args.next
        )
        wait = args.next or after.update_every
        following = f" The next update is due in {lasted(wait)}." if wait else ""
        return done(f"Everybody following {after.key} has been told.{following}")

    @click("incident.update", needs=Permission.INCIDENT_WORK, asks=True)
    async def update_clicked(self, ask: Ask, event: Click) -> Reply:
        """Ask for the text."""
        found = await self.lookup.incident(ask, event.value)
        found.open_for_changes()
        return AskForm(_update_form(found))

    @form("incident.update", needs=Permission.INCIDENT_WORK)
    async def update_submitted(self, ask: Ask, event: FormSubmission) -> Reply:
        """Tell everybody what was filled in."""
        wait = event.values.get("next_in", "")
        await self.desks.incidents.post_update(
            ask.actor,
            event.context,
            event.values.get("text", ""),
            next_in=None if wait in {"", "as before"} else duration(wait),
        )
        return Quiet()

    @command("incident snooze", "Put the next status update off", SnoozeArgs,
             needs=Permission.INCIDENT_WORK)  # fmt: skip
    async def snooze(self, ask: Ask, args: SnoozeArgs) -> Reply:
        """Expect the next update later."""
        found = await self.lookup.incident(ask, args.incident)
        after = await self.desks.incidents.snooze(ask.actor, found.id, args.wait)
        return done(f"The next update of {after.key} is due in {lasted(args.wait)}.")

    @click("incident.snooze", needs=Permission.INCIDENT_WORK)
    async def snooze_clicked(self, ask: Ask, event: Click) -> Reply:
        """The same behind the reminder's buttons; the value ends in minutes."""
        key, _, minutes = event.value.partition(":")
        wait = duration(minutes or _SNOOZE)
        after = await self.desks.incidents.snooze(ask.actor, key, wait)
        return done(f"The next update of {after.key} is due in {lasted(wait)}.")

    @command("incident announce", "Tell another channel", AnnounceArgs,
             needs=Permission.INCIDENT_WORK)  # fmt: skip
    async def announce(self, ask: Ask, args: AnnounceArgs) -> Reply:
        """Post the announcement in another channel, where it follows the incident."""
        found = await self.lookup.incident(ask, args.incident)
        channel = await self.lookup.channel(ask, args.channel)
        after = await self.desks.incidents.announce(ask.actor, found.id, args.channel, channel)
        name = channel.name if channel else args.channel
        if after.public:
            return done(f"{after.key} is announced in #{name}, and the message there follows it.")
        return done(
            f"{after.key} is announced in #{name}. It is private, so the message there shows its "
            "key, severity and status, and nothing else."
        )


def _update_form(incident: Incident) -> Form:
    waits = ("15m", "30m", "1h", "2h", "4h", "1d")
    return Form(
        action="incident.update",
        title="Status update",
        submit="Post update",
        context=incident.id,
        intro=f"Everybody in the channels of {incident.key} reads it.",
        fields=(
            FormField("text", "How does it stand?", "multiline", max_length=4000),
            FormField(
                "next_in",
                "Next update in",
                "select",
                options=(
                    Option("as before", "As before"),
                    *(Option(wait, lasted(duration(wait))) for wait in waits),
                ),
                required=False,
                value="as before",
            ),
        ),
    )
