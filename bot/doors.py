"""The doors that people and programs come in by over HTTP: the API and the pages."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from api.app import Api
from api.app import Desks as ApiDesks
from api.meta import Check
from api.metrics import Metrics, Sample
from bot.server import Install
from bot.wiring import VERSION, Bot
from chat.port import Serves
from storage import migrate
from web.app import Desks as WebDesks
from web.app import Site


def doors(bot: Bot) -> tuple[Install, ...]:
    """What a server installs."""
    # The pages answer whatever the API does not know, so they come last.
    called = (each for each in bot.house.adapters.values() if isinstance(each, Serves))
    platforms = (adapter.install for adapter in called)
    return (Api(_api_desks(bot)).install, *platforms, Site(_web_desks(bot)).install)


def _api_desks(bot: Bot) -> ApiDesks:
    house = bot.house
    desks = house.desks
    metrics = Metrics()
    metrics.add(lambda: _numbers(bot))
    return ApiDesks(
        acts=house.acts,
        clock=house.clock,
        doors=desks.doors,
        people=desks.people,
        audit=house.audit,
        second_factors=house.second_factors,
        incidents=desks.incidents,
        export=desks.export,
        playbooks=desks.playbooks,
        start=desks.start,
        steps=desks.steps,
        runbooks=desks.runbooks,
        executions=desks.executions,
        approvals=desks.approvals,
        webhooks=house.automation.webhooks,
        rooms=house.rooms,
        adapters=house.adapters,
        metrics=metrics,
        checks={
            "database": _database(bot),
            "migrations": _migrations(bot),
            "work": _work(bot),
        },
        version=VERSION,
        installation=house.fingerprint,
        public_url=house.settings.public_url,
    )


def _web_desks(bot: Bot) -> WebDesks:
    house = bot.house
    desks = house.desks
    return WebDesks(
        acts=house.acts,
        clock=house.clock,
        doors=desks.doors,
        people=desks.people,
        audit=house.audit,
        second_factors=house.second_factors,
        incidents=desks.incidents,
        export=desks.export,
        playbooks=desks.playbooks,
        start=desks.start,
        steps=desks.steps,
        runbooks=desks.runbooks,
        executions=desks.executions,
        approvals=desks.approvals,
        rooms=house.rooms,
        adapters=house.adapters,
        version=VERSION,
        public_url=house.settings.public_url,
    )


def _database(bot: Bot) -> Check:
    async def check() -> str:
        await bot.house.acts.read(lambda to: to.settings.get("reachable"))
        return ""

    return check


def _migrations(bot: Bot) -> Check:
    async def check() -> str:
        # Another process may have brought the database up to date, or back.
        there = await asyncio.to_thread(migrate.current, bot.house.database.url)
        if there == (needed := migrate.head()):
            return ""
        return f"at version {there or 'none'}, not {needed}; run: tocsin database upgrade"

    return check


def _work(bot: Bot) -> Check:
    async def check() -> str:
        if bot.work is not None and not bot.work.engine.ready:
            return "the engine is starting"
        return ""

    return check


def _numbers(bot: Bot) -> Iterator[Sample]:
    deliveries = bot.house.deliverer.busy
    yield Sample("tocsin_deliveries_running", "gauge", "Messages on their way.", deliveries)
    if bot.work is not None:
        drives = bot.work.engine.busy
        yield Sample("tocsin_drives_running", "gauge", "Durable work being driven here.", drives)
