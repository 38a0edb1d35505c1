"""Tokens, sessions and sign-in links, from birth to death, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from chat.errors import BadInput, Denied, NotFound, NotSignedIn
from security.doors import Doors
from security.permissions import Permission
from security.proof import TOKEN_PREFIX
from storage.database import parse_url
from storage.postgresql import postgresql_engine
from storage.sqlite import sqlite_engine
from tests.security.conftest import House


async def test_a_token_says_who_asks_in_both_spellings(house: House) -> None:
    ana = await house.person("ana", "responder")
    header = await house.token("ana")
    secret = header.removeprefix("Token ")

    assert secret.startswith(TOKEN_PREFIX)
    for shown in (header, f"Bearer {secret}", f"bearer   {secret} ", f"TOKEN {secret}"):
        actor = await house.doors.http(shown, None)
        assert (actor.account_id, actor.via, actor.scopes) == (ana.id, "api", None)
        assert actor.may(Permission.INCIDENT_START, actor.team_id)


@pytest.mark.parametrize(
    "shown",
    [None, "", "Token", "Token ", "Basic YTpi", "Token toc_wrong", "Token '; DROP TABLE tokens"],
)
async def test_without_a_good_proof_nobody_is_let_in(house: House, shown: str | None) -> None:
    with pytest.raises(NotSignedIn) as refused:
        await house.doors.http(shown, None)
    assert refused.value.code == "NOT_AUTHENTICATED"
    assert "token" in refused.value.message


async def test_a_bad_token_is_not_saved_by_a_good_cookie(house: House) -> None:
    cookie = await house.sign_in("admin")

    with pytest.raises(NotSignedIn):
        await house.doors.http("Token toc_wrong", cookie)


async def test_a_pass_lives_two_minutes_and_leaves_nothing(house: House) -> None:
    ana = await house.person("ana", "responder")
    records = len(await house.records())
    shown = f"Pass {await house.doors.pass_for('ana')}"

    house.clock.advance(seconds=118)
    actor = await house.doors.http(shown, None)
    assert (actor.account_id, actor.via, actor.scopes) == (ana.id, "cli", None)
    assert actor.may(Permission.INCIDENT_START, actor.team_id)
    assert await house.doors.tokens(actor, "me") == ()
    assert len(await house.records()) == records
    house.clock.advance(seconds=2)
    with pytest.raises(NotSignedIn, match="over"):
        await house.doors.http(shown, None)


async def test_a_pass_is_good_only_as_it_was_signed(house: House) -> None:
    admin = await house.actor("admin")
    ana = await house.person("ana", "viewer")
    shown = await house.doors.pass_for("ana")
    _, expires, mac = shown.rsplit(".", 2)
    another = Doors(house.database.acts, house.clock, key=b"k" * 32)

    for forged in (
        f"{admin.account_id}.{expires}.{mac}",
        f"{ana.id}.{int(expires) + 1}.{mac}",
        f"{ana.id}.{expires}",
        ".",
        "ä.ö",
        await another.pass_for("ana"),
        await house.sign_in("admin"),
    ):
        with pytest.raises(NotSignedIn):
            await house.doors.http(f"Pass {forged}", None)
    with pytest.raises(NotSignedIn):
        await house.doors.http(f"Token {shown}", None)
    with pytest.raises(NotSignedIn):
        await house.doors.http(None, shown)
    await house.people.edit(admin, "ana", active=False)
    with pytest.raises(NotSignedIn, match="deactivated"):
        await house.doors.http(f"Pass {shown}", None)


async def test_scopes_narrow_a_token(house: House) -> None:
    await house.person("ana", "responder")
    actor = await house.doors.http(await house.token("ana", ("incident.view",)), None)

    assert actor.may(Permission.INCIDENT_VIEW, actor.team_id)
    assert not actor.may(Permission.INCIDENT_START, actor.team_id)


async def test_a_token_expires_on_the_second(house: House) -> None:
    admin = await house.actor("admin")
    token, secret = await house.doors.create_token(
        admin, "me", "short", expires_in=timedelta(minutes=2)
    )
    assert token.expires_at == house.clock.now() + timedelta(minutes=2)

    house.clock.advance(seconds=119)
    await house.doors.http(f"Token {secret}", None)
    house.clock.advance(seconds=1)
    with pytest.raises(NotSignedIn, match="expired"):
        await house.doors.http(f"Token {secret}", None)


async def test_a_revoked_token_is_dead_at_once_and_twice_is_harmless(house: House) -> None:
    await house.person("ana", "viewer")
    ana = await house.actor("ana")
    token, secret = await house.doors.create_token(ana, "me", "mine")

    await house.doors.revoke_token(ana, token.id)
    await house.doors.revoke_token(ana, token.id)

    with pytest.raises(NotSignedIn):
        await house.doors.http(f"Token {secret}", None)
    assert len(await house.records("token.revoked")) == 1
    listed = await house.doors.tokens(ana, "me")
    assert [known.revoked_at for known in listed] == [house.clock.now()]


async def test_other_peoples_tokens_look_as_if_they_were_not_there(house: House) -> None:
    await house.person("ana", "viewer")
    await house.person("bo", "viewer")
    token, _ = await house.doors.create_token(await house.actor("ana"), "me", "mine")

    for ref in (token.id, "no such token"):
        with pytest.raises(NotFound):
            await house.doors.revoke_token(await house.actor("bo"), ref)
    await house.doors.revoke_token(await house.actor("admin"), token.id)


async def test_use_of_a_token_is_noted_at_most_once_a_minute(house: House) -> None:
    admin = await house.actor("admin")
    _, secret = await house.doors.create_token(admin, "me", "mine")

    async def used() -> list[object]:
        await house.doors.http(f"Token {secret}", None)
        return [token.last_used_at for token in await house.doors.tokens(admin, "me")]

    first = house.clock.now()
    assert await used() == [first]
    house.clock.advance(seconds=59)
    assert await used() == [first]
    house.clock.advance(seconds=1)
    assert await used() == [house.clock.now()]


@pytest.mark.parametrize(
    ("name", "scopes", "expires_in"),
    [
        ("", None, None),
        ("x" * 61, None, None),
        ("a\nb", None, None),
        ("x", ["cake.eat"], None),
        ("x", [], None),
        ("x", ["audit.view"], None),
        ("x", None, timedelta(0)),
        ("x", None, timedelta(days=-1)),
        ("x", None, timedelta(days=4000)),
    ],
)
async def test_a_malformed_token_is_not_made(
    house: House, name: str, scopes: list[str] | None, expires_in: timedelta | None
) -> None:
    await house.person("ana", "viewer")
    ana = await house.actor("ana")

    with pytest.raises(BadInput):
        await house.doors.create_token(ana, "me", name, scopes, expires_in)
    assert await house.doors.tokens(ana, "me") == ()


async def test_a_scoped_token_makes_no_stronger_one(house: House) -> None:
    await house.person("ana", "responder")
    narrow = await house.doors.http(await house.token("ana", ("token.own", "chat.use")), None)
    doors = house.doors

    with pytest.raises(Denied, match="do not hold yourself"):
        await doors.create_token(narrow, "me", "wide")
    with pytest.raises(Denied):
        await doors.create_token(narrow, "me", "wide", ["incident.view"])
    with pytest.raises(Denied):
        await doors.sign_in_link(narrow, "me")
    await doors.create_token(narrow, "me", "narrow", ["chat.use"])
    without = await doors.http(await house.token("ana", ("chat.use",)), None)
    with pytest.raises(Denied, match=r"scope “token\.own”"):
        await doors.create_token(without, "me", "x", ["chat.use"])


async def test_only_hashes_are_stored_and_no_secret_is_audited(house: House) -> None:
    admin = await house.actor("admin")
    _, token = await house.doors.create_token(admin, "me", "mine")
    link = await house.doors.sign_in_link(admin, "me")
    cookie = await house.doors.sign_in(link)
    await house.doors.http(None, cookie)
    secrets = (token, token.removeprefix(TOKEN_PREFIX), link, cookie, cookie.split(".")[0])

    told = await house.stored_text()
    stored = everything_stored(house.database.url)

    for secret in secrets:
        assert secret not in told
        assert secret not in stored


def everything_stored(url: str) -> str:
    """The content of the tables of proofs and of the audit trail."""
    parsed = parse_url(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    engine = sqlite_engine(parsed, "BEGIN") if sqlite else postgresql_engine(parsed, pool_size=1)
    with engine.connect() as connection:
        rows = [
            repr(row)
            for table in ("tokens", "sessions", "sign_in_links", "audit")
            for row in connection.execute(text(f"SELECT * FROM {table}"))  # noqa: S608 - the names stand above
        ]
    engine.dispose()
    assert rows
    return "\n".join(rows)


async def test_a_link_signs_in_once_within_a_day(house: House) -> None:
    admin = await house.actor("admin")
    ana = await house.person("ana", "viewer")
    link, late = [await house.doors.sign_in_link(admin, "ana") for _ in range(2)]

    cookie = await house.doors.sign_in(link)

    actor = await house.doors.http(None, cookie)
    assert (actor.account_id, actor.via) == (ana.id, "web")
    with pytest.raises(NotSignedIn, match="used or has expired") as refused:
        await house.doors.sign_in(link)
    assert refused.value.code == "LINK_SPENT"
    house.clock.advance(hours=24)
    with pytest.raises(NotSignedIn):
        await house.doors.sign_in(late)
    with pytest.raises(NotSignedIn):
        await house.doors.sign_in("never made")


async def test_of_many_who_open_a_link_at_once_one_is_let_in(house: House) -> None:
    link = await house.doors.sign_in_link(await house.actor("admin"), "me")

    results = await asyncio.gather(
        *(house.doors.sign_in(link) for _ in range(8)), return_exceptions=True
    )

    assert sum(isinstance(result, str) for result in results) == 1


async def test_everybody_may_make_a_link_for_themselves(house: House) -> None:
    ana = await house.person("ana", "viewer")
    link = await house.doors.sign_in_link(await house.actor("ana"), "me")

    actor = await house.doors.http(None, await house.doors.sign_in(link))

    assert actor.account_id == ana.id


async def test_a_session_ends_after_twelve_idle_hours(house: House) -> None:
    cookie = await house.sign_in("admin")

    for _ in range(3):
        house.clock.advance(hours=11, minutes=59)
        await house.doors.http(None, cookie)
    house.clock.advance(hours=12)
    with pytest.raises(NotSignedIn, match="signed out"):
        await house.doors.http(None, cookie)


async def test_a_session_ends_after_fourteen_days_however_busy(house: House) -> None:
    cookie = await house.sign_in("admin")

    for _ in range(14 * 3 - 1):
        house.clock.advance(hours=8)
        await house.doors.http(None, cookie)
    house.clock.advance(hours=8)
    with pytest.raises(NotSignedIn):
        await house.doors.http(None, cookie)


async def test_signing_in_again_ends_the_browsers_old_session(house: House) -> None:
    old = await house.sign_in("admin")
    link = await house.doors.sign_in_link(await house.actor("admin"), "me")

    new = await house.doors.sign_in(link, replacing=old)

    assert new != old
    await house.doors.http(None, new)
    with pytest.raises(NotSignedIn):
        await house.doors.http(None, old)


async def test_signing_out_ends_one_session_and_everywhere_ends_all(house: House) -> None:
    first, second, third = [await house.sign_in("admin") for _ in range(3)]
    admin = await house.actor("admin")
    link = await house.doors.sign_in_link(admin, "me")

    await house.doors.sign_out(first)
    await house.doors.sign_out(first)
    await house.doors.sign_out("nonsense")
    with pytest.raises(NotSignedIn):
        await house.doors.http(None, first)
    await house.doors.http(None, second)

    await house.doors.sign_out_everywhere(admin, "me")
    for cookie in (second, third):
        with pytest.raises(NotSignedIn):
            await house.doors.http(None, cookie)
    with pytest.raises(NotSignedIn):
        await house.doors.sign_in(link)


async def test_cookies_are_signed(house: House) -> None:
    cookie = await house.sign_in("admin")
    secret, _, mac = cookie.rpartition(".")
    elsewhere = Doors(house.database.acts, house.clock, key=b"another key" * 3)

    for forged in (secret, f"{secret}.", f"{secret}.{mac[:-1]}x", f"{secret}x.{mac}", f".{mac}"):
        with pytest.raises(NotSignedIn):
            await house.doors.http(None, forged)
    with pytest.raises(NotSignedIn):
        await elsewhere.http(None, cookie)
    await house.doors.http(None, cookie)


async def test_rights_are_read_anew_each_time(house: House) -> None:
    admin = await house.actor("admin")
    await house.person("ana", "responder")
    header = await house.token("ana")

    await house.people.revoke(admin, "ana", "responder", "main")

    assert (await house.doors.http(header, None)).rights == {}


async def test_proofs_long_dead_are_forgotten_and_living_ones_kept(house: House) -> None:
    admin = await house.actor("admin")
    _, living = await house.doors.create_token(admin, "me", "living")
    dead, _ = await house.doors.create_token(admin, "me", "dead")
    await house.doors.create_token(admin, "me", "brief", expires_in=timedelta(hours=1))
    await house.doors.revoke_token(admin, dead.id)
    await house.sign_in("admin")

    house.clock.advance(days=40)
    assert await house.doors.tidy(timedelta(days=90)) == 0
    house.clock.advance(days=80)
    assert await house.doors.tidy(timedelta(days=90)) >= 3

    assert [token.name for token in await house.doors.tokens(admin, "me")] == ["living"]
    await house.doors.http(f"Token {living}", None)


async def test_the_proofs_life_is_in_the_audit_trail(house: House) -> None:
    admin = await house.actor("admin")
    token, _ = await house.doors.create_token(admin, "me", "mine", ["chat.use"])
    await house.doors.revoke_token(admin, token.id)
    await house.doors.sign_out(await house.sign_in("admin"))
    await house.doors.sign_out_everywhere(admin, "me")

    records = [sealed.record for sealed in await house.records()][2:]

    assert [record.action for record in records] == [
        *("token.created", "token.revoked"),
        *("sign_in_link.created", "session.started", "session.ended", "sessions.ended"),
    ]
    assert records[0].details == {"account": "admin", "expires": "never", "scopes": "chat.use"}
