"""What people do in a Mattermost client, as its server passes it on to us."""

from __future__ import annotations

from typing import Any

from aiohttp import ClientSession, FormData

from tests.adapters.mattermost import seen
from tests.adapters.mattermost.limits import actions
from tests.adapters.mattermost.standin import Json, Standin, identifier


class People:
    """People at their clients."""

    def __init__(self, server: Standin) -> None:
        self.server = server

    def read(self, user: str, channel: str) -> list[str]:
        """What somebody reads in a channel, oldest first; nothing where they are not in."""
        return [seen.post(each) for each in self.posts(user, channel)]

    def posts(self, user: str, channel: str) -> list[Json]:
        """The posts, with what is shown to them alone."""
        server = self.server
        if user not in server.members[channel]:
            return []
        own = [post for who, where, post in server.ephemeral if (who, where) == (user, channel)]
        everybodys = [p for p in server.posts.values() if p["channel_id"] == channel]
        return [p for p in everybodys if not p["delete_at"]] + own

    def panel(self, channel: str) -> Json:
        """The pinned post; there must be exactly one."""
        (found,) = [
            p for p in self.server.posts.values() if p["channel_id"] == channel and p["is_pinned"]
        ]
        return found

    async def command(
        self, user: str, channel: str, line: str, *, mentions: tuple[str, ...] = (), root: str = ""
    ) -> Any:
        """Type a line that begins with `/`; what the server was answered."""
        word, _, rest = line.partition(" ")
        registered = next(
            each for each in self.server.commands.values() if each["trigger"] == word.lstrip("/")
        )
        form, headers = self.command_request(user, channel, registered, rest, mentions, root)
        return await self._send(registered["url"], data=form, headers=headers)

    def command_request(
        self,
        user: str,
        channel: str,
        registered: Json,
        rest: str,
        mentions: tuple[str, ...] = (),
        root: str = "",
    ) -> tuple[FormData, dict[str, str]]:
        """The request for a command, as the server makes it."""
        server = self.server
        hook = identifier(f"hook {server.stamp()}")
        server.hooks[hook] = (user, channel)
        form = FormData()
        for name, value in {
            "token": registered["token"], "team_id": server.team["id"], "team_domain": "main",
            "channel_id": channel, "channel_name": server.channels[channel]["name"],
            "user_id": user, "user_name": server.users[user]["username"],
            "command": f"/{registered['trigger']}", "text": rest, "root_id": root,
            "response_url": f"{server.url}/hooks/commands/{hook}",
            "trigger_id": server.trigger(user),
        }.items():  # fmt: skip
            form.add_field(name, value)
        for each in mentions:
            form.add_field("user_mentions", server.users[each]["username"])
            form.add_field("user_mentions_ids", each)
        return form, {"Authorization": f"Token {registered['token']}"}

    async def click(
        self, user: str, post: Json, label: str, choice: str = "", trigger: str = ""
    ) -> Any:
        """Press the control with that label; what the server was answered."""
        action = next(each for each in actions(post) if each["name"] == label)
        body = self.click_request(user, post, action, choice, trigger)
        return await self._send(action["integration"]["url"], json=body)

    def click_request(
        self, user: str, post: Json, action: Json, choice: str = "", trigger: str = ""
    ) -> Json:
        """The request for a click, as the server makes it."""
        server = self.server
        context = dict(action["integration"]["context"])
        if action["type"] == "select":
            context["selected_option"] = choice
        return {
            "user_id": user, "user_name": server.users[user]["username"],
            "channel_id": post["channel_id"],
            "channel_name": server.channels[post["channel_id"]]["name"],
            "team_id": server.team["id"], "team_domain": "main", "post_id": post["id"],
            "trigger_id": trigger or server.trigger(user), "type": action["type"],
            "data_source": action.get("data_source", ""), "context": context,
        }  # fmt: skip

    async def submit(self, user: str, channel: str, **values: Any) -> Any:
        """Fill in the newest dialog; it closes unless there is something wrong."""
        shown = self.server.dialogs[user][-1]
        answer = await self._send(shown["url"], json=self.submission(user, channel, shown, values))
        if not answer.get("errors") and not answer.get("error"):
            self.server.dialogs[user].remove(shown)
        return answer

    def submission(self, user: str, channel: str, shown: Json, values: Json) -> Json:
        """The request for a dialog filled in, as the server makes it."""
        filled: Json = {}
        for element in shown["dialog"]["elements"]:
            given = values.get(element["name"], element.get("default", ""))
            filled[element["name"]] = given == "true" if element["type"] == "bool" else given
        return {
            "type": "dialog_submission", "callback_id": shown["dialog"]["callback_id"],
            "state": shown["dialog"]["state"], "user_id": user, "channel_id": channel,
            "team_id": self.server.team["id"], "submission": filled, "cancelled": False,
        }  # fmt: skip

    async def _send(self, url: str, **request: Any) -> Any:
        async with ClientSession() as session, session.post(url, **request) as answer:
            assert answer.status == 200, (answer.status, await answer.text())
            return await answer.json()
