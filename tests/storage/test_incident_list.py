"""The list of incidents, against a plain reading of what it promises."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.errors import BadInput
from incidents.incident import Incident, Participant, Severity, Status
from incidents.ports import INCIDENT_ORDERS, IncidentFilter, Viewer
from security.page import Page, Slice
from storage.database import Database
from storage.stores import Stores
from tests.clock import START
from tests.make import incident, playbook, town

EVERYTHING = Viewer(team_ids=None, all_team_ids=None, account_id="ana")
TEAMS = ("main", "ops", "web")
PEOPLE = ("ana", "bo", "cy")
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


def variant(**changed: object) -> Incident:
    return replace(incident(), **changed)  # pyright: ignore[reportArgumentType] - by name


incidents = st.builds(
    variant,
    team_id=st.sampled_from(TEAMS),
    name=st.sampled_from(("Checkout is down", "ÜBER slow", "100% packet_loss", "db")),
    summary=st.sampled_from(("", "the Database is gone", "checkout")),
    severity=st.sampled_from(Severity),
    status=st.sampled_from(Status),
    public=st.booleans(),
    commander_id=st.sampled_from(PEOPLE),
    playbook_id=st.sampled_from(("outage", "data-loss")),
    started_at=st.integers(0, 3).map(lambda hours: START + timedelta(hours=hours)),
)
towns = st.lists(st.tuples(incidents, st.sets(st.sampled_from(PEOPLE))), max_size=12)
some_teams = st.none() | st.frozensets(st.sampled_from(TEAMS))
viewers = st.builds(Viewer, some_teams, some_teams, st.none() | st.sampled_from(PEOPLE))
filters = st.builds(
    IncidentFilter,
    team_id=st.none() | st.sampled_from(TEAMS),
    status=st.none() | st.sampled_from(Status),
    severities=st.lists(st.sampled_from(Severity), max_size=2, unique=True).map(tuple),
    commander_id=st.none() | st.sampled_from(PEOPLE),
    member_id=st.none() | st.sampled_from(PEOPLE),
    playbook_id=st.none() | st.just("outage"),
    since=st.none() | st.just(START + timedelta(hours=1)),
    until=st.none() | st.just(START + timedelta(hours=2)),
    search=st.none()
    | st.sampled_from(("CHECKOUT", "über", "0%", "t_l", "down is", "inc-0000", "")),
)
slices = st.builds(
    Slice,
    limit=st.integers(1, 6),
    offset=st.integers(0, 8),
    order=st.sampled_from(("", *INCIDENT_ORDERS, *(f"-{it}" for it in INCIDENT_ORDERS))),
)


def expected(
    town: list[tuple[Incident, set[str]]], wanted: IncidentFilter, viewer: Viewer, part: Slice
) -> Page[Incident]:
    """What the port's words say, read naively."""

    def seen(it: Incident, members: set[str]) -> bool:
        return (
            viewer.all_team_ids is None
            or it.team_id in viewer.all_team_ids
            or (it.public and (viewer.team_ids is None or it.team_id in viewer.team_ids))
            or viewer.account_id in members
        )

    def fits(it: Incident, members: set[str]) -> bool:
        text = f"{it.key}\n{it.name}\n{it.summary}".casefold()
        return (
            wanted.team_id in (None, it.team_id)
            and wanted.status in (None, it.status)
            and (not wanted.severities or it.severity in wanted.severities)
            and wanted.commander_id in (None, it.commander_id)
            and (wanted.member_id is None or wanted.member_id in members)
            and wanted.playbook_id in (None, it.playbook_id)
            and (wanted.since is None or it.started_at >= wanted.since)
            and (wanted.until is None or it.started_at < wanted.until)
            and all(word in text for word in (wanted.search or "").casefold().split())
        )

    orders: dict[str, Callable[[Incident], object]] = {
        "started_at": lambda it: (it.started_at, it.number),
        "ended_at": lambda it: (it.ended_at or NEVER, it.number),
        "severity": lambda it: (it.severity.rank, it.number),
        "number": lambda it: it.number,
        "name": lambda it: (it.name.encode(), it.number),
    }
    order = part.order or "-started_at"
    found = [it for it, members in town if seen(it, members) and fits(it, members)]
    found.sort(key=orders[order.removeprefix("-")], reverse=order.startswith("-"))  # pyright: ignore[reportArgumentType]
    return Page(tuple(found[part.offset : part.offset + part.limit]), len(found))


