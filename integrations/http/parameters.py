"""What an HTTP action takes, and the request that its values make.

Source: the parameters of StackStorm's runner `http-request`, where it has them; `expect`,
`retries`, `max_redirects`, `size_limit` and `bearer_token` are ours.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlencode

from yarl import URL

from automation.actions.action import Parameter
from automation.actions.runner import Call
from automation.hidden import clipped
from automation.values import Json
from chat.errors import BadInput
from integrations.http.request import Request, as_text, checked_headers, cookie_header, read_url
from integrations.http.retries import repeatable

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_CLASS = r"[1-5]xx|[1-5][0-9][0-9](-[1-5][0-9][0-9])?"
_FORM = "application/x-www-form-urlencoded"
KEY = "Idempotency-Key"
_VALUES: dict[str, Json] = {"type": ["string", "number", "boolean", "null"]}
_MIB = 1024 * 1024

PARAMETERS: tuple[Parameter, ...] = (
    Parameter("url", {"type": "string", "minLength": 1}, "Where to send it.", required=True),
    Parameter("method", {"type": "string", "enum": list(METHODS), "default": "GET"}),
    Parameter("headers", {"type": "object", "additionalProperties": _VALUES}),
    Parameter(
        "params",
        {
            "type": "object",
            "additionalProperties": {"anyOf": [_VALUES, {"type": "array", "items": _VALUES}]},
        },
        "Added to the URL's query; a list makes one of each of its items.",
    ),
    Parameter(
        "body",
        {"type": ["string", "object", "array", "number", "boolean", "null"]},
        "A text is sent as it is, anything else as JSON; an object as a form when the header "
        f"Content-Type is {_FORM}.",
    ),
    Parameter("username", {"type": "string"}, "For basic authentication."),
    Parameter("password", {"type": "string"}, "For basic authentication.", secret=True),
    Parameter("bearer_token", {"type": "string"}, "Instead of a user.", secret=True),
    Parameter("cookies", {"type": "object", "additionalProperties": _VALUES}),
    Parameter(
        "timeout",
        {"type": "number", "exclusiveMinimum": 0},
        "Seconds that a single try may take; without it, all the time that the action has.",
    ),
    Parameter(
        "verify_ssl_cert",
        {"type": "boolean", "default": True},
        "Whether the other side must prove by its certificate who it is.",
    ),
    Parameter("allow_redirects", {"type": "boolean", "default": True}),
    Parameter("max_redirects", {"type": "integer", "minimum": 0, "maximum": 20, "default": 5}),
    Parameter(
        "retries",
        {"type": "integer", "minimum": 0, "maximum": 10, "default": 0},
        "How often to try again when there is no answer, or 429, 502, 503 or 504. POST and PATCH "
        f"are sent again only with a header {KEY} of your own, or when the action is idempotent.",
    ),
    Parameter(
        "expect",
        {
            "type": "array",
            "items": {
                "type": ["integer", "string"],
                "minimum": 100,
                "maximum": 599,
                "pattern": f"^({_CLASS})$",
            },
            "minItems": 1,
            "default": ["2xx"],
        },
        "Status codes that are a success: 204, 2xx, 200-299.",
    ),
    Parameter(
        "size_limit",
        {"type": "integer", "minimum": 1, "maximum": 16 * _MIB, "default": _MIB},
        "Bytes that the answer may have.",
    ),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an attempt at an HTTP action does.

    Attributes:
        tries: How often the request is sent at most; from 1.
        expect: The first and the last status code of each range that is a success.
    """

    request: Request
    tries: int
    expect: tuple[tuple[int, int], ...]

    def is_expected(self, status: int) -> bool:
        """Whether a status code is a success."""
        return any(first <= status <= last for first, last in self.expect)

    @property
    def wanted(self) -> str:
        """What is a success, for people."""
        return ", ".join(
            str(first) if first == last else f"{first} to {last}" for first, last in self.expect
        )


