"""Tables come and go by migrations, and are then what the code believes they are."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from automation.approval import Question
from automation.execution import Piece, TaskKind, TaskStatus, WaitsFor
from automation.runbook import Version
from chat.errors import BadInput, Refused, TocsinError, Unavailable
from chat.outbox import DirectLiving, Living, Outgoing, PostLiving
from incidents.timeline import EventKind, event
from security.actor import SYSTEM
from storage.database import open_database, parse_url
from storage.migrate import current, downgrade, head, upgrade
from storage.postgresql import postgresql_engine
from storage.sqlite import sqlite_engine
from storage.stores import Stores
from storage.tables import METADATA
from tests.clock import START, SetClock
from tests.make import channel, incident, person, post, town
from tests.make_automation import answer, approval, execution, runbook, task


def engine_for(url: str) -> Engine:
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        return sqlite_engine(parsed, "BEGIN")
    return postgresql_engine(parsed, pool_size=1)


def sqlite_schema(url: str) -> set[str]:
    """Every part of every table and index as it was written, in no order."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(
            text(
                "SELECT name, sql FROM sqlite_master "
                "WHERE type != 'trigger' AND name != 'sqlite_sequence'"
            )
        )
        schema = {
            f"{row.name}: {part.strip(' ()')}"
            for row in found
            for part in " ".join((row.sql or "").split()).split(", ")
        }
    engine.dispose()
    return schema


def postgresql_schema(url: str) -> set[str]:
    """Every column, index and constraint."""
    queries = (
        """SELECT table_name, column_name, data_type, is_nullable, column_default
        FROM information_schema.columns WHERE table_schema = 'public'""",
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        """SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace""",
    )
    engine = engine_for(url)
    with engine.connect() as connection:
        schema = {str(tuple(row)) for query in queries for row in connection.execute(text(query))}
    engine.dispose()
    return schema


def schema_of(url: str) -> set[str]:
    """Everything but Alembic's own table."""
    schema = sqlite_schema(url) if url.startswith("sqlite") else postgresql_schema(url)
    return {line for line in schema if "alembic_version" not in line}


