"""The database goes away for a while, and everything goes on when it is back."""

from __future__ import annotations

import asyncio

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from tests.bench import eventually
from tests.process.product import Place
from tests.process.test_crash import START, assert_opened_once, complete

pytestmark = pytest.mark.process


def switch(url: str, *, on: bool) -> None:
    """Let connections to a PostgreSQL database in, or throw all out and let none in."""
    parsed = make_url(url)
    other = parsed.set(database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(other, autocommit=True) as connection:
        connection.execute(
            sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format(
                sql.Identifier(parsed.database or ""), sql.Literal(on)
            )
        )
        if not on:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                (parsed.database,),
            )


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_an_outage_of_the_database_is_told_and_survived(
    place: Place, empty_database_url: str
) -> None:
    async with place.running() as product:
        await product.say("general", "/incident list")
        await asyncio.sleep(2)
        switch(empty_database_url, on=False)
        try:
            refused = await product.say("general", START)
            assert refused["code"] == "UNAVAILABLE"
            health = await product.ask("GET", "/healthz")
            assert health["status"] == "ok"
            ready = await product.ask("GET", "/readyz")
            assert ready["status"] == "not ready"
            await asyncio.sleep(3)
        finally:
            switch(empty_database_url, on=True)

        async def answers() -> bool:
            return "replies" in await product.say("general", "/incident list")

        await eventually(answers, within=30, every=0.5)
        await product.say("general", START)
        await eventually(lambda: complete(product), within=30)

        await assert_opened_once(product)
        assert len(product.output) < 50_000
