"""A stand-in for Teams: sign-in, Bot Connector and Graph, as the real SDK meets them.

It keeps channels, messages and people, and refuses what the vendor refuses. Limits: Microsoft
Learn, "Limits and specifications for Microsoft Teams" and "Format your bot messages".
"""

from __future__ import annotations

import itertools
import json
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import jwt
from aiohttp import ClientSession, web
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from tests.adapters.between import Between
from tests.adapters.teams.certificate import Certificate
from tests.adapters.teams.connector_standin import ConnectorStandin
from tests.adapters.teams.graph_standin import GraphStandin
from tests.adapters.teams.judging import Refusal, elements

TENANT = "11111111-1111-4111-8111-111111111111"
APP = "33333333-3333-4333-8333-333333333333"
OWNER = "44444444-4444-4444-8444-444444444444"
PASSWORD = "app-password"
TEAM = "19:team-general@thread.tacv2"
ROOMS = "19:incidents@thread.tacv2"

Json = dict[str, Any]


@dataclass
class User:
    """Somebody in the tenant."""

    contact: str
    directory: str
    name: str
    login: str
    mail: str | None
    guest: bool = False

    def account(self) -> Json:
        """As events name them."""
        return {"id": self.contact, "name": self.name, "aadObjectId": self.directory}

    def member(self) -> Json:
        """As the roster names them."""
        return {
            **self.account(),
            "email": self.mail,
            "userPrincipalName": self.login,
            "userRole": "guest" if self.guest else "user",
            "tenantId": TENANT,
        }


@dataclass
class Channel:
    """A channel of the team."""

    id: str
    name: str
    private: bool = False
    archived: bool = False
    description: str = ""
    members: list[str] = field(default_factory=list[str])
    created: datetime = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Message:
    """A message, whoever wrote it."""

    id: str
    conversation: str
    author: str
    body: Json
    created: datetime
    edited: datetime | None = None

    @property
    def root(self) -> str | None:
        """The thread's first message; None outside of threads."""
        return self.conversation.partition(";messageid=")[2] or None

    @property
    def channel(self) -> str:
        """The channel or chat that it is in."""
        return self.conversation.partition(";")[0]


