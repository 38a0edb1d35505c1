"""Names for the ids in what the desks give: people and teams as small references."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import Field

from api.shapes import Out
from security.account import Account, Team
from security.ports import Acts, SecurityStores


class AccountRef(Out):
    """Somebody, in short."""

    id: str
    name: str
    display: str

    @classmethod
    def of(cls, account: Account) -> AccountRef:
        """The reference to an account."""
        return cls(id=account.id, name=account.name, display=account.display or account.name)


class TeamRef(Out):
    """A team, in short."""

    id: str
    name: str = Field(description="Unique; what people type.")
    display: str

    @classmethod
    def of(cls, team: Team) -> TeamRef:
        """The reference to a team."""
        return cls(id=team.id, name=team.name, display=team.display or team.name)


@dataclass(frozen=True, slots=True)
class Known:
    """References by id."""

    accounts: Mapping[str, AccountRef]
    teams: Mapping[str, TeamRef]

    def account(self, account_id: str | None) -> AccountRef | None:
        """Who that is; None for nobody, or for an account that is gone."""
        return self.accounts.get(account_id) if account_id is not None else None

    def team(self, team_id: str | None) -> TeamRef | None:
        """Which team that is; None for none."""
        return self.teams.get(team_id) if team_id is not None else None


class Names:
    """Looks names up for ids that a desk has already let the asker see."""

    def __init__(self, acts: Acts[SecurityStores]) -> None:
        self._acts = acts

    async def of(self, account_ids: Iterable[str | None]) -> Known:
        """References to these accounts, and to every team."""
        wanted = {account_id for account_id in account_ids if account_id is not None}

        def look(stores: SecurityStores) -> Known:
            accounts = stores.people.accounts(wanted) if wanted else {}
            return Known(
                {key: AccountRef.of(account) for key, account in accounts.items()},
                {team.id: TeamRef.of(team) for team in stores.people.teams()},
            )

        return await self._acts.read(look)
