"""`/runbook new` and `/runbook edit`: from a file in YAML or JSON, or on the page for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from automation.runbook import RunbookStatus
from automation.runbooks.desk import Edit, Seen
from automation.runbooks.documents import read_text
from automation.runbooks.writing import text_of
from chat.card import Card
from chat.errors import BadInput
from chat.message import Attachment
from chat.reply import Private, PrivateFile, Reply
from chat.text import Code, Link
from commands.arguments import Arg, Args
from commands.cards import done, hint, lines
from commands.command import Ask, command
from commands.desks import Desks
from commands.nearest import did_you_mean
from security.permissions import Permission


class NewArgs(Args):
    """Words after `/runbook new`."""

    text: Annotated[str, Arg("YAML", takes="raw", says="the runbook, unless it is attached")] = ""


class EditArgs(Args):
    """Words after `/runbook edit`."""

    words: Annotated[str, Arg("NAME", takes="raw", says="its handle; attach the changed file")]


class StatusArgs(Args):
    """Words after `/runbook mark`."""

    runbook: Annotated[str, Arg("NAME", takes="word", says="its handle")]
    status: Annotated[str, Arg("STATUS", takes="word", says="draft, active, inactive, deprecated")]


@dataclass(frozen=True, slots=True)
class RunbookWriting:
    """Writing runbooks."""

    desks: Desks

    @command("runbook new", "Write a runbook", NewArgs, needs=Permission.RUNBOOK_EDIT)
    async def new(self, ask: Ask, args: NewArgs) -> Reply:
        """Save the attached or typed one as a draft."""
        await self.desks.runbooks.may_write(ask.actor)
        text = _attached(ask) or args.text
        if not text.strip():
            page = (Link("Write it on its page", "/runbooks/new"), ", or attach a YAML file.")
            return Private(Card("What should it do?", lines(page)))
        content, label = read_text(text)
        seen = await self.desks.runbooks.create(ask.actor, content, Edit(label=label))
        return _saved(seen, "is saved as a draft")

    @command("runbook edit", "Change a runbook", EditArgs, needs=Permission.RUNBOOK_EDIT)
    async def edit(self, ask: Ask, args: EditArgs) -> Reply:
        """Save the attached file as the new version, or hand out the file to be changed."""
        seen = await self.desks.runbooks.find(ask.actor, args.words)
        runbook, text = seen.runbook, _attached(ask)
        if not text:
            body = text_of(runbook.content, runbook.label)
            file = Attachment(f"{runbook.handle}.yaml", "application/yaml", body.encode())
            how = ("Change it and send it back with ", Code(f"/runbook edit {runbook.handle}"))
            page = (", or ", Link("edit it on its page", f"/runbooks/{runbook.handle}"))
            terminal = (
                "In a terminal: ",
                Code(f"tocsin runbook show {runbook.handle}"),
                " prints it, and ",
                Code(f"tocsin runbook save FILE --over {runbook.handle}"),
                " saves it.",
            )
            return PrivateFile(Card(runbook.name, lines((*how, *page), terminal)), file)
        content, label = read_text(text)
        changed = await self.desks.runbooks.edit(
            ask.actor, runbook.id, Edit(content=content, label=label)
        )
        return _saved(changed, f"is at version {changed.runbook.label}")

    @command(
        "runbook mark", "Switch a runbook on or off", StatusArgs, needs=Permission.RUNBOOK_EDIT
    )
    async def mark(self, ask: Ask, args: StatusArgs) -> Reply:
        """Give it another status; only an active one is executed."""
        word = args.status.upper()
        if word not in set(RunbookStatus):
            near = did_you_mean(word, RunbookStatus)
            known = ", ".join(each.lower() for each in RunbookStatus)
            raise BadInput(
                f"There is no status “{args.status[:40]}”.{near} Choose one of {known}.",
                details={"status": f"one of {known}"},
            )
        changed = await self.desks.runbooks.edit(
            ask.actor, args.runbook, Edit(status=RunbookStatus(word))
        )
        return _saved(changed, f"is {word.lower()} now")


def _attached(ask: Ask) -> str:
    if not ask.files:
        return ""
    try:
        return ask.files[0].content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(f"{ask.files[0].name} is no text in UTF-8.") from None


def _saved(seen: Seen, what: str) -> Reply:
    runbook = seen.runbook
    then = (
        hint(f"/runbook mark {runbook.handle} active", "Switch it on: ")
        if runbook.status is RunbookStatus.DRAFT
        else hint(f"/runbook run {runbook.handle}", "Run it: ")
    )
    wrong = tuple((f"⚠ {place}: {problem}",) for place, problem in list(seen.mistakes.items())[:5])
    return done(f"“{runbook.name}” {what}", then, *wrong)
