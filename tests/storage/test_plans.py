"""What is asked most often is found in an index, however much there is."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, event

from incidents.incident import Status
from incidents.ports import INCIDENT_ORDERS, IncidentFilter, Viewer
from security.page import Slice
from storage.database import Database
from storage.stores import Stores
from storage.tables import METADATA
from tests.clock import START
from tests.make import channel
from tests.storage.raw import raw, reader

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

Look = Callable[[Stores], object]
ADMIN = Viewer(None, None, "ana")
RESPONDER = Viewer(frozenset({"main", "ops"}), frozenset(), "ana")


def page(wanted: IncidentFilter, viewer: Viewer, order: str = "") -> Look:
    return lambda to: to.incidents.page(wanted, viewer, Slice(order=order))


# By number is the order in which SQLite keeps the rows, so that is no walk.
ORDERS = tuple(order for order in INCIDENT_ORDERS if order != "number")
LOOKS: dict[str, Look] = {
    **{f"list by {it}": page(IncidentFilter(), RESPONDER, it) for it in ("", *ORDERS)},
    **{f"list by -{it}": page(IncidentFilter(), ADMIN, f"-{it}") for it in ORDERS},
    "ongoing": page(IncidentFilter(status=Status.ONGOING), RESPONDER),
    "commanded": page(IncidentFilter(commander_id="ana"), ADMIN),
    "of a team": page(IncidentFilter(team_id="main"), ADMIN),
    "of a playbook": page(IncidentFilter(playbook_id="outage"), ADMIN),
    "in channel": lambda to: to.incidents.in_channel(channel()),
    "unfinished": lambda to: to.journal.unfinished(START, 10),
    "acted": lambda to: to.journal.acted("x"),
    "unsealed": lambda to: to.audit.unsealed(10),
    "head": lambda to: to.audit.head(),
    "timeline": lambda to: to.timeline.page("i", (), Slice()),
    "token": lambda to: to.proofs.token_by_digest("x"),
    "living": lambda to: to.outbox.living("x"),
    "identity": lambda to: to.people.identity("local", "main", "ana"),
}


def walks(step: str) -> bool:
    """Whether a step of a plan takes longer the more rows there are."""
    scan = re.fullmatch(r"SCAN (\w+)", step)
    walked = scan is not None and scan[1] in METADATA.tables and scan[1] != "incident_counts"
    return walked or step == "USE TEMP B-TREE FOR ORDER BY"


@pytest.mark.parametrize("name", LOOKS)
async def test_no_table_is_walked_and_nothing_is_sorted(peopled: Database, name: str) -> None:
    asked: list[tuple[str, object]] = []

    def note(
        _: Connection, __: object, statement: str, parameters: object, ___: object, ____: bool
    ) -> None:
        asked.append((statement, parameters))

    event.listen(reader(peopled), "before_cursor_execute", note)
    await peopled.acts.read(LOOKS[name])
    event.remove(reader(peopled), "before_cursor_execute", note)

    def explain(to: Stores) -> list[str]:
        return [
            row.detail
            for statement, parameters in asked
            if statement.startswith("SELECT")
            for row in raw(to).exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)  # pyright: ignore[reportArgumentType]
        ]

    plan = await peopled.acts.read(explain)
    assert plan
    assert [step for step in plan if walks(step)] == []
