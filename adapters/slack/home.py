"""Which workspace the token belongs to, and who the bot is there."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from adapters.slack.calling import Calls
from chat.memory import MemoryActs

_NAME = "slack:home"


@dataclass(frozen=True, slots=True)
class Home:
    """The workspace as the bot sees it.

    Attributes:
        team: Its id.
        url: Its address, with a slash at the end.
        user: The bot's user id.
    """

    team: str
    url: str
    user: str


class Homes:
    """Asks Slack once, and keeps the answer for times when it cannot be asked."""

    def __init__(self, acts: MemoryActs, calls: Calls) -> None:
        self._acts = acts
        self._calls = calls
        self.known: Home | None = None

    async def recall(self) -> None:
        """What was known when we ran last."""
        kept = await self._acts.read(lambda to: to.settings.get(_NAME))
        if kept and self.known is None:
            self.known = Home(**json.loads(kept))

    async def ask(self) -> Home:
        """The workspace as it is now.

        Raises:
            Unavailable: Slack did not answer, or refuses the token.
        """
        answer = await self._calls("auth.test")
        found = Home(str(answer["team_id"]), str(answer["url"]), str(answer["user_id"]))
        if found != self.known:
            kept = json.dumps(asdict(found))
            await self._acts.run(lambda to: to.settings.put(_NAME, kept))
            self.known = found
        return found

    async def get(self) -> Home:
        """The workspace; asked for at most once."""
        return self.known or await self.ask()
