"""Our own numbers in Prometheus' text format, and whether we can serve."""

from __future__ import annotations

import json
import re

from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from api.meta import Check, Meta
from api.metrics import Metrics, Sample
from chat.errors import Unavailable

LINE = re.compile(r'tocsin_\w+(\{(\w+="(?:[^"\\\n]|\\["\\n])*",?)+\})? [\d.e+-]+')


@given(st.lists(st.floats(min_value=0, max_value=100), min_size=1, max_size=30))
def test_buckets_count_up_to_their_bound(times: list[float]) -> None:
    metrics = Metrics()
    for seconds in times:
        metrics.served("GET", "/api/things/", 200, seconds)

    counted = re.findall(r'_bucket\{.*le="(.+)"\} (\d+)', metrics.text())

    for bound, count in counted:
        assert int(count) == sum(seconds <= float(bound) for seconds in times)
    assert f'_count{{method="GET",route="/api/things/"}} {len(times)}' in metrics.text()


@given(st.text(), st.text())
def test_no_label_breaks_out_of_its_line(label: str, about: str) -> None:
    metrics = Metrics()
    metrics.add(lambda: [Sample("tocsin_things", "gauge", about, 1.5, {"kind": label})])

    lines = metrics.text().split("\n")

    assert [line for line in lines if line and not line.startswith("#")] == [
        line for line in lines if LINE.fullmatch(line)
    ]
    assert len(lines) == 8


async def readiness(**checks: Check) -> tuple[int, dict[str, str]]:
    meta = Meta(Metrics(), checks, "1", "x")
    ready = next(row for row in meta.routes() if row.path == "/readyz")
    answer = await ready.handler(None)  # pyright: ignore[reportArgumentType] - it looks at nothing
    assert isinstance(answer, web.Response)
    return answer.status, json.loads(answer.text or "")["checks"]


async def fine() -> str:
    return ""


async def starting() -> str:
    return "it is starting"


async def away() -> str:
    raise Unavailable("The database does not answer.")


async def test_one_part_that_does_not_work_makes_it_not_ready() -> None:
    assert await readiness(database=fine) == (200, {"database": "ok"})
    assert await readiness(database=fine, engine=starting) == (
        503,
        {"database": "ok", "engine": "it is starting"},
    )
    assert await readiness(database=away) == (
        503,
        {"database": "The database does not answer."},
    )
