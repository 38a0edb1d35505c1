"""`/help` and the help of each noun: only what the asker may do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from chat.card import Card, Footer, Heading, Section, Table, Text
from chat.errors import NotFound
from chat.reply import Private, Reply
from chat.text import Code
from commands.arguments import Arg, Args, slots
from commands.command import Ask, Verb, command
from commands.nearest import nearest
from commands.phrasebook import Phrasebook
from security.permissions import Permission


class HelpArgs(Args):
    """Words after `help`."""

    topic: Annotated[str, Arg("COMMAND", takes="phrase", says="more about one command")] = ""


@dataclass(frozen=True, slots=True)
class HelpCommands:
    """Says what can be said."""

    phrases: Callable[[], Phrasebook]

    @command("help", "Show what you can do", HelpArgs, needs=Permission.CHAT_USE)
    async def help(self, ask: Ask, args: HelpArgs) -> Reply:
        """Everything, or one command."""
        return self._about(ask, (), args.topic)

    @command("incident help", "Show what you can do with incidents", HelpArgs,
             needs=Permission.CHAT_USE)  # fmt: skip
    async def incident_help(self, ask: Ask, args: HelpArgs) -> Reply:
        """The commands about incidents."""
        return self._about(ask, ("incident",), args.topic)

    @command("playbook help", "Show what you can do with playbooks", HelpArgs,
             needs=Permission.CHAT_USE)  # fmt: skip
    async def playbook_help(self, ask: Ask, args: HelpArgs) -> Reply:
        """The commands about playbooks."""
        return self._about(ask, ("playbook",), args.topic)

    @command("runbook help", "Show what you can do with runbooks", HelpArgs,
             needs=Permission.CHAT_USE)  # fmt: skip
    async def runbook_help(self, ask: Ask, args: HelpArgs) -> Reply:
        """The commands about runbooks."""
        return self._about(ask, ("runbook",), args.topic)

    @command("action help", "Show what you can do with actions", HelpArgs,
             needs=Permission.CHAT_USE)  # fmt: skip
    async def action_help(self, ask: Ask, args: HelpArgs) -> Reply:
        """The commands about actions."""
        return self._about(ask, ("action",), args.topic)

    def _about(self, ask: Ask, path: tuple[str, ...], topic: str) -> Reply:
        words = tuple(topic.casefold().replace("/", " ").split())
        path = words if words[:1] == path or not path else (*path, *words)
        phrases = self.phrases()
        found = tuple(phrases.allowed(ask.actor, *path)) or tuple(
            verb for verb in phrases.allowed(ask.actor) if verb.path[-len(path) :] == path
        )
        if not found:
            raise self._unknown(ask, path)
        if len(found) == 1:
            return Private(_one(found[0]))
        return Private(_many(found))

    def _unknown(self, ask: Ask, path: tuple[str, ...]) -> NotFound:
        typed = " ".join(path)
        # Words alone are compared: whole commands look alike by their first word.
        verbs = sorted(
            self.phrases().allowed(ask.actor), key=lambda verb: verb.path[:1] == path[:1]
        )
        by_word = {verb.path[-1]: verb for verb in verbs}
        near = nearest(path[-1], by_word) if path else ()
        meant = f" Did you mean /help {' '.join(by_word[near[0]].path)}?" if near else ""
        return NotFound(
            f"There is no /{typed[:60]} that you may use.{meant} /help shows all there is."
        )


def _one(verb: Verb) -> Card:
    """One command with every word it takes."""
    rows = tuple(
        (
            (Code(f"--{slot.option}" if slot.arg.takes == "option" else slot.arg.label),),
            (slot.arg.says,),
            ("needed" if slot.required else "",),
        )
        for slot in slots(verb.args)
    )
    sections: list[Section] = [Text((Code(verb.usage),))]
    if rows:
        sections.append(Table(("Word", "What it is", ""), rows))
        sections.append(
            Footer(
                ("Each may also be given as ", Code("--name VALUE"), "; quote texts with spaces.")
            )
        )
    return Card(verb.about, tuple(sections))


def _many(found: tuple[Verb, ...]) -> Card:
    """Several commands, by their first word."""
    sections: list[Section] = []
    for noun in dict.fromkeys(verb.path[0] for verb in found):
        verbs = [verb for verb in found if verb.path[0] == noun]
        sections.append(Heading(f"/{noun}"))
        rows = tuple(((Code(verb.usage),), (verb.about,)) for verb in verbs)
        sections.append(Table(("Type", "What it does"), rows))
    sections.append(Footer(("More about one: ", Code(f"/help {' '.join(found[0].path)}"))))
    return Card("What you can do here", tuple(sections))
