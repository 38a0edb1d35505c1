"""Somebody as a chat platform knows them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """A platform's user. Who that is among our accounts is for `security/` to say.

    Attributes:
        platform: Adapter name.
        workspace: Tenant the id belongs to.
        id: The platform's stable user id; never a display name.
        name: Handle without `@`, as people type it in a mention.
        display: Name for people to read; not unique, never trusted.
        email: As asserted by the platform; None when it does not tell.
        is_bot: Whether a program posts under this id.
    """

    platform: str
    workspace: str
    id: str
    name: str
    display: str = ""
    email: str | None = None
    is_bot: bool = False

    def same_as(self, other: Person) -> bool:
        """Whether it is the same user, whatever each of the two knows of them."""
        return (self.platform, self.workspace, self.id) == (
            other.platform,
            other.workspace,
            other.id,
        )
