"""Accounts behind the ids in what the desks give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from security.account import Account
from security.ports import Acts, SecurityStores


async def accounts(acts: Acts[SecurityStores], ids: Iterable[str | None]) -> Mapping[str, Account]:
    """The accounts with these ids that exist, which a desk has already let the asker see."""
    wanted = {one for one in ids if one is not None}
    if not wanted:
        return {}
    return await acts.read(lambda stores: stores.people.accounts(wanted))
