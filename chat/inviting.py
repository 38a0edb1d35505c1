"""Letting people in one after another, where one who is refused keeps nobody else out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from chat.errors import Refused, UserError
from chat.person import Person


@dataclass(frozen=True, slots=True)
class Turnout:
    """What came of an invitation.

    Attributes:
        let_in: Those who were let in by it.
        kept_out: Those who were not, each with why.
    """

    let_in: tuple[Person, ...]
    kept_out: tuple[tuple[Person, str], ...]

    def complain(self, platform: str) -> None:
        """Come back when nobody was kept out.

        Raises:
            Refused: Somebody was; it names them, and says why.
        """
        if self.kept_out:
            told = ", ".join(f"@{who.name} ({why.rstrip('.')})" for who, why in self.kept_out)
            raise Refused(f"{platform} did not let in: {told}.", code="NOT_INVITED")


async def one_by_one(people: Iterable[Person], add: Callable[[Person], Awaitable[None]]) -> Turnout:
    """Let in each of `people` once by `add`, whatever becomes of the others.

    Raises:
        Unavailable: The platform did not answer; asking again is harmless.
    """
    let_in: list[Person] = []
    kept_out: list[tuple[Person, str]] = []
    for person in {one.id: one for one in people}.values():
        try:
            await add(person)
        except UserError as no:
            kept_out.append((person, no.message))
        else:
            let_in.append(person)
    return Turnout(tuple(let_in), tuple(kept_out))
