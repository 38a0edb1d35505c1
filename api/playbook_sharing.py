"""`/api/playbooks/{ref}/members/`: who a playbook is shared with."""

from __future__ import annotations

from pydantic import Field

from api.names import AccountRef, Names
from api.paging import PageOut, Part, page_out, part_of
from api.playbook_shapes import PlaybookOut
from api.playbooks import ONE, exactly
from api.routing import Answer, AnyRoute, Call, Route
from api.shapes import In, NoQuery, Nothing, Out, Word
from playbooks.desk import PlaybookDesk
from playbooks.playbook import Playbook
from security.account import Account
from security.permissions import Permission


class MemberOut(Out):
    """Somebody a playbook is shared with by name."""

    account: AccountRef
    admin: bool = Field(description="Whether they may also share and delete it.")

    @classmethod
    def of(cls, member: tuple[Account, bool]) -> MemberOut:
        """A member."""
        return cls(account=AccountRef.of(member[0]), admin=member[1])


class MemberPage(PageOut[MemberOut]):
    """The members by name."""


class Share(In):
    """Whom to share with."""

    account: Word = Field(description="Name or id.")
    admin: bool = False


class ShareWithTeam(In):
    """Whether the whole team are members."""

    shared: bool


class PlaybookSharing:
    """Sharing playbooks over HTTP; who may is the playbook's own affair."""

    def __init__(self, desk: PlaybookDesk, names: Names) -> None:
        self._desk = desk
        self._names = names

    def routes(self) -> tuple[AnyRoute, ...]:
        """Its rows."""
        view, edit = Permission.PLAYBOOK_VIEW, Permission.PLAYBOOK_EDIT
        members = f"{ONE}members/"
        return (
            Route(
                "GET", members, self.members, view, "List members",
                MemberPage, query=Part,
            ),
            Route(
                "POST", members, self.share, edit, "Share with somebody of the team",
                PlaybookOut, body=Share,
            ),
            # Anybody may give up their own membership.
            Route(
                "DELETE", f"{members}{{account}}/", self.unshare, view, "Stop sharing",
                None, status=204,
            ),
            Route(
                "POST", f"{ONE}team/", self.share_with_team, edit,
                "Share with the whole team, or only with those named",
                PlaybookOut, body=ShareWithTeam,
            ),
        )  # fmt: skip

    async def members(self, call: Call[Part, Nothing]) -> MemberPage:
        """Those named."""
        playbook = await exactly(self._desk, call)
        part = part_of(await self._desk.members(call.actor, playbook.id), call.query)
        return page_out(MemberPage, call.request, call.query, part, MemberOut.of)

    async def share(self, call: Call[NoQuery, Share]) -> Answer:
        """Add somebody, or make them admin or not."""
        body, playbook = call.body, await exactly(self._desk, call)
        return await self._shown(
            await self._desk.share(call.actor, playbook.id, body.account, admin=body.admin)
        )

    async def unshare(self, call: Call[NoQuery, Nothing]) -> Answer:
        """Take somebody out."""
        playbook = await exactly(self._desk, call)
        await self._desk.unshare(call.actor, playbook.id, call.path["account"])
        return Answer()

    async def share_with_team(self, call: Call[NoQuery, ShareWithTeam]) -> Answer:
        """Everybody in the team, or not."""
        shared, ref = call.body.shared, (await exactly(self._desk, call)).id
        return await self._shown(await self._desk.share_with_team(call.actor, ref, shared=shared))

    async def _shown(self, playbook: Playbook) -> Answer:
        known = await self._names.of([playbook.created_by])
        return Answer(PlaybookOut.of(playbook, known), version=playbook.revision)
