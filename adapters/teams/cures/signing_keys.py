"""Cure: after a rollover the SDK knows no new key for up to a day, and blocks while it fetches.

`_OpenIdMetadata._find` indexes an empty list for an unknown `kid` before it would fetch the
keys again, and `requests` holds up the whole loop while it does. The SDK keeps one object
for each address of keys in `JwtTokenExtractor.metadataCache`; ours stands in its place.
"""

# The SDK says little of its types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass
from typing import Any, cast

import aiohttp
from botframework.connector.auth.jwt_token_extractor import JwtTokenExtractor  # pyright: ignore[reportMissingTypeStubs]
from jwt.algorithms import RSAAlgorithm

_log = logging.getLogger("tocsin.teams")
_DAY = 86_400.0
_AGAIN_AFTER = 10.0
_TIMEOUT = aiohttp.ClientTimeout(total=10)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """What the SDK asks of a key.

    Attributes:
        endorsements: Channels it may speak for; empty for all.
    """

    public_key: Any
    endorsements: list[str]


class SigningKeys:
    """The keys that tokens to us are signed with.

    A key that is not known is looked for at once, though not more often than every ten
    seconds: anybody may send a token that names one.

    Attributes:
        edition: Another number whenever the keys were fetched.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.edition = 0
        self._keys: dict[str, SigningKey] = {}
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._turn = asyncio.Lock()

    def install(self) -> None:
        """Have the SDK ask here."""
        JwtTokenExtractor.metadataCache[self.url] = self

    def remove(self) -> None:
        """Let go of the SDK."""
        if JwtTokenExtractor.metadataCache.get(self.url) is self:
            del JwtTokenExtractor.metadataCache[self.url]

    async def get(self, key_id: str | None) -> SigningKey | None:
        """The key; None when nobody knows it."""
        now = asyncio.get_running_loop().time()
        known = self._keys.get(key_id or "")
        if known is not None and now - self._fetched_at < _DAY:
            return known
        async with self._turn:
            found = self._keys.get(key_id or "")
            fresh = now < self._fetched_at + _DAY
            if (found is None or not fresh) and now >= self._tried_at + _AGAIN_AFTER:
                self._tried_at = now
                await self._refresh(now)
        return self._keys.get(key_id or "")

    async def _refresh(self, now: float) -> None:
        try:
            async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
                about = await _json(session, self.url)
                listed = await _json(session, str(about["jwks_uri"]))
                self._keys = dict(_key(each) for each in listed["keys"])
                self._fetched_at = now
                self.edition += 1
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError) as error:
            # The keys at hand go on being good; whoever needs another one is refused.
            _log.warning("the keys of %s cannot be fetched: %r", self.url, error)


async def _json(session: aiohttp.ClientSession, url: str) -> dict[str, Any]:
    async with session.get(url) as answer:
        answer.raise_for_status()
        return cast("dict[str, Any]", await answer.json(content_type=None))


def _key(jwk: dict[str, Any]) -> tuple[str, SigningKey]:
    endorsements = [str(each) for each in jwk.get("endorsements", [])]
    return str(jwk["kid"]), SigningKey(RSAAlgorithm.from_jwk(json.dumps(jwk)), endorsements)
