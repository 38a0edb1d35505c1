"""Who may read a channel: by roles, and by what the channel itself allows and denies. Pure.

Source: discord.com/developers/docs/topics/permissions, "Permission Overwrites".
"""

from __future__ import annotations

from collections.abc import Iterable

from adapters.discord.raw import Json, Right
from chat.payload import parts, words

_ALL = ~0


def rights(guild: Json, member: Json, roles: Iterable[Json]) -> int:
    """What a member may in the whole server.

    Args:
        guild: The server; `id` and `owner_id` are read.
        member: With `user` and the ids of their `roles`.
        roles: All of the server's; that of everybody has the server's id.
    """
    if str(guild.get("owner_id") or "") == str(member["user"]["id"]):
        return _ALL
    held = {str(guild["id"]), *words(member, "roles")}
    may = 0
    for role in roles:
        if str(role["id"]) in held:
            may |= int(role["permissions"])
    return _ALL if may & Right.ADMINISTRATOR else may


def rights_in(channel: Json, guild: Json, member: Json, may: int) -> int:
    """What a member, who `may` so much in the server, may in one channel that is no thread."""
    if may == _ALL:
        return may
    mine = set(words(member, "roles"))
    everybody, own = str(guild["id"]), str(member["user"]["id"])
    held = {str(row["id"]): row for row in parts(channel, "permission_overwrites")}
    allow = deny = 0
    if everybody in held:
        may = may & ~int(held[everybody]["deny"]) | int(held[everybody]["allow"])
    for role in mine & held.keys():
        allow |= int(held[role]["allow"])
        deny |= int(held[role]["deny"])
    may = may & ~deny | allow
    if own in held:
        may = may & ~int(held[own]["deny"]) | int(held[own]["allow"])
    return may
