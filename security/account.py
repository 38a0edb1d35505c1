"""Accounts, teams, grants and linked chat identities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chat.person import Person


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody, or some program, that Tocsin knows.

    Attributes:
        name: Unique handle: lower-case letters, digits, `.`, `-` and `_`, 1 to 40 characters.
        display: Name for people to read; falls back to `name`.
        email: None when unknown.
        active: An inactive account may do nothing, and its tokens and sessions are dead.
        version: Grows with each change; for `If-Match`.
    """

    id: str
    name: str
    display: str
    email: str | None
    active: bool
    created_at: datetime
    version: int = 1


@dataclass(frozen=True, slots=True)
class Team:
    """Everything with a scope belongs to one team.

    Attributes:
        name: Unique; also the local platform's workspace.
    """

    id: str
    name: str
    display: str


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held by an account, in one team or, with None, in all of them."""

    account_id: str
    role: str
    team_id: str | None


@dataclass(frozen=True, slots=True)
class Identity:
    """A chat platform's user who is this account."""

    account_id: str
    person: Person
