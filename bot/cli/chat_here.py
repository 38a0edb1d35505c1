"""Has things done by a bot in this process, where no server runs."""

from __future__ import annotations

import asyncio

from api.chat_answers import ChannelNames, answered_out
from api.speaker import Speakers
from bot import logs
from bot.cli.chat_deed import Answer, Deed, FillIn, Press, Read, Say
from bot.cli.office import prepare
from bot.house import House
from bot.settings import Settings
from bot.wiring import Bot, Roles, open_bot
from chat.person import Person
from chat.rooms import Answered

_SETTLING_SECONDS = 15.0
_LOOK_EVERY = 0.02


class HereDoor:
    """Implements `bot.cli.chat_deed.Door`; always open, unless somebody else has the database."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def do(self, user: str, team: str | None, deed: Deed) -> Answer | None:
        """Run a bot until it is done and what follows from it is delivered.

        Raises:
            Refused: A server has the SQLite database, though not at the address configured.
        """
        logs.set_up("warning", "plain")
        return asyncio.run(self._do(user, team, deed))

    async def _do(self, user: str, team: str | None, deed: Deed) -> Answer:
        await asyncio.to_thread(prepare, self._settings)
        async with open_bot(self._settings, Roles(durable=False)) as bot:
            house = bot.house
            if bot.work is not None:
                bot.work.start_driving()
            actor = await house.desks.doors.account(user, "cli")
            who = await Speakers(house.acts).of(actor, team)
            if isinstance(deed, Read):
                return await _read(house, who, deed)
            answered = await _done(house, who, deed)
            answer = await answered_out(house.rooms, who, answered)
            await _settled(bot)
            return answer.model_dump(mode="json")


async def _done(house: House, who: Person, deed: Say | Press | FillIn) -> Answered:
    match deed:
        case Say():
            return await house.rooms.say(who, deed.channel, deed.text, thread=deed.thread)
        case Press():
            return await house.rooms.click(who, deed.message, deed.action, deed.value)
        case FillIn():
            return await house.rooms.submit(who, deed.form, dict(deed.values))


async def _read(house: House, who: Person, deed: Read) -> Answer:
    found = await house.rooms.messages(who, deed.channel, limit=deed.limit)
    names = ChannelNames(house.rooms, who)
    shown = [(await names.message(each)).model_dump(mode="json") for each in found]
    return {"count": len(shown), "next": None, "previous": None, "results": shown}


async def _settled(bot: Bot) -> None:
    """Wait until what was started is driven: leaving sooner would leave it half done.

    What takes longer is driven by whoever runs next.
    """
    house, work = bot.house, bot.work
    if work is None:
        return

    kinds = frozenset(house.drivers)

    async def idle() -> bool:
        now = house.clock.now()
        due = await house.acts.read(lambda to: to.drives.due(now, 1, kinds))
        return work.engine.ready and not due and not work.engine.busy

    async with asyncio.timeout(_SETTLING_SECONDS):
        while not await idle():  # noqa: ASYNC110 - nothing tells when the engine is idle
            await asyncio.sleep(_LOOK_EVERY)
