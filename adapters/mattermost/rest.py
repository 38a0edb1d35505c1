# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
"""The HTTP side of `mattermostdriver`, with what its own client lacks.

The driver builds the calls; this carries them. Each cure stands here alone and has a test
that shows the driver's own client failing: a connection per call and no time-out, PATCH sent
as GET, a body in every GET, an answer typed `application/json; charset=utf-8` or without a
body taken for none, errors logged, 429 without its waiting time, redirects followed.
"""

from __future__ import annotations

import ssl
import threading
from dataclasses import dataclass
from typing import Any, cast

import requests
from mattermostdriver.client import Client
from mattermostdriver.driver import Driver
from requests.adapters import HTTPAdapter

from adapters.mattermost.settings import MattermostSettings
from adapters.mattermost.trusting import tls
from chat.rates import told_to_wait

CONNECT, READ = 5.0, 15.0
"""Seconds until the server has to be reached, and to say something."""
_MOST_TEXT = 300


@dataclass(frozen=True, slots=True)
class Asked:
    """How long the server asked us to wait, seconds."""

    seconds: float


class Fault(Exception):
    """The server answered with an error.

    Attributes:
        status: HTTP status.
        id: The server's own name of the error; may be empty.
        told: Its sentence.
        retry_after: Seconds it asked us to wait; None when it did not say.
    """

    def __init__(self, status: int, id_: str, told: str, retry_after: float | None) -> None:
        super().__init__(f"{status} {id_}: {told}")
        self.status = status
        self.id = id_
        self.told = told
        self.retry_after = retry_after


class _Trusting(HTTPAdapter):
    """Checks certificates by a context of ours; `requests` knows only one file of them."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        """As `requests` does."""
        super().init_poolmanager(*args, ssl_context=self._context, **more)


class Rest(Client):
    """Carries the driver's calls; one session for each thread that calls."""

    def __init__(self, options: dict[str, Any]) -> None:
        super().__init__(options)
        self._local = threading.local()
        self._sessions: list[requests.Session] = []
        self.trusts: ssl.SSLContext | None = None

    def make_request(
        self,
        method: str,
        endpoint: str,
        options: Any = None,
        params: Any = None,
        data: Any = None,
        files: Any = None,
        basepath: str | None = None,
    ) -> requests.Response:
        """One call.

        Raises:
            Fault: The server refused it.
            requests.RequestException: It did not answer.
        """
        self._local.asked = None
        verb = method.upper()
        base = self.url if basepath is None else self._root() + basepath
        response = self._session().request(
            verb,
            base + endpoint,
            headers={"Authorization": f"Bearer {self.token}"},
            json=_json(verb, options, form=bool(data or files)),
            params=params or None,
            data=data or None,
            files=files or None,
            timeout=(CONNECT, READ),
            allow_redirects=False,
        )
        spent = response.headers.get("X-RateLimit-Remaining") == "0"
        wait = _seconds(response)
        if response.ok and not response.is_redirect:
            self._local.asked = Asked(wait) if spent and wait is not None else None
            return response
        raise _fault(response, wait)

    def get(self, endpoint: str, options: Any = None, params: Any = None) -> Any:
        """GET; what the answer's JSON says."""
        return _said(self.make_request("get", endpoint, options=options, params=params))

    def post(
        self, endpoint: str, options: Any = None, params: Any = None, data: Any = None,
        files: Any = None,
    ) -> Any:  # fmt: skip
        """POST; what the answer's JSON says."""
        return _said(self.make_request("post", endpoint, options, params, data, files))

    def put(self, endpoint: str, options: Any = None, params: Any = None, data: Any = None) -> Any:
        """PUT; what the answer's JSON says."""
        return _said(self.make_request("put", endpoint, options, params, data))

    def delete(
        self, endpoint: str, options: Any = None, params: Any = None, data: Any = None
    ) -> Any:
        """DELETE; what the answer's JSON says."""
        return _said(self.make_request("delete", endpoint, options, params, data))

    def asked(self) -> Asked | None:
        """How long this thread's last call was asked to wait; None when it was not."""
        return getattr(self._local, "asked", None)

    def close(self) -> None:
        """Let go of the connections; a call under way makes its own again."""
        for session in self._sessions:
            session.close()

    def _root(self) -> str:
        return self.url.removesuffix("/api/v4")

    def _session(self) -> requests.Session:
        found = getattr(self._local, "session", None)
        if found is None:
            found = requests.Session()
            if self.trusts is not None:
                found.mount("https://", _Trusting(self.trusts))
            self._local.session = found
            self._sessions.append(found)
        return found


def driver(settings: MattermostSettings) -> Driver:
    """The vendor's driver over our client, signed in with the token; calls nobody yet."""
    server = settings.server
    made = Driver(
        {
            "scheme": server.scheme,
            "url": server.host,
            "port": server.port,
            "basepath": f"{server.path}/api/v4",
            "token": settings.token,
        },
        client_cls=Rest,
    )
    client = cast("Rest", made.client)
    client.token = settings.token
    client.trusts = tls(settings)
    return made


def _json(verb: str, options: Any, *, form: bool) -> Any:
    """The body; none where the call has none, since some proxies refuse a GET with one."""
    if form:
        return None
    if verb in {"GET", "DELETE"}:
        return options or None
    return {} if options is None else options


def _said(response: requests.Response) -> Any:
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().casefold()
    if not response.content:
        return {}
    if kind not in {"application/json", ""}:
        # A proxy's page, a sign-in form: whatever it is, it is not Mattermost.
        raise Fault(502, "not.json", f"the answer is {kind}, not JSON", None)
    try:
        return response.json()
    except ValueError as error:
        raise Fault(502, "not.json", "the answer is not JSON", None) from error


def _fault(response: requests.Response, wait: float | None) -> Fault:
    if response.is_redirect:
        to = response.headers.get("Location", "elsewhere")[:_MOST_TEXT]
        return Fault(response.status_code, "redirect", f"it points to {to}", None)
    try:
        body = response.json()
    except ValueError:
        body = {}
    known = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    told = str(known.get("message", "") or response.reason or "")
    return Fault(response.status_code, str(known.get("id", "")), told[:_MOST_TEXT], wait)


def _seconds(response: requests.Response) -> float | None:
    """What the server asked us to wait, by either of its headers; None when it did not."""
    asked = (response.headers.get(name, "") for name in ("Retry-After", "X-RateLimit-Reset"))
    return next((wait for each in asked if (wait := told_to_wait(each)) is not None), None)
