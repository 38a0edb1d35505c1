"""Tokens, sessions and sign-in links."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from security.permissions import Permission
from security.proof import Session, SignInLink, Token
from storage.database import Database
from storage.stores import Stores
from tests.clock import START

HOUR = timedelta(hours=1)
TOKEN = Token("t1", "ana", "laptop", frozenset({Permission.CHAT_USE}), START, START + HOUR)
SESSION = Session("s1", "ana", START, START, START + HOUR)
LINK = SignInLink("l1", "ana", START, START + HOUR)


async def test_a_token_is_found_by_its_hash(peopled: Database) -> None:
    unlimited = Token("t2", "ana", "server", None, START + HOUR, None)

    def act(to: Stores) -> None:
        to.proofs.add_token(TOKEN, "d1")
        to.proofs.add_token(unlimited, "d2")
        to.proofs.add_token(replace(TOKEN, id="t3", account_id="bo"), "d3")
        assert to.proofs.token_by_digest("d1") == to.proofs.token("t1") == TOKEN
        assert to.proofs.token_by_digest("d2") == unlimited
        assert to.proofs.token_by_digest("t1") is None
        assert to.proofs.tokens("ana") == (unlimited, TOKEN)
        assert {it.id for it in to.proofs.tokens(None)} == {"t1", "t2", "t3"}

    await peopled.acts.run(act)


async def test_a_token_remembers_its_use_and_its_end(peopled: Database) -> None:
    def act(to: Stores) -> None:
        to.proofs.add_token(TOKEN, "d1")
        to.proofs.token_used("t1", START + HOUR)
        to.proofs.revoke_token("t1", START + HOUR)
        to.proofs.revoke_token("t1", START + 2 * HOUR)
        token = to.proofs.token("t1")
        assert token == replace(TOKEN, last_used_at=START + HOUR, revoked_at=START + HOUR)

    await peopled.acts.run(act)


async def test_sessions_end_one_by_one_or_all(peopled: Database) -> None:
    def act(to: Stores) -> None:
        for number in range(3):
            session = replace(SESSION, id=f"s{number}", created_at=START + number * HOUR)
            to.proofs.add_session(session, f"d{number}")
        to.proofs.touch_session("s1", START + HOUR)
        found = to.proofs.session_by_digest("d1")
        assert found is not None
        assert found.seen_at == START + HOUR
        assert [it.id for it in to.proofs.sessions("ana")] == ["s2", "s1", "s0"]
        to.proofs.end_session("s1")
        assert to.proofs.session_by_digest("d1") is None
        to.proofs.end_sessions("ana")
        assert to.proofs.sessions("ana") == ()

    await peopled.acts.run(act)


async def test_a_link_works_once_however_many_try(peopled: Database) -> None:
    await peopled.acts.run(lambda to: to.proofs.add_link(LINK, "d"))

    used = await asyncio.gather(
        *(peopled.acts.run(lambda to: to.proofs.use_link("d", START)) for _ in range(8))
    )

    assert [it for it in used if it is not None] == [replace(LINK, used_at=START)]


async def test_a_link_ends_with_its_time_or_when_it_is_ended(peopled: Database) -> None:
    def act(to: Stores) -> None:
        to.proofs.add_link(LINK, "d1")
        assert to.proofs.use_link("d1", START + HOUR) is None
        to.proofs.end_links("bo")
        to.proofs.end_links("ana")
        assert to.proofs.use_link("d1", START) is None
        assert to.proofs.use_link("unknown", START) is None

    await peopled.acts.run(act)


async def test_what_is_over_is_purged(peopled: Database) -> None:
    def act(to: Stores) -> None:
        to.proofs.add_token(TOKEN, "expired")
        to.proofs.add_token(replace(TOKEN, id="t2", expires_at=None), "good")
        to.proofs.add_token(replace(TOKEN, id="t3", expires_at=None, revoked_at=START), "revoked")
        to.proofs.add_session(SESSION, "s")
        to.proofs.add_link(LINK, "l")
        assert to.proofs.purge(START) == 0
        assert to.proofs.purge(START + HOUR * 2) == 4
        assert [it.id for it in to.proofs.tokens(None)] == ["t2"]

    await peopled.acts.run(act)
