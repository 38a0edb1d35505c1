"""Values survive JSON and the columns they are kept in, whatever is in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticSerializationError
from sqlalchemy import Column, Engine, Integer, MetaData, Table, create_engine, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import StatementError

from automation.actions.action import Parameter
from automation.approval import PlannedStep, Policy
from automation.execution import Attempt
from automation.runbook import Content, Retry, Rollback, Step, TriggerType
from chat.address import Address
from chat.errors import BadInput
from chat.inbound import Inbound
from chat.outbox import Job
from chat.person import Person
from incidents.incident import Severity
from playbooks.playbook import Playbook
from storage.codec import (
    ADDRESS,
    ANY,
    ATTEMPTS,
    CONTENT,
    DEEPEST,
    FACTS,
    INBOUND,
    JOB,
    PERSON,
    PLAN,
    PLAYBOOK,
    POLICY,
    PROPERTIES,
    RIGHTS,
    clean,
)
from storage.tables.columns import Choice, Span, UtcTime, Words

utc_times = st.datetimes(timezones=st.just(UTC))
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)
seconds = st.floats(0, 1e6)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(-1e9, 1e9) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
json_objects = st.dictionaries(texts, json_values, max_size=3)
st.register_type_strategy(float, seconds)
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


parameters = st.builds(
    Parameter, texts, json_objects, texts, position=st.none() | st.integers(0, 9)
)
policies = st.from_type(Policy)
steps = st.builds(
    Step,
    texts,
    texts,
    st.none() | seconds,
    json_objects,
    texts,
    st.builds(Retry, st.integers(0, 9), seconds, seconds),
    approval=st.none() | policies,
    rollback=st.none() | st.builds(Rollback, texts, json_objects, st.none() | seconds),
    parallel=st.booleans(),
)
contents = st.builds(
    Content,
    texts,
    texts,
    st.sampled_from(TriggerType),
    json_objects,
    st.lists(parameters, max_size=2).map(tuple),
    st.lists(steps, max_size=2).map(tuple),
    st.none() | policies,
    st.none() | st.from_type(timedelta),
    texts,
    st.lists(texts, max_size=3).map(tuple),
)


@given(contents)
def test_runbooks_survive(content: Content) -> None:
    assert CONTENT.load(CONTENT.dump(content)) == content


plans = st.lists(
    st.builds(PlannedStep, texts, texts, json_values, seconds, texts, mistake=texts), max_size=2
).map(tuple)


@given(policies, plans, st.lists(st.from_type(Attempt), max_size=3).map(tuple), json_values)
def test_approvals_and_tasks_survive(
    policy: Policy, plan: tuple[PlannedStep, ...], attempts: tuple[Attempt, ...], value: object
) -> None:
    assert POLICY.load(POLICY.dump(policy)) == policy
    assert PLAN.load(PLAN.dump(plan)) == plan
    assert ATTEMPTS.load(ATTEMPTS.dump(attempts)) == attempts
    assert ANY.load(ANY.dump(value)) == value


def nested(levels: int) -> object:
    """Lists in one another, with brackets in a text at the bottom."""
    value: object = '[{"\\'
    for level in range(levels):
        value = [value] if level % 2 else {"[": value}
    return value


@pytest.mark.parametrize("levels", [DEEPEST, DEEPEST + 1, 240, 300, 2000])
def test_what_is_nested_too_deeply_is_cut_where_nobody_can_mend_it(levels: int) -> None:
    kept = ANY.load(ANY.dump(nested(levels)))

    assert (kept == nested(levels)) == (levels <= DEEPEST)
    assert ("nested too deeply" in str(kept)) == (levels > DEEPEST)


@pytest.mark.parametrize("levels", [DEEPEST, 240, 300, 2000])
def test_what_is_nested_too_deeply_is_refused_where_somebody_gave_it(levels: int) -> None:
    """Kept, it could not be read back, and would spoil every list that it is in."""
    with pytest.raises(BadInput, match="100 levels"):
        PROPERTIES.dump({"given": nested(levels)})
    with pytest.raises(BadInput, match="100 levels"):
        CONTENT.dump(Content("x", trigger_conditions={"given": nested(levels)}))


def test_many_brackets_beside_one_another_are_not_deep() -> None:
    value: dict[str, object] = {"a": [list[int]()] * 500, "b": "[{" * 500}

    assert ANY.load(ANY.dump(value)) == value


def test_what_is_no_json_is_a_mistake_of_ours() -> None:
    with pytest.raises(PydanticSerializationError):
        ANY.dump(object())


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
