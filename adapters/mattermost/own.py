"""Who the bot is, and which team it works in: asked for once, when first needed."""

from __future__ import annotations

from typing import Any

from adapters.mattermost.calling import Calls
from chat.errors import Unavailable


class Own:
    """The bot's own id, and its team's.

    Attributes:
        workspace: The team's name.
    """

    def __init__(self, calls: Calls, team: str) -> None:
        self._calls = calls
        self._team = self.workspace = team
        self._id = ""
        self._team_id = ""

    async def id(self) -> str:
        """The bot's user id.

        Raises:
            Unavailable: The server does not answer, or does not know the token.
        """
        if not self._id:
            self._id = str((await self.user())["id"])
        return self._id

    async def team_id(self) -> str:
        """The team's id.

        Raises:
            Unavailable: There is no such team, or the bot is not in it.
        """
        if not self._team_id:
            try:
                self._team_id = str((await self.team())["id"])
            except LookupError as error:
                raise Unavailable(
                    f"Mattermost has no team “{self._team}” that the bot is in."
                ) from error
        return self._team_id

    async def user(self) -> dict[str, Any]:
        """The bot's own record."""
        return await self._calls.run(lambda driver: driver.users.get_user("me"))

    async def team(self) -> dict[str, Any]:
        """The team's record.

        Raises:
            LookupError: The bot is in no such team.
        """
        teams = await self._calls.client(lambda rest: rest.get("/users/me/teams"))
        for team in teams:
            if team["name"] == self._team:
                return team
        raise LookupError(self._team)
