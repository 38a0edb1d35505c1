"""A route that is not complete keeps the server from starting."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from api.routing import AnyRoute, Call, Entry, Route, Table
from api.shapes import Out
from security.actor import SYSTEM


class Thing(Out):
    """Something."""

    name: str


async def handler(_call: Call[Any, Any]) -> Thing:
    return Thing(name="x")


async def identify(_request: object) -> Any:
    return SYSTEM


async def denying(_actor: object, check: Any) -> None:
    check()


COMPLETE: AnyRoute = Route("GET", "/api/things/", handler, Entry.OPEN, "List things", Thing)


def table(*routes: AnyRoute) -> Table:
    return Table(routes, identify, denying)


def test_a_complete_route_is_taken() -> None:
    assert [row.path for row in table(COMPLETE).definitions()] == ["/api/things/"]


@pytest.mark.parametrize(
    ("lacking", "why"),
    [
        ({"access": None}, "who may"),
        ({"answer": None}, "what it answers"),
        ({"answer": dict}, "what it answers"),
        ({"query": dict}, "what it takes"),
        ({"body": None}, "what it takes"),
        ({"summary": ""}, "summary"),
    ],
)
def test_an_incomplete_route_is_refused_at_start(lacking: dict[str, Any], why: str) -> None:
    with pytest.raises(TypeError, match=why):
        table(replace(COMPLETE, **lacking))


def test_the_same_route_twice_is_refused_at_start() -> None:
    with pytest.raises(TypeError, match="twice"):
        table(COMPLETE, replace(COMPLETE, summary="Again"))
