"""`/api/tokens/`: API tokens, whose secret is shown once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from api.names import AccountRef, Known, Names
from api.paging import PageOut, Part, page_out, part_of
from api.routing import Answer, AnyRoute, Call, Route
from api.shapes import WHOLE, Flag, In, NoQuery, Nothing, Out, Word
from security.doors import Doors
from security.permissions import Permission
from security.proof import Token

ROOT = "/api/tokens/"


class TokenOut(Out):
    """A token, without its secret."""

    id: str
    name: str
    account: AccountRef | None
    scopes: tuple[Permission, ...] | None = Field(description="Null: all the account may do.")
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, token: Token, known: Known) -> TokenOut:
        """A token."""
        return cls.model_validate(_fields(token, known))


class TokenMadeOut(TokenOut):
    """A new token."""

    secret: str = Field(description="Keep it: it is shown this once.")


def _fields(token: Token, known: Known) -> dict[str, object]:
    scopes = token.scopes
    return {
        "id": token.id,
        "name": token.name,
        "account": known.account(token.account_id),
        "scopes": None if scopes is None else tuple(each for each in Permission if each in scopes),
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
        "revoked_at": token.revoked_at,
    }


class TokenPage(PageOut[TokenOut]):
    """Tokens, newest first."""


class TokenQuery(Part):
    """Whose tokens."""

    user: Word | None = Field(default=None, description="Name or id; your own if not given.")
    everybody: Flag = Field(default=False, description="True for everybody's.")


class NewToken(In):
    """A token to make."""

    name: Annotated[Word, Field(max_length=60)] = Field(description="What it is for.")
    user: Word = Field(default="me", description="Name or id of whose it is.")
    scopes: Annotated[tuple[Permission, ...], Field(min_length=1, max_length=100)] | None = Field(
        default=None, description="Rights it is limited to; null for all the account has."
    )
    expires_in: Annotated[int, Field(ge=1, le=3660 * 86_400), WHOLE] | None = Field(
        default=None, description="Seconds; null never expires."
    )


class Tokens:
    """Tokens over HTTP."""

    def __init__(self, doors: Doors, names: Names) -> None:
        self._doors = doors
        self._names = names

    def routes(self) -> tuple[AnyRoute, ...]:
        """Its rows; managing other people's is for the domain to allow."""
        own = Permission.TOKEN_OWN
        return (
            Route("GET", ROOT, self.page, own, "List tokens", TokenPage, query=TokenQuery),
            Route(
                "POST", ROOT, self.create, own, "Make a token; its secret is shown once",
                TokenMadeOut, body=NewToken, status=201,
            ),
            Route("DELETE", f"{ROOT}{{id}}/", self.revoke, own, "Revoke a token", None, status=204),
        )  # fmt: skip

    async def page(self, call: Call[TokenQuery, Nothing]) -> TokenPage:
        """The tokens."""
        query = call.query
        whose = query.user or (None if query.everybody else "me")
        found = part_of(await self._doors.tokens(call.actor, whose), query)
        known = await self._names.of(token.account_id for token in found.items)
        return page_out(TokenPage, call.request, query, found, lambda it: TokenOut.of(it, known))

    async def create(self, call: Call[NoQuery, NewToken]) -> Answer:
        """A new token."""
        body = call.body
        lifetime = None if body.expires_in is None else timedelta(seconds=body.expires_in)
        token, secret = await self._doors.create_token(
            call.actor, body.user, body.name, body.scopes, lifetime
        )
        known = await self._names.of([token.account_id])
        made = TokenMadeOut.model_validate(_fields(token, known) | {"secret": secret})
        return Answer(made)

    async def revoke(self, call: Call[NoQuery, Nothing]) -> Answer:
        """Useless from now on."""
        await self._doors.revoke_token(call.actor, call.path["id"])
        return Answer()