def numbered(town: list[tuple[Incident, set[str]]]) -> list[tuple[Incident, set[str]]]:
    return [
        (
            replace(
                it,
                id=f"incident-{number}",
                number=number,
                ended_at=it.started_at + timedelta(minutes=7 * number)
                if it.status is Status.CLOSED
                else None,
            ),
            members,
        )
        for number, (it, members) in enumerate(town, start=1)
    ]


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(town_of=towns, asked=st.lists(st.tuples(filters, viewers, slices), max_size=8))
def test_a_list_is_what_the_port_says(
    database_of_examples: Database,
    town_of: list[tuple[Incident, set[str]]],
    asked: list[tuple[IncidentFilter, Viewer, Slice]],
) -> None:
    everybody = numbered(town_of)

    class Rollback(Exception):
        pass

    def act(to: Stores) -> None:
        for it, members in everybody:
            to.incidents.add(it)
            for member in sorted(members):
                to.incidents.join(Participant(it.id, member, START))
        for wanted, viewer, part in asked:
            page = to.incidents.page(wanted, viewer, part)
            assert page == expected(everybody, wanted, viewer, part)
        raise Rollback

    async def example() -> None:
        with pytest.raises(Rollback):
            await database_of_examples.acts.run(act)

    asyncio.run(example())


@pytest.fixture
def database_of_examples(database: Database) -> Database:
    """One database for all examples, each of which is taken back."""

    def act(to: Stores) -> None:
        town("ops", "web")(to)
        to.playbooks.add(playbook("data-loss"))

    asyncio.run(database.acts.run(act))
    return database


async def test_counts_follow_every_change(peopled: Database) -> None:
    async def totals() -> dict[str, int]:
        def look(to: Stores) -> dict[str, int]:
            return {
                name: to.incidents.page(wanted, viewer, Slice()).total
                for name, (wanted, viewer) in {
                    "all": (IncidentFilter(), EVERYTHING),
                    "ongoing": (IncidentFilter(status=Status.ONGOING), EVERYTHING),
                    "low": (IncidentFilter(severities=(Severity.LOW,)), EVERYTHING),
                    "public": (IncidentFilter(), Viewer(None, frozenset(), None)),
                    "ops": (IncidentFilter(team_id="ops"), EVERYTHING),
                }.items()
            }

        return await peopled.acts.read(look)

    first, second = incident(1), incident(2)
    await peopled.acts.run(lambda to: [to.incidents.add(it) for it in (first, second)])
    assert await totals() == {"all": 2, "ongoing": 2, "low": 0, "public": 2, "ops": 0}

    changed = replace(
        first, status=Status.CLOSED, severity=Severity.LOW, public=False, team_id="ops", version=2
    )
    await peopled.acts.run(lambda to: to.incidents.save(changed))
    assert await totals() == {"all": 2, "ongoing": 1, "low": 1, "public": 1, "ops": 1}

    await peopled.acts.run(lambda to: to.incidents.save(replace(changed, name="x", version=3)))
    assert await totals() == {"all": 2, "ongoing": 1, "low": 1, "public": 1, "ops": 1}


async def test_counts_stay_right_when_incidents_change_at_once(peopled: Database) -> None:
    """Changes that cross each other wait for one another; none is lost, none locks out."""
    many = [
        replace(incident(n), severity=Severity.LOW if n % 2 else Severity.HIGH)
        for n in range(1, 21)
    ]
    await peopled.acts.run(lambda to: [to.incidents.add(it) for it in many])

    def swap(it: Incident, to: Stores) -> None:
        other = Severity.HIGH if it.severity is Severity.LOW else Severity.LOW
        to.incidents.save(replace(it, severity=other, version=2))

    await asyncio.gather(*(peopled.acts.run(lambda to, i=it: swap(i, to)) for it in many))

    low = IncidentFilter(severities=(Severity.LOW,))
    page = await peopled.acts.read(lambda to: to.incidents.page(low, EVERYTHING, Slice()))
    assert page.total == len(page.items) == 10


async def test_many_that_fit_a_search_are_counted_and_paged(peopled: Database) -> None:
    many = [incident(n, at=START + timedelta(minutes=n)) for n in range(1, 621)]
    await peopled.acts.run(lambda to: [to.incidents.add(it) for it in many])
    wanted = IncidentFilter(search="checkout 500")

    page = await peopled.acts.read(
        lambda to: to.incidents.page(wanted, EVERYTHING, Slice(limit=3, offset=1))
    )

    assert [it.number for it in page.items] == [619, 618, 617]
    assert page.total == 620


async def test_an_order_that_is_none_is_refused(peopled: Database) -> None:
    with pytest.raises(BadInput, match="started_at, ended_at, severity, number, name"):
        await peopled.acts.read(
            lambda to: to.incidents.page(IncidentFilter(), EVERYTHING, Slice(order="-colour"))
        )
