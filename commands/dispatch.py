"""One event answered: who asks, whether they may, and which group answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from itertools import chain
from typing import Literal

from chat.errors import BadInput, Denied, NotFound, Refused
from chat.inbound import (
    Click,
    Command,
    FormSubmission,
    Membership,
    MessageMenu,
    Payload,
    Said,
)
from chat.journal import Entry
from chat.person import Person
from chat.reply import Quiet, Reply
from commands.arguments import names_key, parse, slots
from commands.command import Answer, Ask, answers, verbs
from commands.hearing import Hearing
from commands.phrasebook import Phrasebook
from security.actor import Actor, require
from security.doors import Doors
from security.linking import Linking
from security.permissions import Permission
from security.ports import Acts, SecurityStores

_OURS = frozenset({"/incident", "/playbook", "/runbook"})
"""What a step's command may begin with; people approve things themselves, and
run a single action, which no runbook surrounds, only in their own words."""
_STRANGER = (
    "I do not know you yet, @{0.name}. Type /link here, and then its code in a chat where I do "
    "(such as Tocsin's own pages). Without an account, ask an administrator for one: you are "
    "{0.platform} user {0.id} of {0.workspace}."
)


class Dispatch:
    """Finds who answers an event, and asks for the right before anything else happens."""

    def __init__(
        self,
        acts: Acts[SecurityStores],
        doors: Doors,
        linking: Linking,
        hearing: Hearing,
        at_home: Callable[[Ask], Awaitable[bool]],
    ) -> None:
        """Wire it.

        Args:
            acts: Where denials are kept.
            doors: Say who asks.
            linking: Finds out who strangers are.
            hearing: Answers what is said in passing.
            at_home: Whether something is asked in an incident's channel.
        """
        self._acts = acts
        self._doors = doors
        self._linking = linking
        self._hearing = hearing
        self._at_home = at_home
        self._answers: dict[tuple[str, str], Answer] = {}
        self.phrases = Phrasebook(())

    def learn(self, groups: Iterable[object], off: Callable[[], frozenset[str]]) -> None:
        """Answer from now on with what these groups declare; `off` names what is not offered."""
        members = tuple(groups)
        self.phrases = Phrasebook(chain.from_iterable(map(verbs, members)), off)
        found = chain.from_iterable(map(answers, members))
        self._answers = {(answer.kind, answer.action): answer for answer in found}

    @property
    def actions(self) -> frozenset[tuple[str, str]]:
        """Kind and action of everything that can be clicked, filled in or chosen."""
        return frozenset(self._answers)

    def asks(self, payload: Payload) -> bool:
        """Whether the event may be answered with a form."""
        match payload:
            case Command(text):
                return self.phrases.asks(text)
            case Click(action) | MessageMenu(action):
                answer = self._answers.get((payload.kind, action))
                return answer is not None and answer.asks
            case _:
                return False

    async def answer(self, entry: Entry) -> Reply:
        """Do what the event asks for.

        Raises:
            UserError: It cannot be done; the message says why and what to do.
            Unavailable: A platform or the database did not answer.
        """
        match entry.inbound.payload:
            case Command() as event:
                return await self.typed(await self._ask(entry), event.text)
            case Click() as event:
                return await self._acted(await self._ask(entry), "click", event)
            case FormSubmission() as event:
                return await self._acted(await self._ask(entry), "form", event)
            case MessageMenu() as event:
                return await self._acted(await self._ask(entry), "menu", event)
            case Said() as event:
                return await self._hearing.said(entry, event)
            case Membership() as event:
                await self._hearing.moved(entry, event)
                return Quiet()

    async def _ask(self, entry: Entry) -> Ask:
        inbound = entry.inbound
        typed = inbound.payload if isinstance(inbound.payload, Command) else Command("")
        return Ask(
            actor=(await self._actor(inbound.person)).caused_by(entry.id),
            person=inbound.person,
            address=inbound.address,
            entry=entry.id,
            ticket=inbound.ticket,
            mentioned=typed.mentioned,
            files=typed.files,
        )

    async def _actor(self, person: Person) -> Actor:
        """Who asks; a stranger is looked for by what their platform vouches for."""
        found = await self._doors.person(person)
        if found.account_id is None and await self._linking.meet(person):
            return await self._doors.person(person)
        return found

    async def typed(self, ask: Ask, line: str) -> Reply:
        """Answer a typed line."""
        match = self.phrases.find(ask.actor, line)
        await self._may(ask, match.verb.needs, match.verb.name)
        if ask.files and all(slot.arg.takes != "raw" for slot in slots(match.verb.args)):
            raise BadInput(
                f"{match.verb.name} takes no files. Post them in a message of their own.",
                details={"files": "none with this command"},
            )
        taken = match.verb.args
        at_home = names_key(taken) and await self._at_home(ask)
        args = parse(match.verb.name, line, match.start, taken, at_home=at_home)
        return await match.verb.run(ask, args)

    async def stepped(self, ask: Ask, line: str) -> Reply:
        """Answer the command of a step, run by somebody in its incident's channel.

        Raises:
            Refused: It is not one of ours.
        """
        first = line.split(maxsplit=1)[0] if line.strip() else ""
        if first.casefold() not in _OURS:
            raise Refused(
                f"I can run commands that begin with {', '.join(sorted(_OURS))}, and this step "
                f"has “{line[:60]}”. Type that one yourself, then check the step.",
                code="NOT_OURS",
            )
        return await self.typed(ask, line)

    async def filled(self, ask: Ask, event: FormSubmission) -> Reply:
        """Answer a form that a step's command asked for, with every right asked anew."""
        return await self._acted(ask, "form", event)

    async def _acted(
        self,
        ask: Ask,
        kind: Literal["click", "form", "menu"],
        event: Click | FormSubmission | MessageMenu,
    ) -> Reply:
        answer = self._answers.get((kind, event.action))
        if answer is None:
            raise NotFound(
                "That button does nothing any more: the message it stands in is from an older "
                "version. /help shows what you can type instead."
            )
        await self._may(ask, answer.needs, f"this {'form' if kind == 'form' else 'button'}")
        return await answer.run(ask, event)

    async def _may(self, ask: Ask, permission: Permission | None, thing: str) -> None:
        """Let the asker pass or deny it, audited, before a word of theirs is read."""
        if permission is None or ask.actor.may(permission, None):
            return

        def look(_: SecurityStores) -> None:
            if ask.actor.account_id is None:
                raise Denied(_STRANGER.format(ask.person), permission=permission, thing=thing)
            require(ask.actor, permission, team_id=None, thing=thing)

        await self._acts.read(look, actor=ask.actor)
