"""Small things that Discord cannot carry for us, kept with us."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from pydantic import TypeAdapter

from adapters.discord.custom_ids import Pressed, digest_of, read
from adapters.discord.raw import PLATFORM
from chat.clock import Clock
from chat.form import Form
from chat.memory import MemoryActs, MemoryStores

_BUTTON = f"{PLATFORM}:button:"
_CLOSED = f"{PLATFORM}:closed:"
_HEARD = f"{PLATFORM}:heard"
_COMMANDS = f"{PLATFORM}:commands:"


@dataclass(frozen=True, slots=True)
class ShownForm:
    """A form that somebody is filling in.

    Attributes:
        person: Id of who was asked.
        values: What they filled in before, by field.
    """

    person: str
    form: Form
    values: dict[str, str]


_SHOWN = TypeAdapter(ShownForm)


class Remembering:
    """What has to outlive the process."""

    def __init__(self, acts: MemoryActs, clock: Clock) -> None:
        self._acts = acts
        self._clock = clock

    async def buttons(self, kept: dict[str, str]) -> None:
        """Keep what the digests in a message's controls stand for."""
        if not kept:
            return

        def act(stores: MemoryStores) -> None:
            for digest, meaning in kept.items():
                stores.settings.put(f"{_BUTTON}{digest}", meaning)

        await self._acts.run(act)

    async def pressed(self, custom_id: str) -> Pressed | None:
        """What a control means; None when it is none of ours."""
        digest = digest_of(custom_id)
        if digest is None:
            return read(custom_id)
        meaning = await self._acts.read(lambda to: to.settings.get(f"{_BUTTON}{digest[:64]}"))
        return read(meaning) if meaning else None

    async def form(self, shown: ShownForm) -> str:
        """Keep a form while it is being filled in; its token."""
        token, now = secrets.token_hex(16), self._clock.now()
        packed = _SHOWN.dump_json(shown).decode()

        def act(stores: MemoryStores) -> None:
            # Among what was sent, so that it is forgotten as that is.
            stores.sent.begin(PLATFORM, f"form:{token}", now)
            stores.sent.done(PLATFORM, f"form:{token}", packed)

        await self._acts.run(act)
        return token

    async def shown(self, token: str) -> ShownForm | None:
        """The form kept under a token; None when there is none, or it was long ago."""
        key, now = f"form:{token[:64]}", self._clock.now()

        def act(stores: MemoryStores) -> str | None:
            found = stores.sent.begin(PLATFORM, key, now)
            if found is None:
                stores.sent.withdraw(PLATFORM, key)
            return found.result if found else None

        packed = await self._acts.run(act)
        return _SHOWN.validate_json(packed) if packed else None

    async def heard(self) -> str:
        """Id of the newest message up to which all were heard; empty before the first."""
        return await self._acts.read(lambda to: to.settings.get(_HEARD)) or ""

    async def hear(self, message: str) -> None:
        """Keep up to which message all were heard."""
        await self._acts.run(lambda to: to.settings.put(_HEARD, message))

    async def closed(self, channel: str) -> bool:
        """Whether we have archived the channel."""
        return bool(await self._acts.read(lambda to: to.settings.get(f"{_CLOSED}{channel}")))

    async def close(self, channel: str, *, closed: bool) -> None:
        """Keep that we have archived it, or brought it back."""
        mark = "yes" if closed else ""
        await self._acts.run(lambda to: to.settings.put(f"{_CLOSED}{channel}", mark))

    async def registered(self, application: str) -> str:
        """Digest of the commands registered last; empty before the first time."""
        return await self._acts.read(lambda to: to.settings.get(f"{_COMMANDS}{application}")) or ""

    async def register(self, application: str, digest: str) -> None:
        """Keep which commands are registered."""
        await self._acts.run(lambda to: to.settings.put(f"{_COMMANDS}{application}", digest))
