"""The journal: each event once, and what of it is still to be done."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from chat.inbound import Click, Command, FormSubmission, Inbound, MessageMenu, Payload
from chat.journal import EntryState
from chat.message import Attachment
from security.audit import Outcome, Record
from storage.database import Database
from storage.stores import Stores
from tests.clock import START
from tests.make import channel, person

MINUTE = timedelta(minutes=1)


def inbound(key: str, payload: Payload | None = None) -> Inbound:
    return Inbound(key, person("ana"), channel(), payload or Command("/incident list"), "ticket")


async def test_an_event_delivered_twice_is_received_once(database: Database) -> None:
    results = await asyncio.gather(
        *(database.acts.run(lambda to: to.journal.receive(inbound("k"), START)) for _ in range(8))
    )

    assert sorted(fresh for _, fresh in results) == [False] * 7 + [True]
    assert len({entry.id for entry, _ in results}) == 1
    assert {entry.inbound for entry, _ in results} == {inbound("k")}


async def test_the_second_delivery_finds_what_became_of_the_first(database: Database) -> None:
    def act(to: Stores) -> None:
        entry, _ = to.journal.receive(inbound("k"), START)
        rest = replace(entry.inbound, payload=Command("/incident"))
        to.journal.finish(entry.id, EntryState.FAILED, START, rest, "no such playbook")
        again, fresh = to.journal.receive(inbound("k"), START + MINUTE)
        assert (again, fresh) == (replace(entry, state=EntryState.FAILED, inbound=rest), False)

    await database.acts.run(act)


async def test_an_event_is_found_by_its_id(database: Database) -> None:
    entry, _ = await database.acts.run(lambda to: to.journal.receive(inbound("k"), START))

    assert await database.acts.read(lambda to: to.journal.found(entry.id)) == entry
    assert await database.acts.read(lambda to: to.journal.found("another")) is None


async def test_every_payload_comes_back_as_it_went_in(database: Database) -> None:
    message = channel().at("7")
    payloads: tuple[Payload, ...] = (
        Command("/x “ü”", (person("bo"),), (Attachment("a", "b/c", b"\xff\x00"),)),
        Click("step.check", "s1", message, "choice"),
        FormSubmission("incident.start", "context", {"name": "db"}),
        MessageMenu("incident.start", message, "it burns", person("bo")),
    )

    def act(to: Stores) -> None:
        for number, payload in enumerate(payloads):
            to.journal.receive(inbound(f"k{number}", payload), START + number * MINUTE)

    await database.acts.run(act)
    kept = await database.acts.read(lambda to: to.journal.unfinished(START + 9 * MINUTE, 10))

    assert tuple(entry.inbound.payload for entry in kept) == payloads


async def test_text_that_no_database_can_keep_is_received_all_the_same(
    database: Database,
) -> None:
    odd = inbound("k\x00\ud800", Command("nul \x00 surrogate \ud83d end"))
    await database.acts.run(lambda to: to.journal.receive(odd, START))

    _, fresh = await database.acts.run(lambda to: to.journal.receive(odd, START))
    (entry,) = await database.acts.read(lambda to: to.journal.unfinished(START + MINUTE, 10))

    assert not fresh
    assert isinstance(entry.inbound.payload, Command)
    assert entry.inbound.payload.text.endswith("surrogate ? end")


async def test_what_is_unfinished_comes_oldest_first(database: Database) -> None:
    def act(to: Stores) -> None:
        for minutes in (3, 1, 2, 9):
            to.journal.receive(inbound(f"k{minutes}"), START + minutes * MINUTE)
        done, _ = to.journal.receive(inbound("done"), START)
        to.journal.finish(done.id, EntryState.DONE, START, done.inbound)

    await database.acts.run(act)
    found = await database.acts.read(lambda to: to.journal.unfinished(START + 5 * MINUTE, 2))

    assert [entry.inbound.dedupe_key for entry in found] == ["k1", "k2"]


async def test_an_event_has_acted_when_its_act_has_committed(database: Database) -> None:
    done = Record(START, "a", "ana", "chat", "incident.started", cause="e1")

    def act(to: Stores) -> None:
        to.audit.append(done)
        to.audit.append(replace(done, cause="e2", outcome=Outcome.DENIED))
        assert to.journal.acted("e1")
        assert not to.journal.acted("e2")
        assert not to.journal.acted("e3")

    await database.acts.run(act)


async def test_finished_events_are_forgotten(database: Database) -> None:
    def act(to: Stores) -> None:
        for key in ("old", "open", "new"):
            at = START + (10 * MINUTE if key == "new" else MINUTE)
            entry, _ = to.journal.receive(inbound(key), at)
            if key != "open":
                to.journal.finish(entry.id, EntryState.DONE, at, entry.inbound)
        assert to.journal.forget(START + 5 * MINUTE) == 1
        assert to.journal.receive(inbound("old"), START)[1]
        assert not to.journal.receive(inbound("open"), START)[1]
        assert not to.journal.receive(inbound("new"), START)[1]

    await database.acts.run(act)
