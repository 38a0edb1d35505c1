"""A route that is not complete keeps the server from starting."""

from __future__ import annotations

import re
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


def test_a_place_does_not_take_a_word_that_another_path_has_there() -> None:
    one, me, roles = (
        replace(COMPLETE, path=f"/api/users/{rest}/") for rest in ("{ref}", "me", "{ref}/roles")
    )

    taken = {
        row.path: re.compile(as_regex(row.path)) for row in table(one, me, roles).definitions()
    }

    def takers(path: str) -> int:
        return sum(pattern.fullmatch(path) is not None for pattern in taken.values())

    assert takers("/api/users/me/") == 1
    assert takers("/api/users/meg/") == 1
    assert takers("/api/users/me/roles/") == 1


def as_regex(path: str) -> str:
    """A path of aiohttp's as the pattern it is."""
    return re.sub(r"\{ref(?::(.+?\]\+))?\}", lambda found: f"({found[1] or '[^{}/]+'})", path)


def test_the_same_route_twice_is_refused_at_start() -> None:
    with pytest.raises(TypeError, match="twice"):
        table(COMPLETE, replace(COMPLETE, summary="Again"))
