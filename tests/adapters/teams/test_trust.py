"""Who is let in: 401 for everything that Teams did not send to this bot, lately."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import jwt
import pytest
from aiohttp import ClientSession
from botframework.connector.auth.jwt_token_extractor import JwtTokenExtractor
from cryptography.hazmat.primitives.asymmetric import rsa

from chat.errors import Unavailable
from chat.inbound import Inbound
from tests.adapters.marks import on_one_database
from tests.adapters.teams.platform import TeamsPlatform
from tests.adapters.teams.standin import APP, ROOMS, Standin, User
from tests.clock import SetClock

pytestmark = on_one_database


@pytest.fixture
def ana(teams: TeamsPlatform) -> User:
    return teams.vendor.hire("ana")


def line(vendor: Standin, who: User) -> dict[str, Any]:
    return vendor.to_bot(who, ROOMS, "incident list")


def later(teams: TeamsPlatform) -> None:
    """Ten seconds on, when the keys may be fetched again."""
    keys: Any = JwtTokenExtractor.metadataCache[f"{teams.vendor.url}/openid"]
    keys._tried_at = float("-inf")


def stranger() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


async def test_what_teams_sent_is_taken(teams: TeamsPlatform, ana: User) -> None:
    assert await teams.vendor.bring(line(teams.vendor, ana)) == (200, None)
    assert len(teams.listener.heard) == 1


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"exp": int(time.time()) - 3600}, id="expired"),
        pytest.param({"nbf": int(time.time()) + 3600}, id="not yet good"),
        pytest.param({"aud": "55555555-5555-4555-8555-555555555555"}, id="for another bot"),
        pytest.param({"aud": ""}, id="for nobody"),
        pytest.param({"iss": "https://sts.example.org"}, id="of another issuer"),
        pytest.param({"serviceurl": "https://evil.example/"}, id="for another address"),
        pytest.param({"serviceurl": None}, id="for no address"),
        pytest.param({"by": stranger()}, id="forged with the known key's name"),
        pytest.param({"by": stranger(), "kid": "unknown"}, id="of an unknown key"),
        pytest.param(
            {
                "iss": "https://login.microsoftonline.com/d6d49420-f39b-4df7-a1dc-d59a935871db/v2.0",
                "ver": "2.0",
                "azp": APP,
            },
            id="of the Emulator",
        ),
    ],
)
async def test_a_wrong_token_is_refused(
    teams: TeamsPlatform, ana: User, claims: dict[str, Any]
) -> None:
    event = line(teams.vendor, ana)
    token = teams.vendor.token(**claims)

    status, _ = await teams.vendor.bring(event, f"Bearer {token}")

    assert status == 401
    assert teams.listener.heard == []


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer garbage", "Basic eDp5", "x"])
async def test_no_token_is_refused(teams: TeamsPlatform, ana: User, header: str) -> None:
    status, _ = await teams.vendor.bring(line(teams.vendor, ana), header)

    assert status == 401
    assert teams.listener.heard == []


async def test_a_token_without_a_signature_is_refused(teams: TeamsPlatform, ana: User) -> None:
    claims = jwt.decode(teams.vendor.token(), options={"verify_signature": False})
    for algorithm, key in (("none", None), ("HS256", "k" * 32)):
        token = jwt.encode(claims, key, algorithm=algorithm, headers={"kid": "first"})  # pyright: ignore[reportArgumentType]
        status, _ = await teams.vendor.bring(line(teams.vendor, ana), f"Bearer {token}")
        assert status == 401


async def test_a_key_that_may_not_speak_for_teams_is_refused(
    teams: TeamsPlatform, ana: User
) -> None:
    teams.vendor.endorsed = "webchat"

    status, _ = await teams.vendor.bring(line(teams.vendor, ana))

    assert status == 401


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"channelId": "webchat"}, id="another channel"),
        pytest.param({"serviceUrl": ""}, id="no address"),
        pytest.param({"conversation": {"id": ROOMS, "tenantId": "other"}}, id="another tenant"),
        pytest.param({"conversation": {"id": ROOMS}, "channelData": {}}, id="no tenant"),
        pytest.param({"timestamp": ""}, id="no time"),
    ],
)
async def test_an_event_of_elsewhere_is_refused(
    teams: TeamsPlatform, ana: User, change: dict[str, Any]
) -> None:
    status, _ = await teams.vendor.bring({**line(teams.vendor, ana), **change})

    assert status == 401
    assert teams.listener.heard == []


async def test_a_replay_does_nothing_and_is_refused_when_it_is_late(
    teams: TeamsPlatform, ana: User, clock: SetClock
) -> None:
    event, token = line(teams.vendor, ana), f"Bearer {teams.vendor.token()}"
    await teams.vendor.bring(event, token)

    # Soon after, it may be the platform that brings it again.
    clock.advance(minutes=5)
    assert await teams.vendor.bring(event, token) == (200, None)
    clock.advance(minutes=11)
    status, _ = await teams.vendor.bring(event, token)

    assert status == 401
    assert len(teams.listener.heard) == 1


async def test_what_is_brought_again_needs_a_good_token_and_is_done_once(
    teams: TeamsPlatform, ana: User
) -> None:
    event = line(teams.vendor, ana)
    assert (await teams.vendor.bring(event))[0] == 200

    for claims in ({"exp": int(time.time()) - 3600}, {"by": stranger(), "kid": "first"}):
        token = teams.vendor.token(**claims)
        assert (await teams.vendor.bring(event, f"Bearer {token}"))[0] == 401
    # So does the platform when our answer came too late for it, with a token of that moment.
    token = teams.vendor.token(nbf=int(time.time()) - 1)
    assert (await teams.vendor.bring(event, f"Bearer {token}"))[0] == 200
    # Nor does it help to change what was said.
    changed = {**event, "text": "<at>Tocsin</at> incident end"}
    assert (await teams.vendor.bring(changed, f"Bearer {token}"))[0] == 200
    assert len(teams.listener.heard) == 1


async def test_a_new_key_is_known_at_once(teams: TeamsPlatform, ana: User) -> None:
    await teams.vendor.bring(line(teams.vendor, ana))
    teams.vendor.roll_over("second")
    later(teams)

    assert await teams.vendor.bring(line(teams.vendor, ana)) == (200, None)


# what was proven a moment ago


async def test_a_token_that_was_good_is_not_taken_for_another_address_or_channel(
    teams: TeamsPlatform, ana: User
) -> None:
    authorization = f"Bearer {teams.vendor.token()}"
    assert (await teams.vendor.bring(line(teams.vendor, ana), authorization))[0] == 200

    for change in (
        {"serviceUrl": "https://evil.example/"},
        {"serviceUrl": ""},
        {"channelId": "webchat"},
        {"conversation": {"id": ROOMS, "tenantId": "other"}},
        {"timestamp": ""},
    ):
        event = {**line(teams.vendor, ana), **change}
        assert (await teams.vendor.bring(event, authorization))[0] == 401
    assert len(teams.listener.heard) == 1
    assert teams.teams._connector.service_url == f"{teams.vendor.url}/"  # pyright: ignore[reportPrivateUsage]


async def test_a_token_that_was_good_is_refused_once_it_is_over(
    teams: TeamsPlatform, ana: User, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set(datetime.now(UTC))
    token = f"Bearer {teams.vendor.token(exp=int(time.time()) + 20)}"
    for _ in range(2):
        assert (await teams.vendor.bring(line(teams.vendor, ana), token))[0] == 200

    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Later:
            # The SDK allows for clocks that differ by five minutes.
            return super().now(tz) + timedelta(minutes=6)

    monkeypatch.setattr("jwt.api_jwt.datetime", Later)
    clock.advance(seconds=21)

    assert (await teams.vendor.bring(line(teams.vendor, ana), token))[0] == 401
    assert len(teams.listener.heard) == 2


async def test_a_token_that_was_good_is_refused_once_its_key_is_withdrawn(
    teams: TeamsPlatform, ana: User
) -> None:
    old = f"Bearer {teams.vendor.token()}"
    for _ in range(2):
        assert (await teams.vendor.bring(line(teams.vendor, ana), old))[0] == 200

    del teams.vendor.keys["first"]
    teams.vendor.roll_over("second")
    later(teams)
    assert (await teams.vendor.bring(line(teams.vendor, ana)))[0] == 200

    assert (await teams.vendor.bring(line(teams.vendor, ana), old))[0] == 401
    assert len(teams.listener.heard) == 3


async def test_a_token_that_was_refused_is_refused_again(teams: TeamsPlatform, ana: User) -> None:
    good = teams.vendor.token()
    assert (await teams.vendor.bring(line(teams.vendor, ana), f"Bearer {good}"))[0] == 200

    head, claims, _ = good.split(".")
    _, _, signature = teams.vendor.token(by=stranger(), kid="first").split(".")
    for _ in range(2):
        forged = f"Bearer {head}.{claims}.{signature}"
        assert (await teams.vendor.bring(line(teams.vendor, ana), forged))[0] == 401


async def test_a_token_that_never_is_over_is_refused(teams: TeamsPlatform, ana: User) -> None:
    claims = jwt.decode(teams.vendor.token(), options={"verify_signature": False})
    del claims["exp"]
    token = jwt.encode(claims, teams.vendor.keys["first"], "RS256", headers={"kid": "first"})

    assert (await teams.vendor.bring(line(teams.vendor, ana), f"Bearer {token}"))[0] == 401


async def test_unknown_keys_do_not_make_us_ask_again_and_again(
    teams: TeamsPlatform, ana: User
) -> None:
    for number in range(5):
        token = teams.vendor.token(by=stranger(), kid=f"made up {number}")
        await teams.vendor.bring(line(teams.vendor, ana), f"Bearer {token}")

    assert teams.vendor.key_fetches == 1
    later(teams)
    assert await teams.vendor.bring(line(teams.vendor, ana)) == (200, None)


@pytest.mark.parametrize("body", ["", "[]", "{", '"x"'])
async def test_what_is_no_activity_is_refused(teams: TeamsPlatform, body: str) -> None:
    url = f"{teams.vendor.bot_url}/api/chat/teams/messages"
    headers = {"Authorization": f"Bearer {teams.vendor.token()}"}
    async with ClientSession() as session, session.post(url, data=body, headers=headers) as got:
        assert got.status == 400


async def test_what_cannot_be_written_down_is_to_be_brought_again(
    teams: TeamsPlatform, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(inbound: Inbound) -> None:
        raise Unavailable("no database")

    monkeypatch.setattr(teams.listener, "receive", full)
    event = line(teams.vendor, ana)
    assert (await teams.vendor.bring(event))[0] == 503

    monkeypatch.undo()
    assert (await teams.vendor.bring(event))[0] == 200
    assert len(teams.listener.heard) == 1
