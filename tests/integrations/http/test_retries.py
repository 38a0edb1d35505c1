"""HTTP actions: what is tried again, and for how long."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web

from tests.clock import SetClock
from tests.integrations.http.asker import ACTION, Asker, answering
from tests.integrations.http.site import HOME, Site, site


async def test_trouble_that_passes_is_tried_again(asker: Asker, here: Site) -> None:
    here.answers["/"] = answering(503, 502, 200)

    outcome = await asker.ask(url=here.url(), retries=2)

    assert outcome.ok, outcome.error
    assert len(here.heard) == 3
    tries = [line for line in asker.lines if line.startswith("GET ")]
    assert [line.split(": ")[1].split()[0] for line in tries] == ["503", "502", "200"]
    assert sum("Trying again in" in line for line in asker.lines) == 2


async def test_after_the_last_try_the_last_answer_counts(asker: Asker, here: Site) -> None:
    here.answers["/"] = answering(504)

    outcome = await asker.ask(url=here.url(), retries=1)

    assert not outcome.ok
    assert outcome.output["body"] == "this is 504"
    assert len(here.heard) == 2


@pytest.mark.parametrize("status", [400, 404, 500, 501])
async def test_trouble_that_stays_is_not_tried_again(asker: Asker, here: Site, status: int) -> None:
    here.answers["/"] = answering(status)

    await asker.ask(url=here.url(), retries=3)

    assert len(here.heard) == 1


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_a_change_is_only_repeated_when_the_other_side_can_know_it(
    asker: Asker, here: Site, method: str
) -> None:
    here.answers["/"] = answering(503)

    await asker.ask(url=here.url(), method=method, retries=1)
    assert len(here.heard) == 1

    await asker.ask(url=here.url(), method=method, retries=1, headers={"Idempotency-Key": "mine"})
    assert len(here.heard) == 3

    asker.action = replace(ACTION, idempotent=True)
    await asker.ask(url=here.url(), method=method, retries=1)
    assert len(here.heard) == 5
    assert here.heard[3].headers["Idempotency-Key"] == here.heard[4].headers["Idempotency-Key"]


async def test_somebody_who_comes_back_is_found(asker: Asker) -> None:
    async with site() as gone:
        port = gone.port
    asked = asyncio.create_task(asker.ask(url=f"http://{HOME}:{port}/", retries=10))
    await asyncio.wait_for(asker.said("refused the connection"), 10)

    async with site(port=port) as back:
        outcome = await asked

        assert len(back.heard) == 1
    assert outcome.ok, outcome.error


async def test_who_asks_for_time_is_given_it(asker: Asker, here: Site, clock: SetClock) -> None:
    here.answers["/seconds"] = answering(429, 200, Retry_After="1")
    date = format_datetime(clock.now() + timedelta(seconds=1), usegmt=True)
    here.answers["/date"] = answering(503, 200, Retry_After=date)
    loop = asyncio.get_running_loop()

    for path in ("/seconds", "/date"):
        begun = loop.time()
        outcome = await asker.ask(url=here.url(path), retries=1)

        assert outcome.ok, outcome.error
        assert loop.time() - begun >= 1
        assert "Trying again in 1.0 s." in asker.lines


async def test_nobody_waits_longer_than_there_is_time(asker: Asker, here: Site) -> None:
    here.answers["/"] = answering(429, Retry_After="3600")

    outcome = await asker.ask(url=here.url(), retries=5)

    assert not outcome.ok
    assert outcome.output["status_code"] == 429
    assert asker.lines[-1] == "Not trying again: waiting 3600.0 s would take too long."


async def test_an_address_that_is_refused_is_not_tried_again(asker: Asker, here: Site) -> None:
    url = here.redirects("/", "http://169.254.169.254/latest/meta-data/iam/")

    outcome = await asker.ask(url=url, retries=5)

    assert not outcome.ok
    assert "169.254.169.254 is the address of a cloud's metadata" in outcome.error
    assert "TOCSIN_ALLOWED_NETWORKS" in outcome.error
    assert len(here.heard) == 1


async def test_a_try_has_its_time_and_so_has_the_whole(asker: Asker, here: Site) -> None:
    async def never(_: web.BaseRequest) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    here.answers["/"] = never

    tries = await asker.ask(20, url=here.url(), timeout=0.2, retries=1)
    whole = await asker.ask(0.5, url=here.url(), retries=5)

    assert tries.timed_out
    assert tries.error == f"{HOME} did not answer within 0.2 seconds."
    assert len(here.heard) == 3
    assert whole.timed_out
    assert "0.5 seconds" in whole.error
