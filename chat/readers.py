"""A channel as it stands, with those of some people who read it without being listed in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from chat.address import Address
from chat.person import Person
from chat.port import ChannelFacts, ChatAdapter, Sees


async def facts_for(
    adapter: ChatAdapter, channel: Address, people: Iterable[Person]
) -> ChannelFacts:
    """The channel's facts, in which `readers` are those of `people` whom its members leave out.

    Raises:
        NotFound: It is gone.
    """
    facts = await adapter.channel(channel)
    if not facts.private or not isinstance(adapter, Sees):
        return facts
    inside = {member.id for member in facts.members}
    asked = [one for one in people if one.platform == adapter.platform and one.id not in inside]
    readers = [one for one in asked if await adapter.may_read(facts.address, one)]
    return replace(facts, readers=tuple(readers))
