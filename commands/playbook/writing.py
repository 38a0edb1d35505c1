"""`/playbook new`, `edit`, `duplicate`, `import` and `delete`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated

from chat.card import Actions, Button
from chat.errors import BadInput, Stale
from chat.inbound import Click, FormSubmission
from chat.reply import AskForm, Reply
from chat.text import Code, counted
from commands.arguments import Arg, Args
from commands.cards import done, hint, told
from commands.command import Ask, click, command, form
from commands.desks import Desks
from commands.looking_up import Lookup
from commands.playbook.forms import edit_form, edited, new_form
from commands.vocabulary import SeverityWord, Span
from playbooks.draft import PlaybookDraft
from playbooks.playbook import Playbook
from security.permissions import Permission

_TRIES = 3


class NewArgs(Args):
    """Words after `/playbook new`."""

    words: Annotated[str | None, Arg("NAME", takes="rest", says="what it is called")] = None
    name: Annotated[str | None, Arg("NAME", says="the same")] = None
    template: Annotated[str | None, Arg("T", says="what to begin with, such as outage")] = None
    description: Annotated[str, Arg("TEXT", says="what it is for")] = ""


class EditArgs(Args):
    """Words after `/playbook edit`; what is left out stays."""

    playbook: Annotated[str, Arg("P", takes="word", says="its handle or name")]
    name: Annotated[str | None, Arg("NAME")] = None
    description: Annotated[str | None, Arg("TEXT", says="what it is for")] = None
    handle: Annotated[str | None, Arg("HANDLE", says="what people type")] = None
    severity: Annotated[SeverityWord | None, Arg("S", says="what incidents begin with")] = None
    public: Annotated[bool | None, Arg("", says="incident channels are public")] = None
    keywords: Annotated[str | None, Arg("A,B", says="words that offer an incident")] = None
    update_every: Annotated[Span | None, Arg("30m", says="how often updates are due")] = None
    announce_in: Annotated[str | None, Arg("#A,#B", says="channels that are told")] = None
    invite: Annotated[str | None, Arg("@a,@b", says="who is invited at the start")] = None
    commander: Annotated[str | None, Arg("@person", says="who is commander at first")] = None


class DuplicateArgs(Args):
    """Words after `/playbook duplicate`."""

    playbook: Annotated[str, Arg("P", takes="word", says="its handle or name")]
    name: Annotated[str | None, Arg("NAME", takes="rest", says="what the copy is called")] = None


class ImportArgs(Args):
    """Words after `/playbook import`."""

    document: Annotated[str, Arg("JSON", takes="raw", says="pasted, or attached as a file")] = ""


class DeleteArgs(Args):
    """Words after `/playbook delete`."""

    playbook: Annotated[str, Arg("P", takes="phrase", says="its handle or name")]
    yes: Annotated[bool, Arg("", says="without being asked again")] = False


@dataclass(frozen=True, slots=True)
class WritingCommands:
    """Making and changing playbooks."""

    desks: Desks
    lookup: Lookup

    @command(
        "playbook new", "Make a playbook", NewArgs, needs=Permission.PLAYBOOK_CREATE, asks=True
    )
    async def new(self, ask: Ask, args: NewArgs) -> Reply:
        """From a template or from scratch; without any words, ask."""
        name = args.name or args.words
        if name is None and args.template is None:
            await self.desks.playbooks.may_create(ask.actor)
            return AskForm(new_form(self.desks.playbooks.templates()))
        return _made(await self._make(ask, args.template, name, args.description))

    async def _make(
        self, ask: Ask, template: str | None, name: str | None, description: str
    ) -> Playbook:
        if template is None:
            draft = PlaybookDraft(name=name or "", description=description)
            return await self.desks.playbooks.create(ask.actor, draft)
        made = await self.desks.playbooks.from_template(ask.actor, template, name)
        if not description:
            return made
        draft = replace(PlaybookDraft.of(made), description=description)
        return await self.desks.playbooks.edit(ask.actor, made.id, draft)

    @click("playbook.new", needs=Permission.PLAYBOOK_CREATE, asks=True)
    async def new_clicked(self, ask: Ask, _: Click) -> Reply:
        """Ask for a template and a name."""
        await self.desks.playbooks.may_create(ask.actor)
        return AskForm(new_form(self.desks.playbooks.templates()))

    @form("playbook.new", needs=Permission.PLAYBOOK_CREATE)
    async def new_submitted(self, ask: Ask, event: FormSubmission) -> Reply:
        """Make what was filled in."""
        values = event.values
        template = values.get("template", "")
        name = values.get("name", "").strip() or None
        if template == "scratch" and name is None:
            raise BadInput(
                "Give the playbook a name, or choose a template.",
                details={"name": "give one, or choose a template"},
            )
        chosen = None if template in {"", "scratch"} else template
        return _made(await self._make(ask, chosen, name, values.get("description", "")))

    @command(
        "playbook edit", "Change a playbook", EditArgs, needs=Permission.PLAYBOOK_EDIT, asks=True
    )
    async def edit(self, ask: Ask, args: EditArgs) -> Reply:
        """Change what is given; without any option, ask."""
        found = await self.desks.playbooks.find(ask.actor, args.playbook, exact=True)
        if args.model_fields_set <= {"playbook"}:
            return AskForm(edit_form(found))
        after = await change(self.desks, ask, found.id, lambda draft: _with(draft, args))
        told = f"{after.name} is at revision {after.revision} now."
        if args.announce_in is not None and (missing := await self._missing(ask, after)):
            listed = ", ".join(f"#{name}" for name in missing)
            return done(told, (f"Nobody is told in {listed} until there is such a channel.",))
        return done(told, _shown(after))

    async def _missing(self, ask: Ask, playbook: Playbook) -> tuple[str, ...]:
        """The channels it wants told that are not there for the asker."""
        found = {
            name: await self.lookup.channel(ask, name) for name in playbook.settings.announce_in
        }
        return tuple(
            name
            for name, facts in found.items()
            if facts is None
            or (facts.private and all(who.id != ask.person.id for who in facts.members))
        )

    @click("playbook.edit", needs=Permission.PLAYBOOK_EDIT, asks=True)
    async def edit_clicked(self, ask: Ask, event: Click) -> Reply:
        """Ask what to change."""
        return AskForm(edit_form(await self.desks.playbooks.find(ask.actor, event.value)))

    @form("playbook.edit", needs=Permission.PLAYBOOK_EDIT)
    async def edit_submitted(self, ask: Ask, event: FormSubmission) -> Reply:
        """Change what was filled in, unless somebody else was quicker."""
        playbook_id, _, revision = event.context.rpartition(":")
        found = await self.desks.playbooks.find(ask.actor, playbook_id)
        after = await self.desks.playbooks.edit(
            ask.actor,
            found.id,
            edited(PlaybookDraft.of(found), event.values),
            revision=int(revision),
        )
        return done(f"{after.name} is at revision {after.revision} now.", _shown(after))

    @command("playbook duplicate", "Copy a playbook", DuplicateArgs,
             needs=Permission.PLAYBOOK_CREATE)  # fmt: skip
    async def duplicate(self, ask: Ask, args: DuplicateArgs) -> Reply:
        """The copy is for the asker alone until they share it."""
        found = await self.desks.playbooks.find(ask.actor, args.playbook)
        name = args.name or f"{found.name[:70]} (copy)"
        return _made(await self.desks.playbooks.duplicate(ask.actor, found.id, name))

    @command("playbook import", "Import a playbook", ImportArgs, needs=Permission.PLAYBOOK_CREATE)
    async def import_(self, ask: Ask, args: ImportArgs) -> Reply:
        """From JSON, attached or pasted; what cannot be kept is listed."""
        imported = await self.desks.playbooks.import_json(ask.actor, _document(ask, args))
        lost = tuple((f"• {loss}",) for loss in imported.losses)
        heading = (("What the document had and this playbook has not:",),) if lost else ()
        return done(
            f"{imported.playbook.name} is imported as {imported.playbook.handle}.",
            *heading,
            *lost,
            _shown(imported.playbook),
        )

    @command("playbook delete", "Delete a playbook", DeleteArgs, needs=Permission.PLAYBOOK_EDIT)
    async def delete(self, ask: Ask, args: DeleteArgs) -> Reply:
        """Ask once more, then delete it; its incidents stay."""
        found = await self.desks.playbooks.find(ask.actor, args.playbook, exact=True)
        if not args.yes:
            await self.desks.playbooks.may_delete(ask.actor, found.id)
            sure = Button("playbook.delete", "Delete", found.id, style="danger")
            return told(
                f"Delete {found.name}? Its incidents stay; nobody can start new ones from it.",
                Actions((sure,)),
                hint(f"/playbook delete {found.handle} --yes", "Or type "),
            )
        gone = await self.desks.playbooks.delete(ask.actor, found.id)
        return done(f"The playbook {gone.name} is deleted.")

    @click("playbook.delete", needs=Permission.PLAYBOOK_EDIT)
    async def delete_clicked(self, ask: Ask, event: Click) -> Reply:
        """Delete it; the card or the button asked before."""
        gone = await self.desks.playbooks.delete(ask.actor, event.value)
        return done(f"The playbook {gone.name} is deleted.")


async def change(
    desks: Desks, ask: Ask, ref: str, how: Callable[[PlaybookDraft], PlaybookDraft]
) -> Playbook:
    """Change a playbook as `how` says, on whatever it has become meanwhile."""
    for attempt in range(1, _TRIES + 1):
        found = await desks.playbooks.find(ask.actor, ref, exact=True)
        draft = how(PlaybookDraft.of(found))
        try:
            return await desks.playbooks.edit(ask.actor, found.id, draft, revision=found.revision)
        except Stale:
            if attempt == _TRIES:
                raise
    raise AssertionError("the last attempt returns or raises")


def _with(draft: PlaybookDraft, args: EditArgs) -> PlaybookDraft:
    """The draft with what was given."""
    old = draft.settings
    settings = replace(
        old,
        public=old.public if args.public is None else args.public,
        severity=args.severity or old.severity,
        keywords=old.keywords if args.keywords is None else _words(args.keywords),
        update_every=args.update_every or old.update_every,
        announce_in=old.announce_in if args.announce_in is None else _words(args.announce_in),
        invite=old.invite if args.invite is None else _words(args.invite),
        default_commander=old.default_commander if args.commander is None else args.commander,
    )
    return replace(
        draft,
        name=draft.name if args.name is None else args.name,
        description=draft.description if args.description is None else args.description,
        handle=args.handle or draft.handle,
        settings=settings,
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _document(ask: Ask, args: ImportArgs) -> str:
    """The JSON text, attached or pasted.

    Raises:
        BadInput: There is none, or the file is not text.
    """
    if args.document:
        text = args.document.strip("`").strip()
        return text.removeprefix("json").strip()
    if not ask.files:
        raise BadInput(
            "Attach a playbook's JSON file to /playbook import, or paste the JSON behind it.",
            details={"document": "JSON, attached or pasted"},
        )
    try:
        return ask.files[0].content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(
            f"{ask.files[0].name} is not a JSON file in UTF-8. Export the playbook again.",
            details={"document": "JSON in UTF-8"},
        ) from None


def _made(playbook: Playbook) -> Reply:
    stages, steps = counted(len(playbook.stages), "stage"), counted(playbook.step_count, "step")
    size = f"It has {stages} and {steps}"
    share = hint(
        f"/playbook share {playbook.handle} --team", f"{size}, and is yours alone. Share it: "
    )
    return done(
        f"The playbook {playbook.name} is made.",
        share,
        hint(f"/playbook step add {playbook.handle} TITLE", "Add a step: "),
        hint(f"/incident start --playbook {playbook.handle}", "Use it: "),
    )


def _shown(playbook: Playbook) -> tuple[str, Code]:
    return ("Look at it: ", Code(f"/playbook show {playbook.handle}"))
