"""Channels: made, found, filled with people, archived."""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta

from adapters.slack.calling import Calls, SlackNotFound, SlackRefused, log
from adapters.slack.home import Homes
from adapters.slack.limits import CHANNEL_NAME
from adapters.slack.people import People
from chat.address import Address
from chat.errors import NotFound, Refused, Unavailable, UserError
from chat.once import Once
from chat.payload import Json, part, parts, word
from chat.person import Person
from chat.port import ChannelFacts, NewChannel

_ID = re.compile(r"[CGD][A-Z0-9]{2,20}")
_NAMES = 100
_PAGE = 999
"""Slack asks for less than 1000."""
_INVITED_AT_ONCE = 100
_TOPIC = 250
_KINDS = "public_channel,private_channel"
_SLACK_TIME = timedelta(minutes=5)
_REMEMBERED = 5000


class Channels:
    """The workspace's channels."""

    def __init__(
        self, calls: Calls, homes: Homes, people: People, once: Once, user_token: str
    ) -> None:
        self._calls = calls
        self._homes = homes
        self._people = people
        self._once = once
        self._user_token = user_token
        self._by_name: dict[str, str] = {}

    async def create(self, wanted: NewChannel) -> Address:
        """Make it, or find the one made before with the same key."""
        home = await self._homes.get()
        if wanted.workspace != home.team:
            raise NotFound(f"The bot is in the Slack workspace {home.team}, not in another one.")

        async def make() -> Address:
            found = await self._make(wanted)
            return await self._marked(found, wanted)

        async def find(since: datetime) -> Address | None:
            return await self._made(wanted, since)

        made = await self._once.made(wanted.key, make, find)
        if wanted.topic:
            await self.set_topic(made, wanted.topic)
        return made

    async def _make(self, wanted: NewChannel) -> Address:
        for number in range(1, _NAMES):
            name = cleaned_name(wanted.name, number)
            try:
                answer = await self._calls(
                    "conversations.create", name=name, is_private=wanted.private
                )
            except SlackRefused as no:
                if no.error == "name_taken":
                    continue
                raise
            return Address("slack", wanted.workspace, str(answer["channel"]["id"]))
        raise Refused(f"Slack has {_NAMES} channels called like “{wanted.name[:40]}” already.")

    async def _marked(self, made: Address, wanted: NewChannel) -> Address:
        """Note in its purpose what it was made for, so that it is found again after a crash.

        Raises:
            Unavailable: It is there without its mark. Nothing says when to come again, since
                that would mean that it was not made.
        """
        purpose = f"Made by Tocsin ({_mark(wanted.key)})"
        try:
            await self._calls("conversations.setPurpose", channel=made.channel, purpose=purpose)
        except Unavailable as away:
            raise Unavailable(away.message) from away
        except UserError as no:
            # It is as good without: the mark only helps to find it after a crash.
            log.warning("the channel %s is without its mark: %s", made.channel, no.message)
        return made

    async def _made(self, wanted: NewChannel, since: datetime) -> Address | None:
        """A channel that an earlier try made, with or without its mark."""
        home = await self._homes.get()
        earliest = (since - _SLACK_TIME).timestamp()
        unmarked: list[str] = []
        listed = self._calls.pages("conversations.list", "channels", types=_KINDS, limit=_PAGE)
        async for channel in listed:
            purpose = word(part(channel, "purpose"), "value")
            if _mark(wanted.key) in purpose:
                return Address("slack", wanted.workspace, str(channel["id"]))
            ours = channel.get("creator") == home.user and channel.get("created", 0) >= earliest
            if ours and not purpose and _is_for(str(channel.get("name")), wanted.name):
                unmarked.append(str(channel["id"]))
        if not unmarked:
            return None
        return await self._marked(Address("slack", wanted.workspace, unmarked[0]), wanted)

    async def facts(self, where: Address) -> ChannelFacts:
        """How it stands; its messages are not counted, as that means to read them all."""
        home = await self._homes.get()
        channel = await self.info(where.channel)
        inside = [user for user in await self._inside(where.channel) if user != home.user]
        return ChannelFacts(
            where.room,
            str(channel.get("name") or where.channel),
            private=bool(channel.get("is_private") or channel.get("is_im")),
            members=await self._people.named(where.workspace, inside),
            messages=None,
            archived=bool(channel.get("is_archived")),
        )

    async def info(self, channel: str) -> Json:
        """What Slack says about it.

        Raises:
            NotFound: It is gone.
        """
        if not _ID.fullmatch(channel):
            raise NotFound("That channel is gone.")
        answer = await self._calls("conversations.info", channel=channel)
        found: Json = answer["channel"]
        return found

    async def _inside(self, channel: str) -> list[str]:
        pages = self._calls.pages("conversations.members", "members", channel=channel, limit=_PAGE)
        return [str(user) async for user in pages]

    async def enter(self, where: Address) -> None:
        """Join a public channel that the bot is not in; others stay as they are."""
        channel = await self.info(where.channel)
        public = channel.get("is_channel") and not channel.get("is_private")
        if public and not channel.get("is_member"):
            await self._calls.join(where.channel)

    def remember(self, names: Iterable[tuple[str, str]]) -> None:
        """Ids and names that Slack itself put into what somebody typed."""
        if len(self._by_name) > _REMEMBERED:
            self._by_name.clear()
        self._by_name.update({name: channel for channel, name in names})

    async def find(self, workspace: str, name: str) -> Address | None:
        """A channel by name or id; None when there is none that the bot sees."""
        home = await self._homes.get()
        wanted = name.strip().lstrip("#~").strip()
        if workspace != home.team or not wanted:
            return None
        if _ID.fullmatch(wanted):
            return await self._by_id(workspace, wanted)
        folded = wanted.casefold()
        if folded in self._by_name:
            found = await self._by_id(workspace, self._by_name[folded], folded)
            if found is not None:
                return found
        listed = self._calls.pages("conversations.list", "channels", types=_KINDS, limit=_PAGE)
        async for channel in listed:
            self._by_name[str(channel["name"]).casefold()] = str(channel["id"])
        listed_id = self._by_name.get(folded)
        return await self._by_id(workspace, listed_id, folded) if listed_id else None

    async def _by_id(self, workspace: str, channel: str, name: str = "") -> Address | None:
        try:
            found = await self.info(channel)
        except NotFound:
            found = {}
        if found.get("is_im") or not found or (name and found.get("name") != name):
            self._by_name.pop(name, None)
            return None
        return Address("slack", workspace, channel)

    async def archive(self, where: Address, *, archived: bool) -> None:
        """Archive it, or bring it back where a user token lets us."""
        if archived:
            try:
                await self._calls("conversations.archive", channel=where.channel)
            except SlackRefused as no:
                if no.error != "already_archived":
                    raise
            return
        if not (await self.info(where.channel)).get("is_archived"):
            return
        if not self._user_token:
            raise Refused(
                "Slack lets no bot bring an archived channel back. Open the channel in Slack and "
                "choose “Unarchive”, then /invite @tocsin; or set TOCSIN_SLACK_USER_TOKEN.",
                code="CANNOT_UNARCHIVE",
            )
        await self._bring_back(where)

    async def _bring_back(self, where: Address) -> None:
        """As a person, whom Slack lets in by that; they bring in the bot again."""
        home = await self._homes.get()
        as_person: Json = {"token": self._user_token}
        try:
            await self._calls("conversations.unarchive", channel=where.channel, **as_person)
        except SlackRefused as no:
            if no.error != "not_archived":
                raise
        try:
            await self._calls(
                "conversations.invite", channel=where.channel, users=home.user, **as_person
            )
        except SlackRefused as no:
            if no.error != "already_in_channel":
                raise

    async def invite(self, where: Address, people: tuple[Person, ...]) -> None:
        """Add those who are not in yet.

        Raises:
            Refused: Slack let somebody not in; the others are in.
        """
        inside = set(await self._inside(where.channel)) if people else set[str]()
        wanted = list(dict.fromkeys(one.id for one in people if one.id not in inside))
        kept_out: dict[str, str] = {}
        for start in range(0, len(wanted), _INVITED_AT_ONCE):
            some = wanted[start : start + _INVITED_AT_ONCE]
            kept_out |= await self._invite(where.channel, some)
        if kept_out:
            names = {one.id: one.name for one in people}
            told = ", ".join(f"@{names[user]} ({why})" for user, why in kept_out.items())
            raise Refused(f"Slack did not let in: {told}.", code="NOT_INVITED")

    async def _invite(self, channel: str, users: list[str]) -> dict[str, str]:
        """Invite some at once; who was not let in, and why."""
        try:
            await self._calls.inside(
                "conversations.invite", channel=channel, users=",".join(users), force=True
            )
        except (SlackRefused, SlackNotFound) as no:
            each = {
                str(one["user"]): str(one.get("error"))
                for one in parts(no.answer, "errors")
                if one.get("user") in users
            }
            if not each and no.error in {"already_in_channel", "cant_invite_self"}:
                return {}
            if not each:
                raise
            harmless = {"already_in_channel", "cant_invite_self"}
            return {user: why for user, why in each.items() if why not in harmless}
        return {}

    async def set_topic(self, where: Address, topic: str) -> None:
        """Set the topic, unless it is that already: Slack tells each change in the channel.

        Slack gives it back with `&`, `<` and `>` escaped.
        """
        wanted = topic[:_TOPIC]
        there = part(await self.info(where.channel), "topic")
        if html.unescape(word(there, "value")) != wanted:
            await self._calls.inside("conversations.setTopic", channel=where.channel, topic=wanted)

    async def direct(self, person: Person) -> str:
        """Id of the direct channel with somebody."""
        answer = await self._calls("conversations.open", users=person.id)
        return str(answer["channel"]["id"])


def cleaned_name(wanted: str, number: int = 1) -> str:
    """The nearest name that Slack accepts; a `number` above 1 stands behind it.

    Source: https://docs.slack.dev/reference/methods/conversations.create
    """
    ascii_only = unicodedata.normalize("NFKD", wanted).encode("ascii", "ignore").decode()
    bare = re.sub(r"[^a-z0-9_]+", "-", ascii_only.lower()).strip("-_") or "channel"
    suffix = "" if number == 1 else f"-{number}"
    return bare[: CHANNEL_NAME - len(suffix)].rstrip("-_") + suffix


def _is_for(name: str, wanted: str) -> bool:
    base = cleaned_name(wanted)
    return name == base or re.fullmatch(re.escape(base) + r"-[0-9]{1,3}", name) is not None


def _mark(key: str) -> str:
    return "ref " + hashlib.sha256(key.encode()).hexdigest()[:12]
