"""Slash commands: registered with the server, their tokens kept as digests."""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Iterable
from typing import Any

from adapters.mattermost.calling import Calls
from adapters.mattermost.inbound import HERE
from adapters.mattermost.own import Own
from adapters.mattermost.seal import digest
from chat.errors import BadInput
from chat.fit import shorten
from chat.memory import MemoryActs
from chat.phrase import Phrase

_log = logging.getLogger("tocsin.mattermost")

_KEPT = "mattermost:command-tokens"
_ABOUT, _HINT = 120, 120


class SlashCommands:
    """The words after `/` that the server sends to us.

    Attributes:
        url: Where it sends them.
    """

    def __init__(self, calls: Calls, own: Own, acts: MemoryActs, url: str) -> None:
        """Wire it.

        Args:
            calls: To the server.
            own: Who the bot is.
            acts: Where the tokens' digests are kept.
            url: Where the server shall send what people type.
        """
        self._calls = calls
        self._own = own
        self._acts = acts
        self.url = url
        self._digests: frozenset[str] = frozenset()

    async def register(self, phrases: Iterable[Phrase]) -> tuple[str, ...]:
        """Make the commands that are missing and change those that are different.

        Returns:
            The words that could not be had, since the server or somebody else has them.
        """
        team, own = await self._own.team_id(), await self._own.id()
        there = {each["trigger"]: each for each in await self.registered()}
        tokens: list[str] = []
        missed: list[str] = []
        for word, about in words(phrases).items():
            wanted = self._wanted(team, word, about)
            found = there.get(word)
            if found is not None and found.get("creator_id") != own:
                missed.append(word)
                continue
            try:
                tokens.append(str((await self._save(wanted, found))["token"]))
                # Known at once: people may type it before the others are there.
                self._digests |= {digest(tokens[-1])}
            except BadInput as error:
                _log.debug("mattermost does not take /%s: %s", word, error.message)
                missed.append(word)
        kept = json.dumps(sorted({digest(token) for token in tokens}))
        await self._acts.run(lambda stores: stores.settings.put(_KEPT, kept))
        self._digests = frozenset(json.loads(kept))
        return tuple(missed)

    async def registered(self) -> list[dict[str, Any]]:
        """The team's own commands."""
        params = {"team_id": await self._own.team_id(), "custom_only": "true"}
        return await self._calls.run(
            lambda driver: driver.commands.list_commands_for_team(params=params)
        )

    async def knows(self, token: str) -> bool:
        """Whether a command of ours has that token."""
        if self._is_known(token):
            return True
        # Another process may have registered them since this one looked.
        kept = await self._acts.read(lambda stores: stores.settings.get(_KEPT))
        self._digests = frozenset(json.loads(kept)) if kept else frozenset()
        return self._is_known(token)

    def _is_known(self, token: str) -> bool:
        given, found = digest(token), False
        for known in self._digests:
            # Every one is compared, so that the time taken tells nothing.
            found |= hmac.compare_digest(given, known)
        return found

    async def _save(self, wanted: dict[str, Any], found: dict[str, Any] | None) -> dict[str, Any]:
        if found is None:
            return await self._calls.run(
                lambda driver: driver.commands.create_command(options=wanted)
            )
        if all(found.get(name) == value for name, value in wanted.items()):
            return found
        whole = {**found, **wanted}
        return await self._calls.client(
            lambda rest: rest.put(f"/commands/{found['id']}", options=whole)
        )

    def _wanted(self, team: str, word: str, about: tuple[str, str]) -> dict[str, Any]:
        return {
            "team_id": team,
            "trigger": word,
            "method": "P",
            "url": self.url,
            "username": "tocsin",
            "display_name": "Tocsin",
            "description": shorten(about[0], _ABOUT),
            "auto_complete": True,
            "auto_complete_desc": shorten(about[0], _ABOUT),
            "auto_complete_hint": shorten(about[1], _HINT),
        }


def words(phrases: Iterable[Phrase]) -> dict[str, tuple[str, str]]:
    """The first words of all commands, each with what it is about and what may follow."""
    found: dict[str, list[Phrase]] = {}
    for phrase in phrases:
        found.setdefault(phrase.path[0], []).append(phrase)
    told = {word: _told(word, those) for word, those in found.items()}
    return {**told, HERE.lstrip("/"): ("Any other command of Tocsin's", "help")}


def _told(word: str, those: list[Phrase]) -> tuple[str, str]:
    if len(those) == 1:
        return those[0].about, " ".join((*those[0].path[1:], those[0].takes)).strip()
    following = dict.fromkeys(phrase.path[1] for phrase in those if len(phrase.path) > 1)
    article = "an" if word[0] in "aeiou" else "a"
    return f"Tocsin: everything about {article} {word}", f"[{' | '.join(following)}]"
