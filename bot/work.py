"""What goes on in the background of a working process, started and ended in order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot.chain import Chain
from bot.crew import Crew, every
from bot.durable import DbosStarter, engine_url
from bot.engine import Engine, InlineStarter
from bot.house import House
from bot.outflow import Outflow
from bot.posts import Post
from bot.upkeep import Upkeep
from bot.usage import UsageSender
from chat.address import Address
from chat.errors import TocsinError
from chat.places import named
from chat.port import Listens

_log = logging.getLogger("tocsin")

_DRAIN_DRIVES = 12.0
_DRAIN_DELIVERIES = 5.0
_RESUME_EVERY = 30.0
_SURELY_DEAD = timedelta(minutes=2)
_HOUR = 3600.0
_PACKS_EVERY = 10.0
_MINUTE = 60.0

Loop = Callable[[], Awaitable[None]]


class Work:
    """Delivers, drives, seals, sends the audit trail out, resumes and forgets, while it runs.

    On PostgreSQL any number of processes work. Each drives; what only one may do at a
    time (deliver in order, say) stands under a lease.

    Attributes:
        name: Of this process.
        outflow: Sends the audit trail to its sinks.
    """

    def __init__(self, house: House, name: str, version: str, *, durable: bool) -> None:
        """Get ready.

        Args:
            house: Everybody.
            name: Of this process; see `bot.home`.
            version: Of the product.
            durable: Whether to drive through DBOS.
        """
        self._house = house
        self.name = name
        self._version = version
        self._alone = house.database.dialect == "sqlite"
        self._crew = Crew()
        settings = house.settings
        self._dbos = (
            DbosStarter(engine_url(settings.database_url, settings.home), name) if durable else None
        )
        starter = self._dbos or InlineStarter()
        self.engine = Engine(house.acts, house.drivers, starter, house.clock, name)
        self.outflow = Outflow(settings, house.acts, house.clock, may_print=durable)

    async def start(self) -> None:
        """Take up what an earlier life left behind, and begin."""
        house = self._house
        # In a cluster, somebody else may still be at work on what came in lately.
        await house.router.resume(older_than=timedelta() if self._alone else _SURELY_DEAD)
        self._add("delivery", house.deliverer.run)
        chain = Chain(house.acts, house.sealer, house.clock, self._operations)
        self._add("sealing", chain.seal)
        self._add("anchoring", chain.note)
        for sink, pump in self.outflow.pumps.items():
            self._add(sink, pump.run)
        for platform, adapter in house.adapters.items():
            if isinstance(adapter, Listens):
                self._add(f"listening to {platform}", adapter.listen)
        clean = self._dbos.clean if self._dbos else None
        upkeep = Upkeep(
            house.acts,
            house.clock,
            clean,
            keep_executions=timedelta(days=house.settings.keep_executions_days),
            files=house.settings.executions_path,
        )
        self._add("upkeep", upkeep.run)
        self._add("tidying", lambda: every(_HOUR, house.rooms.tidy))
        self.keep("packs", lambda: every(_PACKS_EVERY, house.automation.watch_packs))
        self._add("resuming", lambda: every(_RESUME_EVERY, self._resume))
        if house.settings.telemetry_url is not None:
            sender = UsageSender(
                house.acts, house.clock, house.settings.telemetry_url, self._version
            )
            self._add("usage", lambda: every(_MINUTE, sender.send_waiting))

    def keep(self, name: str, loop: Loop) -> None:
        """Keep one more loop going, whatever other processes do."""
        self._crew.add(name, loop)

    def start_driving(self) -> None:
        """Start the engine. Apart from the rest, since loading it takes most of a second."""
        self._crew.add("engine", self.engine.run)

    async def stop(self) -> None:
        """Finish what is under way, within half a minute, and hand over the rest."""
        self._house.automation.execution_driver.wind_down()
        await self._crew.dismiss("engine", "resuming")
        await self.engine.close(_DRAIN_DRIVES)
        await self._house.automation.close()
        await self._house.router.close()
        await self._house.rooms.close()
        await self._deliver_the_rest()
        try:
            await self._house.sealer.seal_waiting()
        except TocsinError as error:
            _log.warning("the last audit records are sealed at the next start: %s", error.message)
        await self.outflow.rest()
        await self._crew.dismiss()

    async def _deliver_the_rest(self) -> None:
        try:
            async with asyncio.timeout(_DRAIN_DELIVERIES):
                await self._house.deliverer.rest()
        except TimeoutError:
            _log.info("what is not delivered yet is delivered at the next start")

    async def _resume(self) -> None:
        await self._house.router.resume(older_than=_SURELY_DEAD)

    def _add(self, name: str, loop: Loop) -> None:
        if self._alone:
            self._crew.add(name, loop)
            return
        post = Post(self._house.acts, self._house.clock, name, self.name)
        self._crew.add(name, lambda: post.hold(loop))

    async def _operations(self) -> Address | None:
        """The channel for those who run Tocsin; None when there is none."""
        wanted = self._house.settings.operations_channel
        if not wanted:
            return None
        house = self._house
        found = await named(
            house.adapters,
            wanted,
            near=None,
            usual=house.usual_platform,
            team=house.settings.team,
        )
        if found is None:
            _log.warning("TOCSIN_OPERATIONS_CHANNEL is “%s”, and there is no such channel", wanted)
        return found
