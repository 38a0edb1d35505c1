"""Tocsin's own chat as a journey meets it: people come in by its pages."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from chat.card import Button
from chat.clock import Clock
from chat.fit import controls
from chat.form import Form
from chat.person import Person
from chat.rooms import Answered, ChannelKind, LocalForm, LocalMessage
from tests.adapters.venue import Shown, Venue
from tests.bench import TEAM, Bench

Starting = Callable[[], AbstractAsyncContextManager[Bench]]


class LocalVenue(Venue):
    """Implements `tests.adapters.venue.Venue` on the bench alone."""

    platform = "local"
    square = "general"

    def __init__(self, starting: Starting) -> None:
        super().__init__()
        self._starting = starting
        self._forms: dict[str, LocalForm] = {}

    @classmethod
    async def of(cls, other: Venue) -> LocalVenue:
        """The same bot's chat, and the people of another platform who have accounts."""
        made = cls(other.bot)
        made._bench = other.bench
        made.workspace = TEAM
        made.people = dict.fromkeys(other.people, "")
        await made._open_side()
        return made

    def bot(self) -> AbstractAsyncContextManager[Bench]:
        return self._starting()

    async def enter(self, name: str) -> Person:
        return await self.bench.person(name)

    async def begin(self) -> None:
        await super().begin()
        await self._open_side()

    async def _open_side(self) -> None:
        owner = await self.bench.person("admin")
        if self.side not in [one.name for one in await self.bench.house.rooms.channels(owner)]:
            await self.bench.house.rooms.create(owner, self.side, ChannelKind.PUBLIC)

    def _answered(self, who: str, answered: Answered) -> None:
        if answered.form is not None:
            self._forms[who] = answered.form

    async def type(self, who: str, channel: str, line: str) -> None:
        self._answered(who, await self.bench.say(who, channel, line))

    async def talk(self, who: str, channel: str, words: str, below: Shown | None = None) -> Shown:
        thread = int(below.thread or below.id) if below else None
        answered = await self.bench.say(who, channel, words, thread=thread)
        assert answered.message is not None
        return _shown(answered.message)

    async def push(self, who: str, message: Shown, label: str) -> None:
        card = message.raw.card
        found = (one for one in controls(card) if isinstance(one, Button) and one.label == label)
        button = next(found)
        self._answered(who, await self.bench.click(who, message.raw, button.action, button.value))

    async def menu(self, who: str, message: Shown) -> None:
        person = await self.bench.person(who)
        answered = await self.bench.house.rooms.menu(person, int(message.id), "incident.start")
        self._answered(who, answered)

    async def form(self, who: str) -> str:
        return self._forms[who].form.title if who in self._forms else ""

    async def fill(self, who: str, **values: str) -> str:
        shown = self._forms[who]
        form: Form = shown.form
        held = {field.name: field.value for field in form.fields}
        people = {field.name for field in form.fields if field.kind == "person"}
        for name in people & values.keys():
            values[name] = (await self.bench.person(values[name])).id
        submitted = await self.bench.house.rooms.submit(
            await self.bench.person(who), shown.id, held | values
        )
        await self.quiet()
        if submitted.errors:
            return "\n".join(submitted.errors.values())
        del self._forms[who]
        self._answered(who, submitted)
        return ""

    async def _messages(self, who: str, channel: str) -> list[LocalMessage]:
        person, rooms = await self.bench.person(who), self.bench.house.rooms
        seen = {one.id for one in await rooms.channels(person)}
        known = {one.name for one in await rooms.channels(person)}
        if channel not in seen | known:
            return []
        found = list(await rooms.messages(person, channel, limit=200))
        for root in [one for one in found if one.replies]:
            found += (await rooms.messages(person, channel, thread=root.id))[1:]
        return sorted(found, key=lambda one: one.id)

    async def read(self, who: str, channel: str) -> list[Shown]:
        return [_shown(one) for one in await self._messages(who, channel) if not one.only_for]

    async def private(self, who: str) -> list[Shown]:
        person = await self.bench.person(who)
        found: list[LocalMessage] = []
        for channel in await self.bench.house.rooms.channels(person):
            messages = await self._messages(who, channel.id)
            direct = channel.kind is ChannelKind.DIRECT
            found += [one for one in messages if direct or one.only_for == person.id]
        return [_shown(one) for one in sorted(found, key=lambda one: one.id)]

    async def panel(self, channel: str) -> Shown:
        return _shown(await self.bench.panel_message(channel))

    async def inside(self, who: str, channel: str) -> bool:
        people = await self.bench.house.rooms.members(await self.bench.person("admin"), channel)
        return who in {one.name for one in people}

    async def topic(self, channel: str) -> str:
        admin = await self.bench.person("admin")
        return (await self.bench.house.rooms.channel(admin, channel)).topic

    async def archived(self, channel: str) -> bool:
        admin = await self.bench.person("admin")
        return (await self.bench.house.rooms.channel(admin, channel)).archived

    async def content(self, who: str, message: Shown, file: str) -> bytes:
        number = next(one.id for one in message.raw.files if one.name == file)
        return (await self.bench.house.rooms.file(await self.bench.person(who), number)).content

    def pings(self, message: Shown) -> set[str]:
        return {one.name for one in message.raw.mentions}


def _shown(message: LocalMessage) -> Shown:
    labels = [one.label for one in controls(message.card)] if message.card else []
    return Shown(
        str(message.id),
        message.channel,
        "\n".join([message.text, *labels]),
        tuple(one.name for one in message.files),
        str(message.thread or ""),
        message.author.is_bot,
        message,
    )


@asynccontextmanager
async def opened(starting: Starting, clock: Clock) -> AsyncGenerator[Venue]:
    """The bench, and nothing besides."""
    del clock
    venue = LocalVenue(starting)
    await venue.begin()
    try:
        yield venue
    finally:
        await venue.end()
