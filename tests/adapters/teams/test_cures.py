"""What is wrong with the bare SDK, and that ours is not: one pair for each file in `cures/`."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from aiohttp import web
from botbuilder.core import Bot, TurnContext
from botbuilder.core.teams import TeamsInfo
from botbuilder.integration.aiohttp import (
    CloudAdapter,
    ConfigurationBotFrameworkAuthentication,
)
from botbuilder.schema import Activity, ErrorResponseException, InvokeResponse
from botframework.connector.aio import ConnectorClient
from botframework.connector.auth import PasswordServiceClientCredentialFactory
from botframework.connector.auth.jwt_token_extractor import _OpenIdMetadata  # pyright: ignore[reportPrivateUsage]
from cryptography.hazmat.primitives.asymmetric import rsa
from msrest.authentication import BasicTokenAuthentication
from msrest.pipeline.async_requests import AsyncRequestsCredentialsPolicy

from adapters.teams.cures.app_id import AlwaysAsks
from adapters.teams.cures.signing_keys import SigningKeys
from adapters.teams.tokens import Tokens
from chat.card import Card
from chat.errors import BadInput, Unavailable
from tests.adapters.marks import on_one_database
from tests.adapters.teams.platform import TeamsPlatform
from tests.adapters.teams.standin import APP, PASSWORD, ROOMS, TENANT, Standin, public
from tests.clock import SetClock


@pytest.fixture
def keys() -> Any:
    """Where keys are published, in a thread, since the bare SDK holds up the loop for them."""
    vendor = Standin(lambda: None)  # pyright: ignore[reportArgumentType]
    answers: dict[str, Callable[[], Any]] = {}
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(threading.current_thread().name)
            body = json.dumps(answers[self.path]()).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    url = f"http://127.0.0.1:{server.server_address[1]}"
    answers["/openid"] = lambda: {"jwks_uri": f"{url}/keys"}
    answers["/keys"] = lambda: {"keys": [public(n, k, "msteams") for n, k in vendor.keys.items()]}
    vendor.url = url
    vendor.calls = asked  # pyright: ignore[reportAttributeAccessIssue]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield vendor
    server.shutdown()
    thread.join()
    server.server_close()


@asynccontextmanager
async def bare(vendor: Standin, bot: Bot) -> AsyncGenerator[str]:
    """The SDK's own adapter, as its documents say; where it is."""

    class Settings:
        APP_ID = APP
        APP_PASSWORD = PASSWORD
        APP_TYPE = "SingleTenant"
        APP_TENANTID = TENANT
        TO_BOT_FROM_CHANNEL_OPENID_METADATA_URL = f"{vendor.url}/openid"
        TO_BOT_FROM_CHANNEL_TOKEN_ISSUER = "https://api.botframework.com"
        TO_CHANNEL_FROM_BOT_LOGIN_URL = "https://login.microsoftonline.com/x"
        TO_CHANNEL_FROM_BOT_OAUTH_SCOPE = "https://api.botframework.com"
        OAUTH_URL = "https://api.botframework.com"

    adapter = CloudAdapter(ConfigurationBotFrameworkAuthentication(Settings()))

    async def handle(request: web.Request) -> web.Response:
        return await adapter.process(request, bot) or web.Response()

    app = web.Application()
    app.router.add_post("/api/chat/teams/messages", handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    vendor.bot_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield vendor.bot_url
    finally:
        await runner.cleanup()


class Silent(Bot):
    """Says nothing."""

    async def on_turn(self, context: TurnContext) -> None:
        """Nothing."""


class Replies(Bot):
    """Answers an invoke, as the SDK's documents say."""

    async def on_turn(self, context: TurnContext) -> None:
        body = {"statusCode": 200, "type": "application/vnd.microsoft.activity.message"}
        value = InvokeResponse(status=200, body={**body, "value": "ok"})
        await context.send_activity(Activity(type="invokeResponse", value=value))


def event(vendor: Standin, kind: str = "message", **more: Any) -> dict[str, Any]:
    """An event that is signed for the stand-in's address."""
    return vendor.event(vendor.hire("ana"), kind, ROOMS, **more)


@pytest.fixture
def vendor(keys: Standin) -> Standin:
    keys.now = SetClock().now
    return keys


# cures/invoke_reply.py


async def test_the_sdk_cannot_answer_an_invoke(vendor: Standin) -> None:
    async with bare(vendor, Replies()):
        status, _ = await vendor.bring(event(vendor, "invoke", name="adaptiveCard/action"))

    assert status == 500


@on_one_database
async def test_ours_answers_an_invoke(teams: TeamsPlatform) -> None:
    ana = teams.vendor.hire("ana")
    pressed = teams.vendor.event(
        ana, "invoke", ROOMS, name="adaptiveCard/action", value={"action": {"data": {"t": "x"}}}
    )

    assert (await teams.vendor.bring(pressed))[0] == 200


# cures/refusal.py


@pytest.mark.parametrize(
    "header",
    ["", "Bearer garbage", "expired", "forged"],
    ids=["missing", "garbage", "old", "made up"],
)
async def test_the_sdk_answers_most_refusals_with_500(vendor: Standin, header: str) -> None:
    made = {
        "expired": lambda: f"Bearer {vendor.token(exp=int(time.time()) - 3600)}",
        "forged": lambda: f"Bearer {vendor.token(by=rsa.generate_private_key(65537, 2048))}",
    }
    async with bare(vendor, Silent()):
        authorization = made[header]() if header in made else header
        status, _ = await vendor.bring(event(vendor), authorization)

    assert status == 500  # test_trust.py: ours answers 401


# cures/proven.py


@on_one_database
async def test_the_sdk_takes_a_token_apart_for_each_event_and_ours_once(
    vendor: Standin, teams: TeamsPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken_apart: list[str] = []
    decode = jwt.decode

    def watched(token: str, *args: Any, **more: Any) -> Any:
        taken_apart.append(token)
        return decode(token, *args, **more)

    monkeypatch.setattr(jwt, "decode", watched)
    token = vendor.token()
    async with bare(vendor, Silent()):
        for _ in range(3):
            assert (await vendor.bring(event(vendor), f"Bearer {token}"))[0] == 201
    assert taken_apart == [token] * 12

    taken_apart.clear()
    theirs = teams.vendor.token()
    ana = teams.vendor.hire("ana")
    for number in range(5):
        said = teams.vendor.to_bot(ana, ROOMS, f"incident list {number}")
        assert (await teams.vendor.bring(said, f"Bearer {theirs}"))[0] == 200
    # The first one had the keys fetched, before which nothing is taken for proven.
    assert taken_apart == [theirs] * 10


# cures/app_id.py


async def test_the_sdk_asks_for_no_token_without_an_app_id() -> None:
    assert await PasswordServiceClientCredentialFactory("", "").is_authentication_disabled()

    with pytest.raises(BadInput, match="APP_ID is empty"):
        AlwaysAsks(" ")
    assert not await AlwaysAsks(APP).is_authentication_disabled()


# cures/signing_keys.py


async def test_the_sdk_knows_no_new_key(vendor: Standin) -> None:
    theirs = _OpenIdMetadata(f"{vendor.url}/openid")
    await theirs.get("first")
    vendor.roll_over("second")
    with pytest.raises(IndexError):
        await theirs.get("second")

    ours = SigningKeys(f"{vendor.url}/openid")
    assert await ours.get("first") is not None
    vendor.roll_over("third")
    ours._tried_at = float("-inf")  # pyright: ignore[reportPrivateUsage]  # ten seconds later
    assert await ours.get("third") is not None
    assert await ours.get("fourth") is None


async def test_keys_at_hand_stay_good_when_they_cannot_be_fetched(vendor: Standin) -> None:
    ours = SigningKeys(f"{vendor.url}/openid")
    assert await ours.get("first") is not None
    ours.url = "http://127.0.0.1:9/openid"
    ours._fetched_at = ours._tried_at = float("-inf")  # pyright: ignore[reportPrivateUsage]

    assert await ours.get("first") is not None


# cures/token.py


async def test_the_sdk_holds_up_the_loop_for_its_token() -> None:
    asked_in: list[str] = []

    class Slow(BasicTokenAuthentication):
        def signed_session(self, session: Any = None) -> Any:
            asked_in.append(threading.current_thread().name)
            raise InterruptedError

    policy = AsyncRequestsCredentialsPolicy(Slow({"access_token": "x"}))
    request: Any = type("R", (), {"context": type("C", (), {"session": None})()})()
    with pytest.raises(InterruptedError):
        await policy.send(request)

    assert asked_in == [threading.main_thread().name]


@on_one_database
async def test_ours_asks_in_a_thread(teams: TeamsPlatform, monkeypatch: pytest.MonkeyPatch) -> None:
    asked_in: list[str] = []
    fetch = Tokens._fetch  # pyright: ignore[reportPrivateUsage]

    def watched(self: Tokens, scope: str) -> Any:
        asked_in.append(threading.current_thread().name)
        return fetch(self, scope)

    monkeypatch.setattr(Tokens, "_fetch", watched)
    await teams.adapter.find_channel(TENANT, "Incidents")

    assert asked_in
    assert threading.main_thread().name not in asked_in


# cures/retry_after.py


@on_one_database
async def test_the_sdk_does_not_try_again_and_ours_says_when_to(teams: TeamsPlatform) -> None:
    vendor = teams.vendor
    ana = await teams.someone("ana")
    await teams.adapter.direct(ana, Card("first"), key="1")
    chat = f"a:{ana.id}"
    client = ConnectorClient(
        BasicTokenAuthentication({"access_token": next(iter(vendor.tokens))}), base_url=vendor.url
    )
    vendor.trouble.append((429, "7"))
    with pytest.raises(ErrorResponseException):
        await client.conversations.send_to_conversation(chat, Activity(type="message", text="x"))
    await client.__aexit__(None, None, None)

    for status, header, wait in (
        (429, "7", 7.0),
        (429, None, 2.0),
        (412, None, 1.0),
        (502, None, None),
    ):
        vendor.trouble.append((status, header))
        with pytest.raises(Unavailable) as caught:
            await teams.adapter.post(
                (await teams.adapter.direct(ana, Card("first"), key="1")).room,
                Card("x"),
                key=f"{status}{header}",
            )
        assert caught.value.retry_after == wait
        teams.forgive()


# cures/root_post.py


@on_one_database
async def test_the_sdk_cannot_post_at_the_top_without_its_app_id(teams: TeamsPlatform) -> None:
    adapter = CloudAdapter(
        ConfigurationBotFrameworkAuthentication(type("S", (), {"APP_ID": APP, "APP_PASSWORD": "x"}))
    )
    context = TurnContext(adapter, Activity(channel_id="msteams", service_url=teams.vendor.url))
    with pytest.raises(TypeError):
        await TeamsInfo.send_message_to_teams_channel(context, Activity(type="message"), ROOMS)

    where = await teams.adapter.find_channel(TENANT, "Incidents")
    assert where is not None
    posted = await teams.adapter.post(where, Card("at the top"), key="1")
    assert teams.vendor.message(posted.message or "").root == posted.message


# adapters/teams/receiving.py


async def test_the_sdk_answers_only_when_the_turn_is_over(vendor: Standin) -> None:
    over = asyncio.Event()

    class Slow(Bot):
        async def on_turn(self, context: TurnContext) -> None:
            await over.wait()

    async with bare(vendor, Slow()):
        answer = asyncio.create_task(vendor.bring(event(vendor)))
        done, _ = await asyncio.wait({answer}, timeout=0.5)
        assert not done
        over.set()
        assert (await answer)[0] == 201


@on_one_database
async def test_ours_answers_while_the_work_goes_on(teams: TeamsPlatform) -> None:
    over = asyncio.Event()
    work = teams.listener._work  # pyright: ignore[reportPrivateUsage]

    async def slow(entry: str, inbound: Any) -> Any:
        await over.wait()
        return await work(entry, inbound)

    teams.listener._work = slow  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue]
    ana = teams.vendor.hire("ana")

    assert await teams.vendor.bring(teams.vendor.to_bot(ana, ROOMS, "incident list")) == (200, None)
    assert len(teams.listener.heard) == 1
    over.set()
