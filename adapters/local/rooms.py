"""What people do in the local platform: the browser's and the REST API's way in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta

from adapters.local import acting, channels, looking, saying
from adapters.local.adapter import LocalAdapter
from adapters.local.answering import PATIENCE, Answers
from adapters.local.feed import Feed
from adapters.local.inbound import attachments, channel_name, client_key, words
from adapters.local.outbound import as_of
from adapters.local.ports import LocalStores
from chat.clock import Clock, new_id
from chat.inbound import Inbound
from chat.message import Attachment
from chat.person import Person
from chat.port import Receipt
from chat.reply import FormErrors
from chat.rooms import (
    Answered,
    ChannelKind,
    LocalChannel,
    LocalEvent,
    LocalForm,
    LocalMessage,
    Suggestion,
)
from security.ports import Acts

Complete = Callable[[Person, str], Awaitable[tuple[Suggestion, ...]]]
"""Completes a line that begins with `/`, with what the person may do."""

_KEPT = timedelta(days=1)
"""How long events can be replayed, and forms stay open."""


class LocalRooms:
    """Implements `chat.rooms.Rooms`.

    Args:
        acts: The door to stored state.
        clock: Where the time comes from.
        adapter: Where the events go that people cause here.
        complete: Completes commands.
        patience: Seconds that a person waits for an answer before it is `pending`.
    """

    def __init__(
        self,
        acts: Acts[LocalStores],
        clock: Clock,
        adapter: LocalAdapter,
        complete: Complete,
        *,
        patience: float = PATIENCE,
    ) -> None:
        self._acts = acts
        self._clock = clock
        self._adapter = adapter
        self._complete = complete
        self._feed = Feed(acts)
        self._answers = Answers(acts, adapter.bell, clock, patience)
        self._at_home: set[tuple[str, str]] = set()
        self._settling: set[asyncio.Task[None]] = set()

    def wake(self, *, elsewhere: bool = False) -> None:
        """Look for news now; called on the event loop after an act touched `local`.

        Args:
            elsewhere: Whether the act was another process's.
        """
        self._feed.wake()
        if elsewhere:
            self._adapter.bell.ring_all()

    async def ensure_team(self, team: str) -> None:
        """Make the channels that each team begins with, everybody in them."""
        now = self._clock.now()

        def act(stores: LocalStores) -> None:
            stores.local.alone()
            channels.offer(stores, team, now)

        await self._acts.run(act)

    async def tidy(self) -> int:
        """Delete events and forms older than a day; how many. For a regular sweep."""
        before = self._clock.now() - _KEPT
        return await self._acts.run(lambda stores: stores.local.forget(before))

    async def close(self) -> None:
        """Finish what people have begun."""
        if self._settling:
            await asyncio.wait(self._settling)

    async def channels(self, who: Person) -> tuple[LocalChannel, ...]:
        """The channels `who` is in, and the public ones of the team, by name."""
        await self._let_in(who)
        return await self._acts.read(lambda stores: looking.channels(stores, who))

    async def channel(self, who: Person, name: str) -> LocalChannel:
        """One channel by name or id."""
        await self._let_in(who)
        return await self._acts.read(lambda stores: looking.channel(stores, who, name))

    async def members(self, who: Person, channel: str) -> tuple[Person, ...]:
        """Who is in it, by name."""
        await self._let_in(who)
        return await self._acts.read(lambda stores: looking.members(stores, who, channel))

    async def create(
        self, who: Person, name: str, kind: ChannelKind, people: tuple[str, ...] = ()
    ) -> LocalChannel:
        """Make a channel with `who` and `people` in it; a direct one is found again."""
        await self._let_in(who)
        wanted = "" if kind is ChannelKind.DIRECT else channel_name(name)
        now = self._clock.now()
        made, heard = await self._acts.run(
            lambda stores: acting.create(stores, who, wanted, kind, people, now)
        )
        await self._hand_in(heard)
        return made

    async def join(self, who: Person, channel: str) -> LocalChannel:
        """Enter a public channel; already being in is harmless."""
        return await self.add(who, channel, ())

    async def add(self, who: Person, channel: str, people: tuple[str, ...]) -> LocalChannel:
        """Bring people (by name) into a channel; who is not in yet enters it first."""
        await self._let_in(who)
        now = self._clock.now()
        found, heard = await self._acts.run(
            lambda stores: acting.add(stores, who, channel, people, now)
        )
        await self._hand_in(heard)
        return found

    async def leave(self, who: Person, channel: str) -> None:
        """Leave it; not being in is harmless."""
        await self._let_in(who)
        now = self._clock.now()
        heard = await self._acts.run(lambda stores: acting.leave(stores, who, channel, now))
        await self._hand_in(heard)

    async def messages(
        self,
        who: Person,
        channel: str,
        *,
        before: int | None = None,
        after: int | None = None,
        thread: int | None = None,
        limit: int = 50,
    ) -> tuple[LocalMessage, ...]:
        """Messages `who` may read, oldest first; the newest `limit` unless bounded."""
        await self._let_in(who)
        span = looking.Span(before, after, thread, min(max(limit, 1), looking.LONGEST_PAGE))
        found = await self._acts.read(lambda stores: looking.messages(stores, who, channel, span))
        now = self._clock.now()
        return tuple(as_of(each, now) for each in found)

    async def message(self, who: Person, message: int) -> LocalMessage:
        """One message."""
        found = await self._acts.read(lambda stores: looking.message(stores, who, message)[0])
        return as_of(found, self._clock.now())

    async def seen(self, who: Person, channel: str, message: int) -> None:
        """`who` has read up to `message`."""

        def act(stores: LocalStores) -> None:
            found = channels.visible(stores, who, channel)
            stores.local.channels.read_up_to(found.id, who.id, message)

        await self._acts.run(act)

    async def say(
        self,
        who: Person,
        channel: str,
        text: str,
        *,
        thread: int | None = None,
        files: tuple[Attachment, ...] = (),
        key: str | None = None,
    ) -> Answered:
        """Post, or, when the text begins with `/`, run a command."""
        await self._let_in(who)
        said = saying.Utterance(
            who=who,
            channel=channel,
            text=words(text, files=len(files)),
            thread=thread,
            files=attachments(files),
            key=_key("said", who, client_key(key)) if key else None,
        )
        if said.text.startswith("/"):
            command = await self._acts.read(lambda stores: acting.command(stores, said))
            return await self._ask(replace(command, dedupe_key=_key("command", who, key)))
        now = self._clock.now()
        message, heard = await self._acts.run(lambda stores: saying.say(stores, said, now))
        await self._hand_in(heard)
        return Answered(message=message)

    async def click(
        self, who: Person, message: int, action: str, value: str | None, *, key: str | None = None
    ) -> Answered:
        """Press a button or choose an option of a message."""
        await self._let_in(who)
        click = await self._acts.read(
            lambda stores: acting.click(stores, who, message, action, value)
        )
        return await self._ask(replace(click, dedupe_key=_key("click", who, client_key(key))))

    async def menu(
        self, who: Person, message: int, action: str, *, key: str | None = None
    ) -> Answered:
        """Choose an entry of a message's menu."""
        await self._let_in(who)
        chosen = await self._acts.read(lambda stores: acting.menu(stores, who, message, action))
        return await self._ask(replace(chosen, dedupe_key=_key("menu", who, client_key(key))))

    async def submit(
        self, who: Person, form: str, values: dict[str, str], *, key: str | None = None
    ) -> Answered:
        """Fill in a form; errors keep it open.

        Sent twice at the same time, or again after a crash, it counts once, with or
        without a `key`: the form knows which attempt it waits for.
        """
        client_key(key)
        now = self._clock.now()
        filled = await self._acts.run(lambda stores: acting.fill(stores, who, form, values, now))
        if isinstance(filled, LocalForm):
            return Answered(errors=filled.errors)
        filled = replace(filled, ticket=filled.dedupe_key)
        receipt = await self._adapter.host.receive(filled)
        receipt = replace(receipt, reply=asyncio.ensure_future(receipt.reply))
        # A task of its own: whoever sent it may hang up, and the form is settled nevertheless.
        settling = asyncio.create_task(self._settle(form, filled, receipt))
        self._settling.add(settling)
        settling.add_done_callback(self._settling.discard)
        answered = await self._answers.to(filled, receipt)
        if not answered.pending:
            await asyncio.shield(settling)
        return answered

    async def dismiss(self, who: Person, form: str) -> None:
        """Close a form unanswered."""
        now = self._clock.now()
        await self._acts.run(lambda stores: acting.dismiss(stores, who, form, now))

    async def file(self, who: Person, file: str) -> Attachment:
        """An attachment's content."""
        return await self._acts.read(lambda stores: looking.file(stores, who, file))

    async def complete(self, who: Person, channel: str, text: str) -> tuple[Suggestion, ...]:
        """Completions of a line that begins with `/` or ends in `@name` or `#name`; at most 10."""
        del channel  # people may be named who are not in it
        await self._let_in(who)
        names = await self._acts.read(lambda stores: looking.names(stores, who, text))
        if names or not text.startswith("/"):
            return names
        return (await self._complete(who, text))[: looking.MOST_SUGGESTIONS]

    async def latest(self, who: Person) -> int:
        """Id of the newest event so far, 0 before the first."""
        await self._let_in(who)
        return await self._acts.read(lambda stores: stores.local.events.bounds()[1])

    async def events(self, who: Person, after: int | None) -> AsyncGenerator[LocalEvent]:
        """What happens that `who` may see, from `after` on and then live, without a gap."""
        await self._let_in(who)
        async with aclosing(self._feed.events(who, after)) as events:
            async for event in events:
                message = event.message and as_of(event.message, self._clock.now())
                yield replace(event, message=message)

    async def _let_in(self, who: Person) -> None:
        """Put who comes for the first time into the channels their team begins with."""
        if (who.workspace, who.id) in self._at_home:
            return
        if not await self._acts.read(lambda stores: channels.is_at_home(stores, who)):
            now = self._clock.now()

            def act(stores: LocalStores) -> None:
                stores.local.alone()
                channels.let_in(stores, who, now)

            await self._acts.run(act)
        self._at_home.add((who.workspace, who.id))

    async def _hand_in(self, heard: tuple[Inbound, ...]) -> None:
        """Tell the bot; it answers, if at all, in the channel."""
        for each in heard:
            await self._adapter.host.receive(each)

    async def _ask(self, inbound: Inbound) -> Answered:
        asked = replace(inbound, ticket=inbound.dedupe_key)
        return await self._answers.to(asked, await self._adapter.host.receive(asked))

    async def _settle(self, form: str, sent: Inbound, receipt: Receipt) -> None:
        """Close the form, or show what is wrong, once the work is done."""
        reply = await receipt.reply
        errors = reply.errors if isinstance(reply, FormErrors) else {}
        now = self._clock.now()
        await self._acts.run(lambda stores: acting.settle(stores, form, sent, errors, now))


def _key(kind: str, who: Person, key: str | None) -> str:
    """The dedupe key of something a person did; the client's own counts for them alone."""
    return f"local:{kind}:{who.id}:{key or new_id()}"