class Standin:
    """The vendor.

    Attributes:
        bot_url: Where the bot's messaging endpoint is.
        trouble: Status (200: no trouble) and `Retry-After` of the Bot Connector's next answers.
        down: Whether nothing of it answers properly.
        lost: How many of the next messages are taken, and the answer to it is lost.
        calls: Method and path of each call of the Bot Connector, and of each file put.
        roles: Permissions for all of the tenant that Graph tokens name.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {
            TEAM: Channel(TEAM, "General"),
            ROOMS: Channel(ROOMS, "Incidents"),
        }
        self.chats: dict[str, str] = {}
        self.blocked: set[str] = set()
        self.messages: list[Message] = []
        self.files = dict[str, bytes]()
        self.trouble: deque[tuple[int, str | None]] = deque()
        self.down, self.lost = False, 0
        self.calls: list[tuple[str, str]] = []
        self.roles: list[str] = []
        self.tokens: set[str] = set()
        self.sign_ins = self.key_fetches = 0
        self.password, self.bot_url, self.endorsed = PASSWORD, "", "msteams"
        self.between = Between()
        self.keys: dict[str, rsa.RSAPrivateKey] = {}
        self.roll_over("first")
        self._ids = itertools.count(1_700_000_000_001)
        self._runner: web.AppRunner | None = None
        self.graph = GraphStandin(self)
        self.connector = ConnectorStandin(self)
        self.url = self.login_url = ""
        self.tenant, self.team, self.app = TENANT, TEAM, APP

    async def start(self, certificate: Certificate) -> None:
        """Listen: plainly for all but sign-in, which the vendor's library wants by TLS."""
        app = web.Application(client_max_size=2**21, middlewares=[self.between.stand])
        app.router.add_get("/{tenant}/v2.0/.well-known/openid-configuration", self._sign_in_facts)
        app.router.add_post("/{tenant}/oauth2/v2.0/token", self._sign_in)
        app.router.add_get("/openid", self._openid)
        app.router.add_get("/keys", self._keys)
        app.router.add_put("/files/{name}", self._put_file)
        app.router.add_get("/files/{name}", self._get_file)
        self.graph.install(app)
        self.connector.install(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        plain = web.TCPSite(self._runner, "127.0.0.1", 0)
        await plain.start()
        safe = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=certificate.context())
        await safe.start()
        ports = [address[1] for address in self._runner.addresses]
        self.url, self.login_url = f"http://127.0.0.1:{ports[0]}", f"https://127.0.0.1:{ports[1]}"

    async def stop(self) -> None:
        """Hang up."""
        if self._runner is not None:
            await self._runner.cleanup()

    def options(self, *, graph: bool = False) -> dict[str, str]:
        """The settings with which Tocsin meets this stand-in."""
        return {
            "app_id": APP,
            "app_password": PASSWORD,
            "tenant_id": TENANT,
            "team": TEAM,
            "channel": ROOMS,
            "service_url": f"{self.url}/",
            "login_url": self.login_url,
            "openid_url": f"{self.url}/openid",
            "graph_url": f"{self.url}/v1.0",
            **({"graph": "true", "owner": OWNER} if graph else {}),
        }

    # what people do

    def hire(self, name: str, /, **changes: Any) -> User:
        """Somebody new in the team."""
        number = len(self.users) + 1
        user = User(
            f"29:{name}-{number}",
            f"00000000-0000-4000-8000-{number:012d}",
            name.title(),
            f"{name}@example.org",
            f"{name}@example.org",
        )
        for key, value in changes.items():
            setattr(user, key, value)
        self.users[user.directory] = user
        return user

    def fire(self, user: User) -> None:
        """They leave the team."""
        del self.users[user.directory]

    def event(self, user: User, kind: str, conversation: str, **more: Any) -> Json:
        """An activity as the vendor sends it."""
        number = str(more.pop("id", None) or next(self._ids))
        personal = conversation.startswith("a:")
        data: Json = {"tenant": {"id": TENANT}}
        if not personal:
            data |= {"team": {"id": TEAM}, "channel": {"id": conversation.partition(";")[0]}}
        return {
            "type": kind,
            "id": number,
            "timestamp": self.now().isoformat().replace("+00:00", "Z"),
            "serviceUrl": f"{self.url}/",
            "channelId": "msteams",
            "from": user.account(),
            "conversation": {
                "id": conversation,
                "tenantId": TENANT,
                "conversationType": "personal" if personal else "channel",
                "isGroup": not personal,
            },
            "recipient": {"id": f"28:{APP}", "name": "Tocsin"},
            "channelData": data,
            **more,
        }

    def spoken(
        self, user: User, conversation: str, text: str, *, number: str | None = None, **more: Any
    ) -> Json:
        """A message of somebody's; in a channel itself it begins a thread."""
        number = number or str(next(self._ids))
        if conversation in self.channels:
            conversation = f"{conversation};messageid={number}"
        if not any(message.id == number for message in self.messages):
            body: Json = {"text": text}
            self.messages.append(Message(number, conversation, user.directory, body, self.now()))
        return self.event(user, "message", conversation, id=number, text=text, **more)

    def to_bot(self, user: User, conversation: str, text: str, *others: User) -> Json:
        """A message that mentions the bot, and whomever its `@name` mean."""
        said = f"<at>Tocsin</at>&nbsp;{text}"
        entities: list[Json] = [
            {
                "type": "mention",
                "text": "<at>Tocsin</at>",
                "mentioned": {"id": f"28:{APP}", "name": "Tocsin"},
            }
        ]
        for other in others:
            markup = f"<at>{other.name}</at>"
            said = said.replace(f"@{other.name}", markup)
            mentioned = {"id": other.contact, "name": other.name}
            entities.append({"type": "mention", "text": markup, "mentioned": mentioned})
        return self.spoken(user, conversation, said, entities=entities, textFormat="plain")

    def token(self, **claims: Any) -> str:
        """What an event is signed with."""
        key = str(claims.pop("kid", list(self.keys)[-1]))
        by = claims.pop("by", None) or self.keys[key]
        now = int(time.time())
        payload = {
            "iss": "https://api.botframework.com",
            "aud": APP,
            "serviceurl": f"{self.url}/",
            "nbf": now - 60,
            "exp": now + 3600,
            **claims,
        }
        return jwt.encode(payload, by, algorithm="RS256", headers={"kid": key})

    async def bring(self, event: Json, authorization: str | None = None) -> tuple[int, Any]:
        """Deliver an event; status and JSON of the answer."""
        proof = f"Bearer {self.token()}" if authorization is None else authorization
        headers = {"Authorization": proof} if proof else {}
        url = f"{self.bot_url}/api/chat/teams/messages"
        async with (
            ClientSession() as session,
            session.post(url, json=event, headers=headers) as got,
        ):
            text = await got.text()
            return got.status, json.loads(text) if text.startswith("{") else text or None

    def roll_over(self, name: str) -> rsa.RSAPrivateKey:
        """Sign with a new key from now on."""
        self.keys[name] = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return self.keys[name]

    # what is seen

    def in_conversation(self, conversation: str) -> list[Message]:
        """Messages of a thread, a chat, or a whole channel, oldest first."""
        if conversation in self.channels or conversation.startswith("a:"):
            return [each for each in self.messages if each.channel == conversation]
        return [each for each in self.messages if each.conversation == conversation]

    def message(self, number: str) -> Message:
        """One message."""
        return next(each for each in self.messages if each.id == number)

    def chat(self, user: User) -> str | None:
        """The chat between the bot and somebody."""
        return self.chats.get(user.directory)

    # sign-in and keys

    async def _sign_in_facts(self, request: web.Request) -> web.Response:
        base = f"{self.login_url}/{request.match_info['tenant']}"
        return web.json_response(
            {
                "issuer": f"{base}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
            }
        )

    async def _sign_in(self, request: web.Request) -> web.Response:
        given = await request.post()
        self.sign_ins += 1
        if self.down:
            return web.json_response({"error": "temporarily_unavailable"}, status=503)
        if given.get("client_id") != APP or given.get("client_secret") != self.password:
            wrong = {
                "error": "invalid_client",
                "error_description": "AADSTS7000215: Invalid secret",
            }
            return web.json_response(wrong, status=401)
        scope = str(given.get("scope", ""))
        claims = {"aud": scope.removesuffix("/.default"), "roles": self.roles}
        secret = "a stand-in's own secret of 32 bytes"
        token = jwt.encode(claims | {"n": self.sign_ins}, secret, algorithm="HS256")
        self.tokens.add(token)
        answer = {"token_type": "Bearer", "expires_in": 3600, "access_token": token}
        return web.json_response(answer)

    async def _openid(self, request: web.Request) -> web.Response:
        del request
        return web.json_response({"jwks_uri": f"{self.url}/keys"})

    async def _keys(self, request: web.Request) -> web.Response:
        del request
        self.key_fetches += 1
        return web.json_response(
            {"keys": [public(name, key, self.endorsed) for name, key in self.keys.items()]}
        )

    async def _put_file(self, request: web.Request) -> web.Response:
        body = await request.read()
        whole = f"bytes 0-{len(body) - 1}/{len(body)}"
        if request.headers.get("Content-Range") != whole:
            return web.Response(status=400)
        self.files[request.match_info["name"]] = body
        self.calls.append(("PUT", request.path))
        return web.Response(status=201)

    async def _get_file(self, request: web.Request) -> web.Response:
        return web.Response(body=self.files[request.match_info["name"]])

    def admit(self, request: web.Request, audience: str) -> None:
        """Let a call in that is signed, unless there is trouble.

        Raises:
            Refusal: It is not let in.
        """
        if self.down:
            raise Refusal(503, "ServiceUnavailable", "down")
        if self.trouble:
            status, wait = self.trouble.popleft()
            if status != 200:
                raise Refusal(status, "Throttled", "trouble", wait)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.tokens:
            raise Refusal(401, "Unauthorized", "no token of ours")
        claims: Json = jwt.decode(token, options={"verify_signature": False})
        if claims["aud"] != audience:
            raise Refusal(401, "Unauthorized", "a token for something else")

    def add(self, number: str, conversation: str, activity: Json) -> None:
        """Keep a message of the bot's."""
        self.messages.append(Message(number, conversation, APP, activity, self.now()))

    def new_id(self) -> str:
        """Grows with time."""
        return str(next(self._ids))


def public(name: str, key: rsa.RSAPrivateKey, endorsed: str) -> Json:
    """A key as the vendor publishes it."""
    jwk: Json = json.loads(RSAAlgorithm.to_jwk(key.public_key()))
    return {**jwk, "kid": name, "use": "sig", "endorsements": [endorsed]}


def card_of(message: Message) -> Json:
    """The Adaptive Card that a message is; empty when it is none."""
    attachments: list[Json] = message.body.get("attachments", [])
    return next((each["content"] for each in attachments if "content" in each), Json())


def pressable(card: Json) -> list[Json]:
    """Every action of a card that sends something, those asked for sureness too."""
    sends = {"Action.Execute", "Action.Submit"}
    return [element for element in elements(card) if element["type"] in sends]
