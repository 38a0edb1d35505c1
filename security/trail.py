"""The desk for reading the audit trail."""

from __future__ import annotations

from dataclasses import replace

from security.actor import ALL_TEAMS, Actor, require
from security.audit import Sealed, Verdict
from security.page import Page, Slice
from security.permissions import Permission
from security.ports import Acts, AuditFilter, SecurityStores
from security.sealer import Sealer

_TRAIL = "the audit trail"


class AuditDesk:
    """Lists records and checks the chain, for those who may see it."""

    def __init__(self, acts: Acts[SecurityStores], sealer: Sealer) -> None:
        self._acts = acts
        self._sealer = sealer

    async def page(self, actor: Actor, wanted: AuditFilter, part: Slice) -> Page[Sealed]:
        """Records that fit, newest first.

        Who holds the right in some teams only sees the records of these.

        Raises:
            Denied: `actor` may see the trail of no team.
        """

        def look(stores: SecurityStores) -> Page[Sealed]:
            require(actor, Permission.AUDIT_VIEW, team_id=None, thing=_TRAIL)
            if actor.may(Permission.AUDIT_VIEW, ALL_TEAMS):
                return stores.audit.page(wanted, part)
            seen = {team for team in actor.rights if actor.may(Permission.AUDIT_VIEW, team)}
            if wanted.team_ids is not None:
                seen &= set(wanted.team_ids)
            return stores.audit.page(replace(wanted, team_ids=tuple(sorted(seen))), part)

        return await self._acts.read(look, actor=actor)

    async def verify(self, actor: Actor, anchor: tuple[int, str] | None = None) -> Verdict:
        """Walk the whole chain.

        Args:
            actor: Must hold the right in all teams.
            anchor: A number and hash noted outside earlier; None checks no cut tail.

        Raises:
            Denied: They do not.
        """
        await self._acts.read(
            lambda _: require(actor, Permission.AUDIT_VIEW, team_id=ALL_TEAMS, thing=_TRAIL),
            actor=actor,
        )
        return await self._sealer.verify(anchor)
