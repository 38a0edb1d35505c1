"""`/api/users/me/second-factor/`: an authenticator app, whose secret is shown once."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from api.routing import Answer, AnyRoute, Call, Entry, Route
from api.shapes import In, Line, NoQuery, Nothing, Out, Query, Word
from security.permissions import Permission
from security.second_factor import SecondFactorDesk

ROOT = "/api/users/me/second-factor/"
ONE = "/api/users/{ref}/second-factor/"


class SecondFactorOut(Out):
    """How your second factor stands."""

    enrolled: bool = Field(description="Whether there is one that is confirmed.")
    since: datetime | None = Field(description="Null without one.")
    recovery_codes_left: int


class EnrolmentOut(Out):
    """What goes into an authenticator app; nothing asks for it before it is confirmed."""

    uri: str = Field(description="`otpauth://totp/…`.")
    secret: str = Field(description="Base32, for typing. It is shown this once.")
    qr_svg: str = Field(description="The URI as a QR code; an SVG element.")


class RecoveryOut(Out):
    """Instead of the app's codes, when the app is lost."""

    recovery_codes: tuple[str, ...] = Field(description="Each good once; shown this once.")


class Confirm(In):
    """That the app has the secret."""

    second_factor_code: Word = Field(description="The six digits that the app shows.")


class RemoveQuery(Query):
    """That it is really you."""

    second_factor_code: Line = Field(
        default="", description="Of the app, or a recovery code; needed for your own."
    )


class SecondFactors:
    """Second factors over HTTP."""

    def __init__(self, desk: SecondFactorDesk) -> None:
        self._desk = desk

    def routes(self) -> tuple[AnyRoute, ...]:
        """Its rows."""
        own, manage = Entry.SIGNED_IN, Permission.PEOPLE_MANAGE
        return (
            Route("GET", ROOT, self.get, own, "Look at your second factor", SecondFactorOut),
            Route(
                "POST", ROOT, self.begin, own, "Begin to set one up; its secret is shown once",
                EnrolmentOut, status=201,
            ),
            Route(
                "POST", f"{ROOT}confirm/", self.confirm, own,
                "Confirm it with a code; the recovery codes are shown once",
                RecoveryOut, body=Confirm,
            ),
            Route(
                "DELETE", ROOT, self.remove_own, own, "Remove your own, with a code",
                None, query=RemoveQuery, status=204,
            ),
            Route(
                "DELETE", ONE, self.remove, manage, "Remove somebody's who has lost it",
                None, query=RemoveQuery, status=204,
            ),
        )  # fmt: skip

    async def get(self, call: Call[NoQuery, Nothing]) -> SecondFactorOut:
        """How it stands."""
        found = await self._desk.standing(call.actor)
        return SecondFactorOut(
            enrolled=found.enrolled, since=found.since, recovery_codes_left=found.recovery_left
        )

    async def begin(self, call: Call[NoQuery, Nothing]) -> EnrolmentOut:
        """A new secret."""
        made = await self._desk.begin(call.actor)
        return EnrolmentOut(uri=made.uri, secret=made.secret, qr_svg=made.qr_svg)

    async def confirm(self, call: Call[NoQuery, Confirm]) -> RecoveryOut:
        """From now on it counts."""
        codes = await self._desk.confirm(call.actor, call.body.second_factor_code)
        return RecoveryOut(recovery_codes=codes)

    async def remove_own(self, call: Call[RemoveQuery, Nothing]) -> Answer:
        """Away with one's own."""
        await self._desk.remove(call.actor, None, call.query.second_factor_code)
        return Answer()

    async def remove(self, call: Call[RemoveQuery, Nothing]) -> Answer:
        """Away with somebody's."""
        await self._desk.remove(call.actor, call.path["ref"], call.query.second_factor_code)
        return Answer()
