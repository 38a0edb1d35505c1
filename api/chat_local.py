"""`/api/chat/local/`: channels, messages, buttons, forms. The token says who speaks."""

from __future__ import annotations

from aiohttp import web

from api.chat_answers import ChannelNames, answered_out
from api.chat_requests import (
    AddMembers,
    Answers,
    ChooseFromMenu,
    CompletionQuery,
    ListQuery,
    MessagesQuery,
    NewChannel,
    Press,
    Say,
    Seen,
    TeamQuery,
)
from api.chat_shapes import (
    AnsweredOut,
    ChannelOut,
    ChannelPage,
    MessageOut,
    MessagePage,
    PersonOut,
    PersonPage,
    SuggestionOut,
    SuggestionPage,
)
from api.downloads import download
from api.paging import here, page_out, part_of
from api.reading import MEBIBYTE
from api.routing import Answer, AnyRoute, Call, Media, Route
from api.shapes import Nothing
from api.speaker import Speakers
from chat.errors import NotFound
from chat.person import Person
from chat.rooms import LocalMessage, Rooms
from security.actor import Actor
from security.permissions import Permission

ROOT = "/api/chat/local/"
_ID_DIGITS = 15
_CHANNEL = f"{ROOT}channels/{{name}}/"


class ChatLocal:
    """The local chat platform over HTTP."""

    def __init__(self, rooms: Rooms, speakers: Speakers) -> None:
        self._rooms = rooms
        self._speakers = speakers

    def routes(self) -> tuple[AnyRoute, ...]:
        """Its rows; all need the right to use chat."""
        return (*self._channel_rows(), *self._message_rows())

    def _channel_rows(self) -> tuple[AnyRoute, ...]:
        chat = Permission.CHAT_USE
        return (
            Route(
                "GET", f"{ROOT}channels/", self.channels, chat, "List channels",
                ChannelPage, query=ListQuery,
            ),
            Route(
                "POST", f"{ROOT}channels/", self.create, chat, "Make a channel",
                ChannelOut, query=TeamQuery, body=NewChannel, status=201,
            ),
            Route("GET", _CHANNEL, self.channel, chat, "Look at a channel", ChannelOut,
                  query=TeamQuery),
            Route(
                "POST", f"{_CHANNEL}join/", self.join, chat, "Enter a public channel",
                ChannelOut, query=TeamQuery,
            ),
            Route(
                "POST", f"{_CHANNEL}leave/", self.leave, chat, "Leave a channel",
                None, query=TeamQuery, status=204,
            ),
            Route(
                "GET", f"{_CHANNEL}members/", self.members, chat, "List members of a channel",
                PersonPage, query=ListQuery,
            ),
            Route(
                "POST", f"{_CHANNEL}members/", self.add, chat, "Bring people into a channel",
                ChannelOut, query=TeamQuery, body=AddMembers,
            ),
            Route(
                "POST", f"{_CHANNEL}seen/", self.seen, chat, "Note how far you have read",
                None, query=TeamQuery, body=Seen, status=204,
            ),
            Route(
                "GET", f"{_CHANNEL}messages/", self.messages, chat,
                "Read messages: the newest, or before or after one, or a thread",
                MessagePage, query=MessagesQuery,
            ),
        )  # fmt: skip

    def _message_rows(self) -> tuple[AnyRoute, ...]:
        chat = Permission.CHAT_USE
        return (
            Route(
                "POST", f"{ROOT}messages/", self.say, chat,
                "Post a message, or run a command that begins with /",
                AnsweredOut, query=TeamQuery, body=Say, status=201, also=(200,), keyed=True,
                body_limit=15 * MEBIBYTE,
            ),
            Route(
                "GET", f"{ROOT}messages/{{id}}/", self.message, chat, "Look at a message",
                MessageOut, query=TeamQuery,
            ),
            Route(
                "POST", f"{ROOT}actions/", self.press, chat,
                "Press a button or choose an option of a message",
                AnsweredOut, query=TeamQuery, body=Press, keyed=True,
            ),
            Route(
                "POST", f"{ROOT}menu/", self.choose, chat, "Choose from a message's menu",
                AnsweredOut, query=TeamQuery, body=ChooseFromMenu, keyed=True,
            ),
            Route(
                "POST", f"{ROOT}forms/{{id}}/", self.submit, chat, "Fill in a form",
                AnsweredOut, query=TeamQuery, body=Answers, keyed=True,
            ),
            Route(
                "DELETE", f"{ROOT}forms/{{id}}/", self.dismiss, chat, "Close a form unanswered",
                None, query=TeamQuery, status=204,
            ),
            Route(
                "GET", f"{ROOT}completion/", self.complete, chat, "Complete a line",
                SuggestionPage, query=CompletionQuery,
            ),
            Route(
                "GET", f"{ROOT}files/{{id}}/", self.file, chat, "Read an attached file",
                Media("application/octet-stream", "The file."), query=TeamQuery,
            ),
        )  # fmt: skip

    async def _who(self, actor: Actor, query: TeamQuery | ListQuery) -> Person:
        return await self._speakers.of(actor, query.team)

    async def channels(self, call: Call[ListQuery, Nothing]) -> ChannelPage:
        """Yours and the public ones."""
        found = await self._rooms.channels(await self._who(call.actor, call.query))
        part = part_of(found, call.query)
        return page_out(ChannelPage, call.request, call.query, part, ChannelOut.of)

    async def create(self, call: Call[TeamQuery, NewChannel]) -> Answer:
        """A new channel; a direct one between the same people is found again."""
        who, body = await self._who(call.actor, call.query), call.body
        made = await self._rooms.create(who, body.name, body.kind, body.people)
        return Answer(ChannelOut.of(made), location=f"{ROOT}channels/{made.name}/")

    async def channel(self, call: Call[TeamQuery, Nothing]) -> ChannelOut:
        """One channel."""
        who = await self._who(call.actor, call.query)
        return ChannelOut.of(await self._rooms.channel(who, call.path["name"]))

    async def join(self, call: Call[TeamQuery, Nothing]) -> ChannelOut:
        """Enter it."""
        who = await self._who(call.actor, call.query)
        return ChannelOut.of(await self._rooms.join(who, call.path["name"]))

    async def leave(self, call: Call[TeamQuery, Nothing]) -> Answer:
        """Leave it."""
        await self._rooms.leave(await self._who(call.actor, call.query), call.path["name"])
        return Answer()

    async def members(self, call: Call[ListQuery, Nothing]) -> PersonPage:
        """Who is in it."""
        who = await self._who(call.actor, call.query)
        part = part_of(await self._rooms.members(who, call.path["name"]), call.query)
        return page_out(PersonPage, call.request, call.query, part, PersonOut.of)

    async def add(self, call: Call[TeamQuery, AddMembers]) -> ChannelOut:
        """Bring people in."""
        who = await self._who(call.actor, call.query)
        return ChannelOut.of(await self._rooms.add(who, call.path["name"], call.body.people))

    async def seen(self, call: Call[TeamQuery, Seen]) -> Answer:
        """Read up to there."""
        who = await self._who(call.actor, call.query)
        await self._rooms.seen(who, call.path["name"], call.body.message)
        return Answer()

    async def messages(self, call: Call[MessagesQuery, Nothing]) -> MessagePage:
        """A stretch of a channel's messages."""
        who, query = await self._who(call.actor, call.query), call.query
        found = await self._rooms.messages(
            who,
            call.path["name"],
            before=query.before,
            after=query.after,
            thread=query.thread,
            # One more than asked for tells whether there are further ones.
            limit=query.limit + 1,
        )
        forward = query.after is not None
        more = len(found) > query.limit
        shown = found[: query.limit] if forward else found[-query.limit :]
        names = ChannelNames(self._rooms, who)
        return MessagePage(
            count=len(shown),
            next=_beside(call.request, shown, "after")
            if (more and forward) or query.before
            else None,
            previous=_beside(call.request, shown, "before") if more or forward else None,
            results=tuple([await names.message(each) for each in shown]),
        )

    async def say(self, call: Call[TeamQuery, Say]) -> Answer:
        """Post, or run a command."""
        who, body = await self._who(call.actor, call.query), call.body
        answered = await self._rooms.say(
            who,
            body.channel,
            body.text,
            thread=body.thread,
            files=tuple(file.attachment() for file in body.files),
            key=call.key,
        )
        shown = await answered_out(self._rooms, who, answered)
        if shown.message is None:
            return Answer(shown, status=200)
        return Answer(shown, location=f"{ROOT}messages/{shown.message.id}/")

    async def message(self, call: Call[TeamQuery, Nothing]) -> MessageOut:
        """One message."""
        who = await self._who(call.actor, call.query)
        found = await self._rooms.message(who, _number(call.path["id"]))
        return await ChannelNames(self._rooms, who).message(found)

    async def press(self, call: Call[TeamQuery, Press]) -> AnsweredOut:
        """Press a button."""
        who, body = await self._who(call.actor, call.query), call.body
        answered = await self._rooms.click(who, body.message, body.action, body.value, key=call.key)
        return await answered_out(self._rooms, who, answered)

    async def choose(self, call: Call[TeamQuery, ChooseFromMenu]) -> AnsweredOut:
        """Choose from a message's menu."""
        who, body = await self._who(call.actor, call.query), call.body
        answered = await self._rooms.menu(who, body.message, body.action, key=call.key)
        return await answered_out(self._rooms, who, answered)

    async def submit(self, call: Call[TeamQuery, Answers]) -> AnsweredOut:
        """Fill in a form; with errors it stays open."""
        who = await self._who(call.actor, call.query)
        answered = await self._rooms.submit(who, call.path["id"], call.body.values(), key=call.key)
        return await answered_out(self._rooms, who, answered)

    async def dismiss(self, call: Call[TeamQuery, Nothing]) -> Answer:
        """Close a form."""
        await self._rooms.dismiss(await self._who(call.actor, call.query), call.path["id"])
        return Answer()

    async def complete(self, call: Call[CompletionQuery, Nothing]) -> SuggestionPage:
        """What the line may become."""
        who, query = await self._who(call.actor, call.query), call.query
        found = await self._rooms.complete(who, query.channel, query.text)
        part = part_of(found, query)
        return page_out(SuggestionPage, call.request, query, part, SuggestionOut.of)

    async def file(self, call: Call[TeamQuery, Nothing]) -> web.Response:
        """A file's content."""
        who = await self._who(call.actor, call.query)
        return download(await self._rooms.file(who, call.path["id"]))


def _number(word: str) -> int:
    """A message's id in a path.

    Raises:
        NotFound: It is not a number, so no message has it.
    """
    if not (word.isascii() and word.isdigit() and len(word) <= _ID_DIGITS):
        raise NotFound(f"There is no message “{word[:40]}”; their ids are whole numbers.")
    return int(word)


def _beside(request: web.Request, shown: tuple[LocalMessage, ...], side: str) -> str | None:
    """The same request for what lies before or after what was shown; None beside nothing."""
    if not shown:
        return None
    edge = shown[0].id if side == "before" else shown[-1].id
    rest = here(request).without_query_params("before", "after")
    return str(rest.update_query({side: edge}))
