"""What came of something somebody did in the local chat, with channels by their names."""

from __future__ import annotations

from api.chat_shapes import AnsweredOut, FormOut, MessageOut
from chat.errors import BadInput, NotFound
from chat.person import Person
from chat.rooms import Answered, LocalForm, LocalMessage, Rooms


class ChannelNames:
    """Names of channels by id, each asked for once.

    A direct channel's name is its id, and so is that of a channel which is gone.
    """

    def __init__(self, rooms: Rooms, who: Person) -> None:
        self._rooms = rooms
        self._who = who
        self._known: dict[str, str] = {}

    async def of(self, channel_id: str) -> str:
        """One channel's name."""
        if channel_id not in self._known:
            try:
                found = await self._rooms.channel(self._who, channel_id)
            except NotFound:
                return channel_id
            self._known[channel_id] = found.name
        return self._known[channel_id]

    async def message(self, message: LocalMessage) -> MessageOut:
        """A message with its channel's name."""
        return MessageOut.of(message, await self.of(message.channel))

    async def form(self, form: LocalForm) -> FormOut:
        """A form with its channel's name."""
        return FormOut.of(form, await self.of(form.channel))


async def answered_out(rooms: Rooms, who: Person, answered: Answered) -> AnsweredOut:
    """What came of something `who` did.

    Raises:
        BadInput: A form was refused; each field has its line, and its entry in `details`.
    """
    if answered.errors:
        lines = (f"The field `{field}`: {problem}" for field, problem in answered.errors.items())
        raise BadInput("\n".join(lines), details=answered.errors)
    names = ChannelNames(rooms, who)
    return AnsweredOut(
        message=await names.message(answered.message) if answered.message else None,
        replies=tuple([await names.message(each) for each in answered.replies]),
        form=await names.form(answered.form) if answered.form else None,
        errors={},
        pending=answered.pending,
        code=answered.code,
    )
