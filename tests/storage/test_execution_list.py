"""The list of executions, against a plain reading of what it promises."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from automation.execution import (
    EXECUTION_ORDERS,
    Execution,
    ExecutionFilter,
    ExecutionStatus,
    Trigger,
)
from chat.errors import BadInput
from incidents.incident import Incident, Participant
from incidents.ports import Viewer
from security.page import Page, Slice
from storage.database import Database
from storage.stores import Stores
from tests.clock import START
from tests.make import incident, town
from tests.make_automation import execution

TEAMS = ("main", "ops", "web")
PEOPLE = ("ana", "bo", "cy")
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


def variant(**changed: object) -> Execution:
    return execution(**changed)  # pyright: ignore[reportArgumentType] - by name


executions = st.builds(
    variant,
    team_id=st.sampled_from(TEAMS),
    name=st.sampled_from(("Restart web", "ÜBER run", "100% packet_loss", "db")),
    status=st.sampled_from(ExecutionStatus),
    trigger=st.sampled_from((Trigger.MANUAL, Trigger.WEBHOOK)),
    runbook_id=st.none() | st.sampled_from(("r1", "r2")),
    incident_id=st.none() | st.sampled_from(("incident-1", "incident-2", "incident-3")),
    requested_by=st.none() | st.sampled_from(PEOPLE),
    created_at=st.integers(0, 3).map(lambda hours: START + timedelta(hours=hours)),
)
some_teams = st.none() | st.frozensets(st.sampled_from(TEAMS))
incidents = st.tuples(
    *(
        st.tuples(st.sampled_from(TEAMS), st.booleans(), st.sets(st.sampled_from(PEOPLE)))
        for _ in range(3)
    )
)
viewers = st.none() | st.builds(Viewer, some_teams, some_teams, st.none() | st.sampled_from(PEOPLE))
filters = st.builds(
    ExecutionFilter,
    team_ids=some_teams,
    viewer=viewers,
    status=st.none() | st.sampled_from(ExecutionStatus),
    active=st.none() | st.booleans(),
    runbook_id=st.none() | st.just("r1"),
    incident_id=st.none() | st.just("incident-1"),
    requested_by=st.none() | st.just("ana"),
    trigger=st.none() | st.just(Trigger.WEBHOOK),
    since=st.none() | st.just(START + timedelta(hours=1)),
    until=st.none() | st.just(START + timedelta(hours=2)),
    search=st.none() | st.sampled_from(("RUN", "über", "0%", "t_l", "web restart", "run-0000", "")),
)
slices = st.builds(
    Slice,
    limit=st.integers(1, 6),
    offset=st.integers(0, 8),
    order=st.sampled_from(("", *EXECUTION_ORDERS, *(f"-{it}" for it in EXECUTION_ORDERS))),
)

Seen = tuple[Incident, set[str]]


def visible(viewer: Viewer, it: Execution, of: Seen | None) -> bool:
    """Whether somebody sees an execution, as far as its incident goes."""
    if of is None or (it.requested_by is not None and it.requested_by == viewer.account_id):
        return True
    seen, members = of
    return (
        viewer.all_team_ids is None
        or seen.team_id in viewer.all_team_ids
        or (seen.public and (viewer.team_ids is None or seen.team_id in viewer.team_ids))
        or viewer.account_id in members
    )


def expected(
    stored: list[Execution], known: dict[str | None, Seen], wanted: ExecutionFilter, part: Slice
) -> Page[Execution]:
    """What the port's words say, read naively."""

    def fits(it: Execution) -> bool:
        text = f"{it.key}\n{it.name}".casefold()
        return (
            (wanted.team_ids is None or it.team_id in wanted.team_ids)
            and (wanted.viewer is None or visible(wanted.viewer, it, known.get(it.incident_id)))
            and wanted.status in (None, it.status)
            and wanted.active in (None, not it.ended)
            and wanted.runbook_id in (None, it.runbook_id)
            and wanted.incident_id in (None, it.incident_id)
            and wanted.requested_by in (None, it.requested_by)
            and wanted.trigger in (None, it.trigger)
            and (wanted.since is None or it.created_at >= wanted.since)
            and (wanted.until is None or it.created_at < wanted.until)
            and all(word in text for word in (wanted.search or "").casefold().split())
        )

    orders: dict[str, Callable[[Execution], object]] = {
        "created_at": lambda it: (it.created_at, it.number),
        "ended_at": lambda it: (it.ended_at or NEVER, it.number),
        "number": lambda it: it.number,
        "name": lambda it: (it.name.encode(), it.number),
    }
    order = part.order or "-created_at"
    found = [it for it in stored if fits(it)]
    found.sort(key=orders[order.removeprefix("-")], reverse=order.startswith("-"))  # pyright: ignore[reportArgumentType]
    return Page(tuple(found[part.offset : part.offset + part.limit]), len(found))


def numbered(stored: list[Execution]) -> list[Execution]:
    return [
        replace(
            it,
            id=f"execution-{number}",
            number=number,
            ended_at=it.created_at + timedelta(minutes=7 * number) if it.ended else None,
        )
        for number, it in enumerate(stored, start=1)
    ]


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    begun=st.lists(executions, max_size=12),
    of=incidents,
    asked=st.lists(st.tuples(filters, slices), max_size=8),
)
def test_a_list_is_what_the_port_says(
    database_of_examples: Database,
    begun: list[Execution],
    of: tuple[tuple[str, bool, set[str]], ...],
    asked: list[tuple[ExecutionFilter, Slice]],
) -> None:
    stored = numbered(begun)
    known: dict[str | None, Seen] = {
        f"incident-{number}": (
            replace(incident(number, team_id), public=public),
            members,
        )
        for number, (team_id, public, members) in enumerate(of, start=1)
    }

    class Rollback(Exception):
        pass

    def act(to: Stores) -> None:
        for it, members in known.values():
            to.incidents.add(it)
            for member in sorted(members):
                to.incidents.join(Participant(it.id, member, START))
        for it in stored:
            to.executions.add(it, ())
        for wanted, part in asked:
            assert to.executions.page(wanted, part) == expected(stored, known, wanted, part)
        raise Rollback

    async def example() -> None:
        with pytest.raises(Rollback):
            await database_of_examples.acts.run(act)

    asyncio.run(example())


@pytest.fixture
def database_of_examples(database: Database) -> Database:
    """One database for all examples, each of which is taken back."""
    asyncio.run(database.acts.run(town("ops", "web")))
    return database


async def test_of_a_private_incident_only_those_see_who_take_part_or_asked(
    peopled: Database,
) -> None:
    def act(to: Stores) -> None:
        to.incidents.add(replace(incident(), public=False))
        to.incidents.join(Participant("incident-1", "ana", START))
        to.executions.add(execution(1, incident_id="incident-1", requested_by="cy"), ())
        to.executions.add(execution(2), ())
        main = frozenset({"main"})
        for account, numbers in (("ana", [2, 1]), ("bo", [2]), ("cy", [2, 1]), (None, [2])):
            wanted = ExecutionFilter(main, Viewer(main, frozenset(), account))
            page = to.executions.page(wanted, Slice())
            assert ([it.number for it in page.items], page.total) == (numbers, len(numbers))

    await peopled.acts.run(act)


async def test_an_order_that_is_none_is_refused(peopled: Database) -> None:
    with pytest.raises(BadInput, match=", ".join(EXECUTION_ORDERS)):
        await peopled.acts.read(
            lambda to: to.executions.page(ExecutionFilter(), Slice(order="-colour"))
        )
