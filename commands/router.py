"""The router: every inbound event is journalled, worked on once, and answered."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from chat.card import Card, Text
from chat.clock import Clock
from chat.degrade import Way, best_way
from chat.errors import Refused, TocsinError, Unavailable, UserError
from chat.inbound import Command, FormSubmission, Inbound, Membership, MessageMenu, Payload, Said
from chat.journal import Entry, EntryState
from chat.outbox import Outgoing
from chat.person import Person
from chat.phrase import Phrase, Suggestion
from chat.port import Receipt
from chat.reply import AskForm, Private, Reply
from chat.text import Code
from commands.codes import without_codes
from commands.completion import Completion
from commands.desks import Desks
from commands.forgetting import forgotten
from commands.replying import apology, outgoing
from commands.waiting_forms import LATE, WaitingForms
from commands.wiring import dispatch
from commands.words import clean
from security.ports import Acts, SecurityStores

log = logging.getLogger("tocsin.router")

RESUMED_AT_ONCE = 500
"""Events taken up at one call of `resume`."""
AT_WORK = 8
"""Events of one platform worked on at once. What comes in is written down without waiting for
a turn, so it is acknowledged in time however much there is to do."""
GIVE_WAY = 0.25
"""Seconds at most that work waits, before it begins, for what is coming in to be written down:
somebody's platform waits for that."""

PATIENCE = 60.0
"""Seconds that an event waits for the one before it; one that never ends blocks nobody for ever."""


class Router:
    """What adapters hand their events to.

    An event is written to the journal before anything else happens, codes of a second
    factor excepted; a second delivery of it finds the first. The work runs in a task of
    its own: what is said in one channel is worked on in its order, and so is what one person
    asks for there; the rest side by side. The act that ends it puts the answers into the
    outbox, closes the entry and forgets the values given to it, so that an answer is never
    lost and never given twice, and a secret stays no longer than the work takes.
    """

    def __init__(self, acts: Acts[SecurityStores], clock: Clock, desks: Desks) -> None:
        self._acts = acts
        self._clock = clock
        self._since = clock.now()
        self._desks = desks
        self._dispatch = dispatch(acts, clock, desks)
        self._waiting = WaitingForms(acts, clock)
        self._completion = Completion(self._dispatch.phrases, desks)
        self._working: dict[str, asyncio.Task[Reply | None]] = {}
        self._receiving = 0
        self._received = asyncio.Event()
        self._under_way: Counter[str] = Counter()
        self._last: dict[str, asyncio.Task[Reply | None]] = {}
        self._turns: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(AT_WORK)
        )

    async def receive(self, inbound: Inbound) -> Receipt:
        """Write the event down and have it worked on in its turn.

        Raises:
            Unavailable: The database did not answer; the platform will deliver again.
        """
        inbound = replace(inbound, payload=_storable(inbound.payload))
        kept = replace(inbound, payload=without_codes(inbound.payload))
        entry, fresh = await self._keep(kept)
        if fresh:
            free = self._under_way[inbound.address.platform] < AT_WORK
            at_once = free and _line(inbound) not in self._last
            began = self._begin(replace(entry, inbound=inbound))
            asks = at_once and self._dispatch.asks(inbound.payload)
            return Receipt(entry.id, fresh=True, reply=began, asks=asks)
        known = self._working.get(entry.id)
        reply = asyncio.shield(known) if known else _nothing()
        # Of what was worked on already, the values were forgotten.
        altered = _rest(entry.inbound) != _rest(kept)
        return Receipt(entry.id, fresh=False, reply=reply, altered=altered)

    async def _keep(self, inbound: Inbound) -> tuple[Entry, bool]:
        now = self._clock.now()
        self._receiving += 1
        self._received.clear()
        try:
            return await self._acts.run(lambda stores: stores.journal.receive(inbound, now))
        finally:
            self._receiving -= 1
            if not self._receiving:
                self._received.set()

    async def resume(self, *, older_than: timedelta = timedelta()) -> int:
        """Take up what a process left unfinished when it died; how many events that were.

        What had acted already is not done again: the person is told that it was done.

        Args:
            older_than: Leave alone what came in later than that ago: another process of
                a cluster may still be at work on it. Nothing means all that came in
                before this router was made.
        """
        before = self._clock.now() - older_than if older_than else self._since

        def look(stores: SecurityStores) -> tuple[tuple[Entry, bool], ...]:
            found = stores.journal.unfinished(before, RESUMED_AT_ONCE)
            return tuple((entry, stores.journal.acted(entry.id)) for entry in found)

        taken = 0
        for entry, acted in await self._acts.read(look):
            if entry.id in self._working:
                continue
            taken += 1
            if acted:
                await self._finish(entry, _done_already(entry), EntryState.DONE, "was done already")
            else:
                self._begin(entry)
        return taken

    async def complete(self, person: Person, text: str) -> tuple[Suggestion, ...]:
        """Completions of a line that begins with `/`, only of what `person` may; at most 10."""
        return await self._completion.complete(await self._desks.doors.person(person), text)

    def phrases(self) -> tuple[Phrase, ...]:
        """Every command there is, but those that are switched off."""
        return self._dispatch.phrases.all()

    async def close(self) -> None:
        """Wait for the work at hand; what does not end in 5 s is taken up at the next start."""
        if not self._working:
            return
        _, late = await asyncio.wait(self._working.values(), timeout=5)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _begin(self, entry: Entry) -> asyncio.Future[Reply | None]:
        line = _line(entry.inbound)
        work = self._in_turn(entry, self._last.get(line))
        task = asyncio.create_task(work, name=f"entry {entry.id}")
        self._working[entry.id] = self._last[line] = task
        self._under_way[entry.inbound.address.platform] += 1
        task.add_done_callback(lambda _: self._ended(entry, line, task))
        # Shielded, so that an adapter that waits briefly cannot cancel the work.
        return asyncio.shield(task)

    def _ended(self, entry: Entry, line: str, task: asyncio.Task[Reply | None]) -> None:
        self._under_way[entry.inbound.address.platform] -= 1
        self._working.pop(entry.id, None)
        if self._last.get(line) is task:
            del self._last[line]

    async def _in_turn(
        self, entry: Entry, before: asyncio.Task[Reply | None] | None
    ) -> Reply | None:
        if before is not None:
            # Not while holding a turn: whoever waits for themselves holds up nobody else.
            await asyncio.wait((before,), timeout=PATIENCE)
        async with self._turns[entry.inbound.address.platform]:
            await self._give_way()
            return await self._work(entry)

    async def _give_way(self) -> None:
        """Let what is coming in be written down before work begins, but not for ever."""
        if self._receiving:
            with suppress(TimeoutError):
                async with asyncio.timeout(GIVE_WAY):
                    await self._received.wait()

    async def _work(self, entry: Entry) -> Reply | None:
        state, note = EntryState.DONE, ""
        try:
            reply = await self._dispatch.answer(entry)
            if isinstance(reply, AskForm):
                reply = await self._ask(entry, reply)
        except Exception as error:
            # Whatever it was, the person is told, and a stranger's error is logged.
            reply = apology(error, entry.inbound, entry.id)
            state, note = _verdict(error)
            if not isinstance(error, TocsinError):
                log.exception("entry %s failed", entry.id)
            elif not isinstance(error, UserError):
                log.warning("entry %s: %s", entry.id, error)
        if isinstance(entry.inbound.payload, Said | Membership) and note:
            # Nobody asked for anything, so nobody is bothered with what went wrong.
            reply = None
        try:
            await self._finish(entry, reply, state, note)
        except Unavailable as error:
            # The entry stays unfinished; `resume` takes it up when the database is back.
            log.warning("entry %s could not be finished: %s", entry.id, error)
        return reply

    async def _ask(self, entry: Entry, reply: AskForm) -> Reply:
        """Open the form at once, or say what to type where the platform has none."""
        inbound = entry.inbound
        adapter = self._desks.adapters.get(inbound.address.platform)
        if adapter is None or best_way("ask", adapter.capabilities) is not Way.FORM:
            hint = "This chat has no forms. Type it all in one line instead; /help shows how."
            return Private(Card(hint))
        person, form = inbound.person, reply.form
        try:
            await adapter.open_form(inbound.address, person, form, ticket=inbound.ticket)
        except Refused as late:
            if late.code not in LATE:
                raise
            # Another press brings another moment in which the platform shows a form.
            return Private(await self._waiting.keep(person, form), late.code)
        return reply

    async def _finish(
        self, entry: Entry, reply: Reply | None, state: EntryState, note: str
    ) -> None:
        adapter = self._desks.adapters.get(entry.inbound.address.platform)
        letters: tuple[Outgoing, ...] = ()
        if reply is not None and adapter is not None:
            # A platform that is no longer connected is told nothing.
            letters = outgoing(entry, reply, adapter.capabilities)
        offered = isinstance(reply, Private)
        rest = replace(entry.inbound, payload=forgotten(entry.inbound.payload, offered=offered))

        def act(stores: SecurityStores) -> None:
            for letter in letters:
                stores.outbox.put(letter)
            stores.journal.finish(entry.id, state, self._clock.now(), rest, note)

        await self._acts.run(act)


