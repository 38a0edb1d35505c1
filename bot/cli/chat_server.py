"""Has things done by the server that runs on this installation, over HTTP."""

from __future__ import annotations

import asyncio
import http.client
import json
from typing import Any
from urllib.parse import quote, urlencode

from pydantic import TypeAdapter

from bot import neighbour
from bot.cli.chat_deed import Answer, Deed, FillIn, Press, Read, Say
from bot.cli.office import office
from bot.settings import Settings
from chat.clock import new_id
from chat.errors import TocsinError, Unavailable, UserError

_OBJECT = TypeAdapter(dict[str, Any])
_ROOT = "/api/chat/local/"
_ANSWER_SECONDS = 30.0
_UNKNOWN = 401
_WRONG = 400


class ServerDoor:
    """Implements `bot.cli.chat_deed.Door`; closed when nobody of ours answers."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def do(self, user: str, team: str | None, deed: Deed) -> Answer | None:
        """Have it done with a pass that lives two minutes; None when no server of ours runs."""
        if not neighbour.runs(self._settings):
            return None
        shown = asyncio.run(self._pass(user))
        method, path, body = _request(deed)
        query = f"?{urlencode(_query(team, deed))}" if _query(team, deed) else ""
        try:
            status, answer = self._call(method, path + query, body, shown)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unavailable(
                f"The server at {self._settings.host}:{self._settings.port} did not answer in "
                f"time ({error}). What you asked for may still be done: look in the channel."
            ) from error
        if status == _UNKNOWN:
            return None  # its key is ours, its database is another
        if status >= _WRONG:
            raise _error(answer)
        return answer

    async def _pass(self, user: str) -> str:
        async with office(self._settings) as opened:
            return await opened.doors.pass_for(user)

    def _call(self, method: str, path: str, body: Any, shown: str) -> tuple[int, Answer]:
        """Status and JSON. Goes straight there, whatever proxies the environment names."""
        headers = {"Accept": "application/json", "Authorization": f"Pass {shown}"}
        if body is not None:
            headers |= {"Content-Type": "application/json", "Idempotency-Key": new_id()}
        host = neighbour.near_host(self._settings.host)
        connection = http.client.HTTPConnection(host, self._settings.port, timeout=_ANSWER_SECONDS)
        try:
            sent = None if body is None else json.dumps(body)
            connection.request(method, path, body=sent, headers=headers)
            response = connection.getresponse()
            return response.status, _OBJECT.validate_json(response.read())
        finally:
            connection.close()


def _request(deed: Deed) -> tuple[str, str, Any]:
    """Method, path and body of what does it."""
    match deed:
        case Say():
            body = {"channel": deed.channel, "text": deed.text, "thread": deed.thread}
            return "POST", f"{_ROOT}messages/", body
        case Press():
            body = {"message": deed.message, "action": deed.action, "value": deed.value}
            return "POST", f"{_ROOT}actions/", body
        case FillIn():
            return "POST", f"{_ROOT}forms/{quote(deed.form, safe='')}/", dict(deed.values)
        case Read():
            return "GET", f"{_ROOT}channels/{quote(deed.channel, safe='')}/messages/", None


def _query(team: str | None, deed: Deed) -> dict[str, str]:
    query = {"team": team} if team is not None else {}
    if isinstance(deed, Read):
        query["limit"] = str(deed.limit)
    return query


def _error(answer: Answer) -> TocsinError:
    """The API's error as one of ours."""
    told = answer.get("error")
    message = told if isinstance(told, str) else "The server refused without saying why."
    return UserError(message, code=str(answer.get("code", "ERROR")))
