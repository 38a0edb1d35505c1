"""A bot that only writes down what it hears, and answers what it was told to answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from chat.card import Card
from chat.clock import Clock
from chat.inbound import Inbound
from chat.person import Person
from chat.phrase import Phrase, Suggestion
from chat.port import ChatAdapter, Listens, Receipt, answer_key
from chat.reply import AskForm, Private, PrivateFile, Public, Reply
from storage.acts import StoredActs


class Listener:
    """Keeps the contract of `chat.port.Host` with the real journal.

    Attributes:
        heard: Every event, each once however often it was delivered.
        answer: What an event is answered with, after `pause` seconds.
        asks: Whether it says that a form may follow.
    """

    def __init__(self, acts: StoredActs, clock: Clock, adapter: ChatAdapter) -> None:
        self._acts = acts
        self._clock = clock
        self._adapter = adapter
        self._working: dict[str, asyncio.Task[Reply | None]] = {}
        self.heard: list[Inbound] = []
        self.answer: Callable[[Inbound], Reply | None] = lambda _: None
        self.pause = 0.0
        self.asks = True

    async def receive(self, inbound: Inbound) -> Receipt:
        """Journal it, and answer when it is new."""
        now = self._clock.now()
        entry, fresh = await self._acts.run(lambda stores: stores.journal.receive(inbound, now))
        if fresh:
            self.heard.append(inbound)
            self._working[entry.id] = asyncio.create_task(self._work(entry.id, inbound))
        # What another one heard is answered there.
        working = self._working.get(entry.id) or asyncio.create_task(_nothing())
        reply: Awaitable[Reply | None] = asyncio.shield(working)
        return Receipt(
            entry.id,
            fresh=fresh,
            reply=reply,
            asks=fresh and self.asks,
            altered=entry.inbound != inbound,
        )

    async def complete(self, person: Person, text: str) -> tuple[Suggestion, ...]:
        """Twelve ways to go on."""
        return tuple(Suggestion(f"{text} {number}", f"for {person.name}") for number in range(12))

    def phrases(self) -> tuple[Phrase, ...]:
        """A few commands."""
        return (
            Phrase(("incident", "start"), "start an incident", "[PLAYBOOK] [NAME]"),
            Phrase(("incident", "info"), "show how it stands"),
            Phrase(("incident", "step", "add"), "add a step", "TEXT"),
            Phrase(("approve",), "approve what waits", "ID [NOTE]"),
        )

    async def drop(self) -> None:
        """Leave undone what is under way."""
        for task in self._working.values():
            task.cancel()
        await asyncio.gather(*self._working.values(), return_exceptions=True)

    async def done(self) -> None:
        """Wait for all answers."""
        await asyncio.gather(*(task for task in self._working.values() if not task.cancelled()))

    async def _work(self, entry_id: str, inbound: Inbound) -> Reply | None:
        await asyncio.sleep(self.pause)
        reply = self.answer(inbound)
        place, key = replace(inbound.address, message=None), answer_key(entry_id)
        match reply:
            case Private(card):
                await self._adapter.whisper(place, inbound.person, card, key=key)
            case Public(card, to):
                await self._adapter.post(to or place, card, key=key)
            case PrivateFile(card, file):
                await self._adapter.upload(place, file, card, key=key, only=inbound.person)
            case AskForm(form):
                await self._adapter.open_form(place, inbound.person, form, ticket=inbound.ticket)
            case _:
                pass
        return reply


async def _nothing() -> Reply | None:
    return None


@asynccontextmanager
async def listening(adapter: Listens) -> AsyncGenerator[asyncio.Task[None]]:
    """Have the adapter hold its connection meanwhile; what goes wrong with it is raised."""
    held = asyncio.create_task(adapter.listen())
    try:
        yield held
    finally:
        held.cancel()
        with suppress(asyncio.CancelledError):
            await held


def private(text: str) -> Callable[[Inbound], Reply]:
    """Answers everything so, for the asker's eyes only."""
    return lambda _: Private(Card(text))
