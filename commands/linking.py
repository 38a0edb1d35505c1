"""`/link`: being the same person in several chats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from chat.card import Actions, Button, Card, Text
from chat.inbound import Click
from chat.reply import Private, Reply
from chat.text import Bold, Code
from commands.arguments import Arg, Args
from commands.cards import done
from commands.command import Ask, click, command
from commands.desks import Desks
from security.linking import LIFETIME


class LinkArgs(Args):
    """Words after `/link`."""

    code: Annotated[
        str | None, Arg("CODE", takes="word", says="what /link gave you in the other chat")
    ] = None


@dataclass(frozen=True, slots=True)
class LinkCommands:
    """Telling Tocsin that two chat users are one person."""

    desks: Desks

    @command("link", "Be the same person in another chat", LinkArgs, needs=None)
    async def link(self, ask: Ask, args: LinkArgs) -> Reply:
        """Give a code, or ask whether what it links is right."""
        if args.code is None:
            code = await self.desks.linking.code(ask.actor, ask.person)
            minutes = int(LIFETIME.total_seconds() // 60)
            words = Text(
                (
                    "Type ",
                    Code(f"/link {code}"),
                    f" in the other chat within {minutes} minutes, and show it to nobody else.",
                )
            )
            return Private(Card("One more step, in the other chat", (words,)))
        # No word of the line can answer this: somebody may have been told what to type.
        found = await self.desks.linking.pairing(ask.actor, ask.person, args.code)
        person, account = found.person, found.account
        words = Text(
            (
                f"The {person.platform} user ",
                Bold(person.display or person.name),
                f" (@{person.name}, {person.id} of {person.workspace}) then acts as ",
                Bold(f"@{account.name}"),
                ", with all of their rights. Go on only if both are you.",
            )
        )
        button = Button(
            "identity.link", "Both are me", args.code, style="primary",
        )  # fmt: skip
        return Private(Card("Are both of these you?", (words, Actions((button,))), tone="warning"))

    @click("identity.link", needs=None)
    async def confirmed(self, ask: Ask, event: Click) -> Reply:
        """Link them."""
        found = await self.desks.linking.pair(ask.actor, ask.person, event.value)
        return done(
            f"Done: the {found.person.platform} user @{found.person.name} is "
            f"@{found.account.name} from now on."
        )
