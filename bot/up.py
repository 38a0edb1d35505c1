"""Runs a role from start to a signal: `tocsin up`, `serve` and `worker`."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
from contextlib import AsyncExitStack
from enum import StrEnum

from bot import logs
from bot.beginnings import ADMIN, sign_in_link
from bot.doors import doors
from bot.greeting import greeting
from bot.server import Server, listen
from bot.settings import Settings
from bot.wiring import VERSION, Bot, Roles, open_bot
from storage import migrate

_log = logging.getLogger("tocsin")


class Role(StrEnum):
    """What one process does.

    `up` is everything, and migrates. `serve` answers people and does its share of the
    work; `worker` only works. Several of the latter two need PostgreSQL.
    """

    UP = "up"
    SERVE = "serve"
    WORKER = "worker"


def run(settings: Settings, role: Role) -> None:
    """Run until SIGTERM or SIGINT.

    Raises:
        TocsinError: It cannot be started; the message says why.
    """
    logs.set_up(settings.log_level, settings.log_style)
    asyncio.run(_run(settings, role))


async def _run(settings: Settings, role: Role) -> None:
    stopping = _stopping()
    async with AsyncExitStack() as stack:
        listening, port = None, settings.port
        if role is not Role.WORKER:
            # First of all: a port that is taken stops us before anything is written.
            listening = stack.enter_context(listen(settings.host, settings.port))
            port = int(listening.getsockname()[1])
        # And so does a database that cannot be used.
        await asyncio.to_thread(migrate.current, settings.database_url)
        url = settings.url(port)
        roles = Roles(may_migrate=role is Role.UP)
        bot = await stack.enter_async_context(open_bot(settings, roles, url=url))
        if listening is not None:
            server = Server(doors(bot), https=url.startswith("https:"))
            stack.push_async_callback(server.stop)
            await server.start(listening)
        await _greet(bot, url, role)
        if bot.work is not None:
            bot.work.start_driving()
        # What is loaded now stays, so that no collection need ever look through it again:
        # that holds up everything else for tenths of a second.
        gc.collect()
        gc.freeze()
        await stopping.wait()
        _log.info("stopping; what is under way is finished first")


async def _greet(bot: Bot, url: str, role: Role) -> None:
    match role:
        case Role.UP:
            link = await sign_in_link(bot.house, url)
            print(greeting(VERSION, url, link, ADMIN), flush=True)  # noqa: T201 - for whoever started it
        case Role.SERVE:
            _log.info("Tocsin %s serves at %s", VERSION, url)
        case Role.WORKER:
            _log.info("Tocsin %s works", VERSION)


def _stopping() -> asyncio.Event:
    """Is set when somebody wants us to end; a second time ends us at once."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop(sign: signal.Signals) -> None:
        stopping.set()
        loop.remove_signal_handler(sign)

    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop, sign)
    return stopping
