"""Finds channels by the names that playbooks, runbooks and settings give them."""

from __future__ import annotations

from collections.abc import Mapping

from chat.address import Address
from chat.errors import Unavailable
from chat.port import ChatAdapter, OneWorkspace


async def workspace_on(adapter: ChatAdapter, team: str) -> str:
    """The workspace of a platform in which a team's channels are.

    Args:
        adapter: The platform.
        team: The team's name, which is its workspace in our own chat.

    Raises:
        Unavailable: The platform cannot be asked now.
    """
    return await adapter.workspace() if isinstance(adapter, OneWorkspace) else team


async def named(
    adapters: Mapping[str, ChatAdapter], name: str, *, near: Address | None, usual: str, team: str
) -> Address | None:
    """A channel by its name; `slack:#ops` names the platform, too. None when there is none.

    Args:
        adapters: By platform name.
        name: As typed.
        near: A place on the platform, and in the workspace, that a bare name is looked up in;
            None for none.
        usual: The platform that a bare name is looked up on without such a place.
        team: Name of the team that it is for.

    Raises:
        Unavailable: The platform is not connected, or cannot be asked now.
    """
    said, mark, rest = name.strip().partition(":")
    platform, wanted = said.strip().casefold(), rest
    if not mark or platform not in adapters:
        platform, wanted = near.platform if near is not None else usual, name
    adapter = adapters.get(platform)
    if adapter is None:
        raise Unavailable(f"The chat platform {platform} is not connected.")
    within = near.workspace if near is not None and near.platform == platform else ""
    return await adapter.find_channel(
        within or await workspace_on(adapter, team), wanted.strip().lstrip("#~")
    )
