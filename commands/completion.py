"""Completing a line that begins with `/`, in the composer."""

from __future__ import annotations

from dataclasses import dataclass

from chat.errors import TocsinError
from chat.phrase import Suggestion
from commands.arguments import Slot, slots
from commands.command import Verb
from commands.desks import Desks
from commands.phrasebook import Phrasebook
from commands.runbook.completing import VERDICTS, suggested
from commands.words import Word, words
from incidents.incident import ROLES, Severity
from security.actor import Actor
from security.page import Slice

MOST = 10
_HINT = 40
"""Characters after which a list of further words is long enough."""


@dataclass(frozen=True, slots=True)
class Completion:
    """Suggests how a line may go on, only with what the actor may do."""

    phrases: Phrasebook
    desks: Desks

    async def complete(self, actor: Actor, line: str) -> tuple[Suggestion, ...]:
        """The likeliest continuations of `line`; none for a line that is not a command."""
        if not line.startswith("/") or "\n" in line:
            return ()
        typed = tuple(words(line))
        last = typed[-1] if typed and typed[-1].end == len(line) else Word("", len(line), len(line))
        before = typed[:-1] if last.text else typed
        found = self._verbs(actor, tuple(word.text for word in before), line, last)
        if not found:
            found = await self._arguments(actor, line, last)
        return found[:MOST]

    def _verbs(
        self, actor: Actor, before: tuple[str, ...], line: str, last: Word
    ) -> tuple[Suggestion, ...]:
        """Commands whose words begin with those of the line."""
        path = tuple(word.removeprefix("/").casefold() for word in before)
        begun = last.text.removeprefix("/").casefold()
        depth, slash = len(path), "" if path else "/"
        found: dict[str, str] = {}
        for verb in self.phrases.allowed(actor, *path):
            if len(verb.path) == depth or not verb.path[depth].startswith(begun):
                continue
            text = f"{line[: last.start]}{slash}{verb.path[depth]} "
            if len(verb.path) == depth + 1:
                found[text] = verb.about
            elif len(found.get(text, "")) < _HINT:
                following = verb.path[depth + 1]
                found[text] = f"{found[text]}, {following}" if text in found else following
        return tuple(Suggestion(text, hint) for text, hint in found.items())

    async def _arguments(self, actor: Actor, line: str, last: Word) -> tuple[Suggestion, ...]:
        """Options of the command that the line begins with, and values for them."""
        try:
            match = self.phrases.find(actor, line)
        except TocsinError:
            return ()
        if not match.verb.open_to(actor):
            return ()
        given = [word for word in words(line, match.start) if word.end < len(line) or not last.text]
        asked = _asked(match.verb, given)
        if asked is not None and not last.text.startswith("-"):
            values = await self._values(actor, match.verb, asked, last.text, given)
            if values:
                return tuple(
                    Suggestion(f"{line[: last.start]}{_quoted(value)}{_gap(value)}", hint)
                    for value, hint in values
                )
        if last.text and not last.text.startswith("-"):
            return ()
        taken = {word.option for word in given}
        return tuple(
            Suggestion(f"{line[: last.start]}--{slot.option} ", slot.arg.says or slot.arg.label)
            for slot in slots(match.verb.args)
            if slot.option not in taken
            and slot.arg.takes in {"option", "key"}
            and f"--{slot.option}".startswith(last.text)
        )

    async def _values(
        self, actor: Actor, verb: Verb, slot: Slot, begun: str, given: list[Word]
    ) -> tuple[tuple[str, str], ...]:
        """Values that fit a word or an option, with what they mean."""
        wanted = begun.removeprefix("@").casefold()
        match slot.option:
            case "playbook":
                return await self._playbooks(actor, wanted)
            case "person" | "people" | "commander" | "invite":
                return await self._people(actor, wanted)
            case _:
                known = self._known(slot, wanted)
        fitting = tuple(pair for pair in known if pair[0].casefold().startswith(wanted))
        typed = [word.text for word in given]
        return fitting or await suggested(
            self.desks, actor, verb.path[0], slot.option, begun, typed
        )

    def _known(self, slot: Slot, wanted: str) -> list[tuple[str, str]]:
        """Values that are the same for everybody."""
        match slot.option:
            case "severity":
                return [(one.value, f"severity {one.rank} of 5") for one in Severity]
            case "stage" if not wanted or "next".startswith(wanted):
                return [("next", "the stage behind the active one")]
            case "role":
                return [(role, "a role beside the commander") for role in ROLES]
            case "template":
                return [(one.id, one.draft.name) for one in self.desks.playbooks.templates()]
            case "verdict":
                return [(one.value, about) for one, about in VERDICTS.items()]
            case _:
                return []

    async def _playbooks(self, actor: Actor, wanted: str) -> tuple[tuple[str, str], ...]:
        try:
            page = await self.desks.playbooks.page(actor, wanted or None, Slice(limit=MOST))
        except TocsinError:
            return ()
        return tuple((one.handle, one.name) for one in page.items)

    async def _people(self, actor: Actor, wanted: str) -> tuple[tuple[str, str], ...]:
        try:
            page = await self.desks.people.page(actor, wanted or None, True, Slice(limit=MOST))  # noqa: FBT003 - the desk's order
        except TocsinError:
            return ()
        return tuple((f"@{one.name}", one.display or one.name) for one in page.items)


def _asked(verb: Verb, given: list[Word]) -> Slot | None:
    """The slot that the next word is for; None when any option may follow."""
    shape = slots(verb.args)
    by_option = {slot.option: slot for slot in shape}
    if given and given[-1].option in by_option and given[-1].value is None:
        slot = by_option[given[-1].option or ""]
        if not slot.switch:
            return slot
    loose, skip = 0, False
    for word in given:
        slot = by_option.get(word.option or "")
        if slot is None and not skip:
            loose += 1
        skip = slot is not None and not slot.switch and word.value is None
    places = [slot for slot in shape if slot.arg.takes in {"word", "words", "phrase", "rest"}]
    if loose < len(places):
        return places[loose]
    return places[-1] if places and places[-1].arg.takes == "words" else None


def _gap(value: str) -> str:
    """A space behind what is complete; nothing behind `key=`."""
    return "" if value.endswith("=") else " "


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value