def planned(call: Call) -> Plan:
    """The request that a call's values make.

    Raises:
        BadInput: They make none.
    """
    given = call.parameters
    url, login = read_url(str(given.get("url") or ""))
    method = str(given.get("method") or "GET").upper()
    if method not in METHODS:
        raise BadInput(f"method is “{clipped(method, 20)}”; give one of {', '.join(METHODS)}.")
    headers = checked_headers(given.get("headers") or {})
    names = {name.casefold(): value for name, value in headers.items()}
    _authorise(headers, given, login)
    keyed = KEY.casefold() in names
    if method in _WITH_BODY and not keyed:
        headers[KEY] = call.key
    body, kind = _body(given.get("body"), names.get("content-type", ""))
    if body is not None and "content-type" not in names:
        headers["Content-Type"] = kind
    if given.get("cookies"):
        headers["Cookie"] = cookie_header(given["cookies"])
    follow = given.get("allow_redirects") is not False
    redirects = given.get("max_redirects")
    again = repeatable(method, keyed=keyed or call.action.idempotent)
    return Plan(
        Request(
            method,
            _with_query(url, given.get("params") or {}),
            headers,
            body,
            timeout=min(call.timeout, float(given.get("timeout") or call.timeout)),
            verify=given.get("verify_ssl_cert") is not False,
            redirects=(5 if redirects is None else int(redirects)) if follow else None,
            size_limit=int(given.get("size_limit") or _MIB),
        ),
        tries=1 + (int(given.get("retries") or 0) if again else 0),
        expect=tuple(map(_range, given.get("expect") or ["2xx"])),
    )


def _authorise(
    headers: dict[str, str], given: Mapping[str, Json], login: tuple[str, str] | None
) -> None:
    """Say who asks, in one way only."""
    user, password, token = (given.get(name) for name in ("username", "password", "bearer_token"))
    if user or password:
        login = (str(user or ""), str(password or ""))
    ways = [
        name
        for name, there in (
            ("username", login is not None),
            ("bearer_token", bool(token)),
            ("the header Authorization", any(n.casefold() == "authorization" for n in headers)),
        )
        if there
    ]
    if len(ways) > 1:
        raise BadInput(f"{' and '.join(ways)} are both given; give one way to say who asks.")
    if login is not None:
        pair = ":".join(login).encode()
        headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    elif token:
        headers |= checked_headers({"Authorization": f"Bearer {token}"})


def _with_query(url: URL, params: Mapping[str, Json]) -> URL:
    pairs = [
        (name, as_text(each))
        for name, value in params.items()
        for each in (cast("list[Json]", value) if isinstance(value, list) else [value])
    ]
    return url.extend_query(pairs) if pairs else url


def _body(body: Json, kind: str) -> tuple[bytes | None, str]:
    """The bytes to send and their content type unless one is given."""
    if body is None:
        return None, ""
    try:
        if isinstance(body, str):
            return body.encode(), "text/plain; charset=utf-8"
        if isinstance(body, dict) and kind.partition(";")[0].strip().lower() == _FORM:
            fields = cast("dict[str, Json]", body)
            return urlencode({name: as_text(each) for name, each in fields.items()}).encode(), _FORM
        return json.dumps(body, ensure_ascii=False, allow_nan=False).encode(), "application/json"
    except (ValueError, TypeError) as wrong:
        raise BadInput(f"body cannot be sent: {wrong}.") from None


def _range(expected: Json) -> tuple[int, int]:
    text = str(expected)
    if not re.fullmatch(_CLASS, text):
        raise BadInput(
            f"expect has “{clipped(text, 20)}”; give status codes such as 204, 2xx or 200-299."
        )
    if text.endswith("xx"):
        return int(text[0]) * 100, int(text[0]) * 100 + 99
    first, _, last = text.partition("-")
    return int(first), int(last or first)
