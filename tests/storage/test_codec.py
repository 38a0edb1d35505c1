"""Values survive JSON and the columns they are kept in, whatever is in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Engine, Integer, MetaData, Table, create_engine, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import StatementError

from chat.address import Address
from chat.inbound import Inbound
from chat.outbox import Job
from chat.person import Person
from incidents.incident import Severity
from playbooks.playbook import Playbook
from storage.codec import ADDRESS, FACTS, INBOUND, JOB, PERSON, PLAYBOOK, RIGHTS, clean
from storage.tables.columns import Choice, Span, UtcTime, Words

utc_times = st.datetimes(timezones=st.just(UTC))
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)
st.register_type_strategy(datetime, utc_times)
st.register_type_strategy(str, texts)
st.register_type_strategy(timedelta, st.timedeltas(timedelta(days=-900), timedelta(days=900)))


@given(st.from_type(Address), st.from_type(Person))
def test_places_and_people_survive(address: Address, person: Person) -> None:
    assert ADDRESS.load(ADDRESS.dump(address)) == address
    assert PERSON.load(PERSON.dump(person)) == person


jobs: st.SearchStrategy[Job] = st.one_of(*(st.from_type(kind) for kind in get_args(Job)))


@given(jobs)
def test_jobs_survive(job: Job) -> None:
    assert JOB.load(JOB.dump(job)) == job


@given(st.from_type(Inbound))
def test_events_survive(inbound: Inbound) -> None:
    assert INBOUND.load(INBOUND.dump(inbound)) == inbound


@given(st.from_type(Playbook))
def test_playbooks_survive(playbook: Playbook) -> None:
    assert PLAYBOOK.load(PLAYBOOK.dump(playbook)) == playbook


def test_a_right_of_a_later_release_is_none_here() -> None:
    assert RIGHTS.load('["chat.use","future.right"]') == {"chat.use"}


@given(st.text(st.characters(), max_size=30))
def test_any_text_can_be_kept_once_it_is_clean(text: str) -> None:
    kept = clean(text)

    assert "\x00" not in kept
    assert clean(kept) == kept == kept.encode().decode()


@given(st.dictionaries(st.text(st.characters(), max_size=5), st.text(st.characters(), max_size=5)))
def test_facts_with_any_text_can_be_kept(facts: dict[str, str]) -> None:
    assert FACTS.dump(facts).encode()


# A zone's offset must not push a time out of what can be counted; naive by contract.
BOUNDS = (datetime(2, 1, 1), datetime(9998, 1, 1))  # noqa: DTZ001

# --- columns -------------------------------------------------------------------------------

things = Table(
    "things",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("at", UtcTime),
    Column("lasts", Span),
    Column("severity", Choice(Severity)),
    Column("text", Words),
)


@pytest.fixture(scope="module")
def engine() -> Engine:
    """A database in memory with one table."""
    engine = create_engine("sqlite://")
    things.metadata.create_all(engine)
    return engine


def kept(engine: Engine, **values: object) -> tuple[object, ...]:
    with engine.connect() as connection:
        connection.execute(things.insert().values(**values))
        row = connection.execute(select(things.c.at, things.c.lasts, things.c.severity)).one()
        return tuple(row)


@given(
    at=st.none() | st.datetimes(*BOUNDS, timezones=st.timezones()),
    lasts=st.none() | st.from_type(timedelta),
    severity=st.none() | st.sampled_from(Severity),
)
def test_columns_give_back_what_they_got(
    engine: Engine, at: datetime | None, lasts: timedelta | None, severity: Severity | None
) -> None:
    # In UTC, since a time that a zone has twice a year equals nothing in another zone.
    in_utc = None if at is None else at.astimezone(UTC)

    assert kept(engine, at=at, lasts=lasts, severity=severity) == (in_utc, lasts, severity)


def test_times_come_back_in_utc(engine: Engine) -> None:
    berlin = timezone(timedelta(hours=2))
    found, _, _ = kept(engine, at=datetime(2026, 3, 1, 14, tzinfo=berlin))

    assert str(found) == "2026-03-01 12:00:00+00:00"
    in_berlin = datetime(2026, 3, 1, 14, tzinfo=berlin)
    assert UtcTime().process_result_value(in_berlin, postgresql.dialect()) == in_berlin


def test_a_time_without_a_zone_is_refused(engine: Engine) -> None:
    with pytest.raises(StatementError, match="without a zone"):
        kept(engine, at=datetime(2026, 3, 1))  # noqa: DTZ001 - that is the point