@pytest.fixture
def declared_url(
    database_kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[str]:
    """URL of a database whose tables were made from the code, without a migration."""
    if database_kind == "sqlite":
        url = make_url(f"sqlite:///{tmp_path / 'declared.db'}")
    else:
        url = request.getfixturevalue("postgres").create()
    text_url = url.render_as_string(hide_password=False)
    engine = engine_for(text_url)
    METADATA.create_all(engine)
    engine.dispose()
    yield text_url
    if database_kind != "sqlite":
        request.getfixturevalue("postgres").drop(url)


def test_migrations_make_the_tables_that_the_code_declares(
    empty_database_url: str, declared_url: str
) -> None:
    upgrade(empty_database_url)

    assert schema_of(empty_database_url) == schema_of(declared_url)


def test_every_step_has_its_way_back(empty_database_url: str) -> None:
    seen: list[set[str]] = [set()]
    for step in range(1, int(head()) + 1):
        upgrade(empty_database_url, f"{step:04}")
        seen.append(schema_of(empty_database_url))
    assert current(empty_database_url) == head()

    for expected in reversed(seen[:-1]):
        downgrade(empty_database_url, "-1")
        assert schema_of(empty_database_url) == expected

    upgrade(empty_database_url)
    assert schema_of(empty_database_url) == seen[-1]


def automated(to: Stores) -> None:
    """Add something of everything that automation keeps, and what is told and driven of it."""
    to.incidents.add(incident())
    to.runbooks.add(runbook())
    to.runbooks.keep_version(Version("restart", 1, "1.0", runbook().content, None, START))
    to.executions.add(execution(incident_id="incident-1"), (task(),))
    to.executions.add_output([Piece(0, "execution-1", "t", START, "stdout", "x")])
    to.approvals.add(approval(incident_id="incident-1"))
    to.approvals.answer(answer())
    to.approvals.ask(Question("q1", "main", "execution-1", "t", "?", START))
    for kind in ("execution", "approval", "question", "schedule", "reminder"):
        to.drives.wake(kind, "x", START)
    for subject in ("execution:1", "approval:1", "question:1", "incident:1"):
        to.outbox.keep_alive(Living(subject, subject, channel().at(subject)))
        to.outbox.put(Outgoing(channel(), PostLiving(subject), f"post {subject}"))
    to.outbox.put(Outgoing(channel(), DirectLiving(person("ana"), "x"), "direct"))
    quoted = 'a card with "subject":"execution:1" in it'
    to.outbox.put(post(quoted, key="quoted"))
    for kind in (EventKind.EXECUTION_STARTED, EventKind.APPROVAL_DECIDED, EventKind.EXPORTED):
        to.timeline.append(event("incident-1", START, kind, SYSTEM, "told"))


def test_an_earlier_release_finds_nothing_that_it_cannot_read(
    database_url: str, clock: SetClock
) -> None:
    """Without automation's tables there is nobody who drives, shows or reads what is of them."""

    async def act(work: Callable[[Stores], None]) -> None:
        opened = open_database(database_url, telemetry=False, clock=clock)
        await opened.acts.run(work)
        opened.close()

    asyncio.run(act(town()))
    asyncio.run(act(automated))

    downgrade(database_url, "0009")

    engine = engine_for(database_url)
    left = {
        "drives": "SELECT kind FROM drives",
        "living": "SELECT subject FROM living",
        "outbox": "SELECT key FROM outbox",
        "timeline": "SELECT kind FROM timeline",
        "incidents": "SELECT id FROM incidents",
    }
    with engine.connect() as connection:
        found = {name: set(connection.scalars(text(query))) for name, query in left.items()}
    engine.dispose()
    assert found == {
        "drives": {"reminder"},
        "living": {"incident:1"},
        "outbox": {"post incident:1", "quoted"},
        "timeline": {"exported"},
        "incidents": {"incident-1"},
    }

    def again(to: Stores) -> None:
        assert to.executions.get("execution-1") is None
        to.runbooks.add(runbook())
        assert to.executions.add(execution(incident_id="incident-1"), (task(),))

    upgrade(database_url)
    asyncio.run(act(again))


def test_an_earlier_release_finds_a_step_whose_items_are_under_way_interrupted(
    database_url: str, clock: SetClock
) -> None:
    """It knows no items, and asks about what is under way and nobody drives."""
    head = task(0, status=TaskStatus.RUNNING, waits_for=WaitsFor.ITEMS)
    items = [task(0, id=f"item-{at}", kind=TaskKind.ITEM, index=at, item="web1") for at in (0, 1)]

    async def act(work: Callable[[Stores], object]) -> None:
        opened = open_database(database_url, telemetry=False, clock=clock)
        await opened.acts.run(work)
        opened.close()

    asyncio.run(act(town()))
    asyncio.run(act(lambda to: to.executions.add(execution(), (head, *items, task(1)))))

    downgrade(database_url, "0012")
    upgrade(database_url)

    def look(to: Stores) -> None:
        after = replace(head, waits_for=WaitsFor.NOTHING)
        assert to.executions.tasks("execution-1") == (after, task(1))

    asyncio.run(act(look))


def test_upgrading_twice_is_harmless(database_url: str) -> None:
    before = schema_of(database_url)

    upgrade(database_url)

    assert schema_of(database_url) == before


def test_an_empty_database_is_at_no_revision(empty_database_url: str) -> None:
    assert current(empty_database_url) is None


def test_asking_for_the_revision_makes_no_file(tmp_path: Path) -> None:
    path = tmp_path / "none.db"

    assert current(f"sqlite:///{path}") is None
    assert not path.exists()


def test_a_new_file_is_for_its_owner_only_and_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "down" / "tocsin.db"

    upgrade(f"sqlite:///{path}")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_database_of_a_newer_release_is_left_alone(database_url: str) -> None:
    engine = engine_for(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()

    with pytest.raises(Refused, match="newer release"):
        upgrade(database_url)

    assert current(database_url) == "9999"


def test_going_back_to_an_unknown_revision_says_so(database_url: str) -> None:
    with pytest.raises(BadInput, match="“abcd”"):
        downgrade(database_url, "abcd")


def test_a_step_that_fails_leaves_no_trace(empty_database_url: str) -> None:
    """A table that stands in the way of the last step takes all steps back."""
    engine = engine_for(empty_database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE local_members (id INTEGER)"))
    engine.dispose()
    before = schema_of(empty_database_url)

    with pytest.raises(TocsinError):
        upgrade(empty_database_url)

    assert schema_of(empty_database_url) == before
    assert current(empty_database_url) is None


def test_a_server_that_is_away_is_named_without_its_password() -> None:
    with pytest.raises(Unavailable, match=r"TOCSIN_DATABASE_URL.*127\.0\.0\.1.*none") as away:
        current("postgresql://nobody:secret@127.0.0.1:1/none")
    assert "secret" not in away.value.message


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("hello " * 1000)

    with pytest.raises(BadInput, match=r"notes\.txt.*not a database"):
        current(f"sqlite:///{file}")
    assert file.read_text() == "hello " * 1000