def _line(inbound: Inbound) -> str:
    """What is worked on one after another: words of one channel, or one person's wishes there."""
    lane = inbound.address.lane
    return lane if isinstance(inbound.payload, Said) else f"{lane}#{inbound.person.id}"


def _rest(inbound: Inbound) -> Inbound:
    return replace(inbound, payload=forgotten(inbound.payload))


def _storable(payload: Payload) -> Payload:
    """The event with its texts fit for every database."""
    match payload:
        case Command() | Said() | MessageMenu():
            return replace(payload, text=clean(payload.text))
        case FormSubmission():
            values = {clean(name): clean(value) for name, value in payload.values.items()}
            return replace(payload, values=values)
        case _:
            return payload


def _verdict(error: Exception) -> tuple[EntryState, str]:
    """How the entry ends: a plain no is an answer like any other."""
    if isinstance(error, UserError):
        return EntryState.DONE, error.message[:500]
    note = error.message if isinstance(error, TocsinError) else type(error).__name__
    return EntryState.FAILED, note[:500]


def _done_already(entry: Entry) -> Reply | None:
    if isinstance(entry.inbound.payload, Said | Membership):
        return None
    rest = forgotten(entry.inbound.payload)
    typed = rest.text if isinstance(rest, Command) else ""
    asked = (Text(("You had asked for ", Code(typed[:100]), ".")),) if typed else ()
    title = "I was restarted while answering you. What you asked for was done"
    return Private(Card(f"{title}; look at the panel or /incident info.", asked))


def _nothing() -> asyncio.Future[Reply | None]:
    """The reply to an event that was answered before."""
    future: asyncio.Future[Reply | None] = asyncio.get_running_loop().create_future()
    future.set_result(None)
    return future
