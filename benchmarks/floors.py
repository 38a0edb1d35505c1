"""What the same machine does with next to nothing in the way, in the same run."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import psycopg

from benchmarks.figures import Timings
from benchmarks.load import measure, resident

_ECHO = """
import sys
from aiohttp import web

async def echo(request):
    return web.json_response(await request.json())

app = web.Application()
app.router.add_post("/echo", echo)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
"""


@dataclass(frozen=True, slots=True)
class Echo:
    """A bare aiohttp server.

    Attributes:
        started_in: Seconds from the start of its process to its first answer.
        memory: Resident, in MiB, after that answer.
    """

    started_in: float
    memory: float


@asynccontextmanager
async def echo_server(port: int) -> AsyncGenerator[Echo]:
    """A bare aiohttp server, stopped at the end."""
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _ECHO, str(port))
    try:
        async with aiohttp.ClientSession() as session:
            while True:
                try:
                    async with session.post(_url(port), json={}) as answer:
                        await answer.read()
                    break
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.01)
        yield Echo(time.perf_counter() - began, resident(process.pid))
    finally:
        process.terminate()
        await process.wait()


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}/echo"


async def echo(port: int, *, times: int, at_once: int) -> Timings:
    """Posting a small JSON object to the bare server and reading it back."""
    async with aiohttp.ClientSession() as session:

        async def call(number: int) -> None:
            body = {"channel": "general", "text": f"/incident info {number}"}
            async with session.post(_url(port), json=body) as answer:
                json.loads(await answer.read())

        return await measure(call, times=times, at_once=at_once)


def sqlite_commits(folder: Path, times: int = 500) -> Timings:
    """One durable single-row transaction after another in a bare SQLite (WAL, FULL)."""
    connection = sqlite3.connect(folder / "floor.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)")
    taken: list[float] = []
    start = time.perf_counter()
    for number in range(times):
        began = time.perf_counter()
        connection.execute("INSERT INTO t (text) VALUES (?)", (f"row {number}",))
        taken.append(time.perf_counter() - began)
    took = time.perf_counter() - start
    connection.close()
    return Timings(tuple(taken), took)


def postgresql_commits(url: str, times: int = 500) -> Timings:
    """The same in a bare PostgreSQL connection."""
    taken: list[float] = []
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE floor (id serial PRIMARY KEY, text text)")
        start = time.perf_counter()
        for number in range(times):
            began = time.perf_counter()
            connection.execute("INSERT INTO floor (text) VALUES (%s)", (f"row {number}",))
            taken.append(time.perf_counter() - began)
        took = time.perf_counter() - start
        connection.execute("DROP TABLE floor")
    return Timings(tuple(taken), took)
