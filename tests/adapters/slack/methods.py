"""Slack's methods as far as the bot calls them: name to what it answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.adapters.slack import rules
from tests.adapters.slack.world import (
    BOT,
    BOT_ID,
    TEAM,
    Channel,
    Json,
    No,
    World,
    judged,
    loaded,
    yes,
)

Method = Callable[[World, str, Json], Json]


def auth_test(world: World, who: str, given: Json) -> Json:
    name = world.users[who]["name"]
    return {"url": world.url, "team": "Tocsin", "user": name, "team_id": TEAM, "user_id": who}


def create(world: World, who: str, given: Json) -> Json:
    name = given["name"]
    if not re.fullmatch(r"[a-z0-9_-]{1,80}", name):
        raise No("invalid_name_specials")
    if any(one.name == name for one in world.channels.values()):
        raise No("name_taken")
    made = world.add_channel(name, creator=who, private=yes(given.get("is_private")))
    return {"channel": made.shown()}


def info(world: World, who: str, given: Json) -> Json:
    return {"channel": world.place(given["channel"], who).shown()}


def listed(world: World, who: str, given: Json) -> Json:
    seen = [
        one.shown()
        for one in world.channels.values()
        if not one.im and (not one.private or who in one.members)
    ]
    return paged(seen, "channels", given)


def conversations_of(world: World, who: str, given: Json) -> Json:
    mine = [one.shown() for one in world.channels.values() if who in one.members and not one.im]
    return paged(mine, "channels", given)


def members(world: World, who: str, given: Json) -> Json:
    return paged(list(world.place(given["channel"], who).members), "members", given)


def invite(world: World, who: str, given: Json) -> Json:
    channel = world.open_place(given["channel"], who)
    if who not in channel.members:
        raise No("not_in_channel")
    wrong: list[Json] = []
    for user in given["users"].split(","):
        if user == who:
            wrong.append({"user": user, "error": "cant_invite_self", "ok": False})
        elif world.users.get(user, {"deleted": True})["deleted"]:
            wrong.append({"user": user, "error": "user_not_found", "ok": False})
        elif user in channel.members:
            wrong.append({"user": user, "error": "already_in_channel", "ok": False})
    if wrong and not yes(given.get("force")):
        raise No(wrong[0]["error"], errors=wrong)
    bad = {one["user"] for one in wrong}
    for user in given["users"].split(","):
        if user not in bad:
            world.join(channel, user, by=who)
            world.heard({"type": "member_joined_channel", "user": user, "channel": channel.id})
    if wrong:
        raise No(wrong[0]["error"], errors=wrong)
    return {"channel": channel.shown()}


def join(world: World, who: str, given: Json) -> Json:
    channel = world.open_place(given["channel"], who)
    if channel.private or channel.im:
        raise No("method_not_supported_for_channel_type")
    if world.join(channel, who):
        world.heard({"type": "member_joined_channel", "user": who, "channel": channel.id})
    return {"channel": channel.shown()}


def set_topic(world: World, who: str, given: Json) -> Json:
    channel = world.open_place(given["channel"])
    if who not in channel.members:
        raise No("not_in_channel")
    if len(given["topic"]) > 250:
        raise No("too_long")
    channel.topic = given["topic"]
    note = {"subtype": "channel_topic", "text": f"<@{who}> set the channel topic: {channel.topic}"}
    world.add_message(channel, {"type": "message", "user": who, **note})
    return {"channel": channel.shown()}


def set_purpose(world: World, who: str, given: Json) -> Json:
    channel = world.open_place(given["channel"])
    if len(given["purpose"]) > 250:
        raise No("too_long")
    channel.purpose = given["purpose"]
    return {"channel": channel.shown()}


def archive(world: World, who: str, given: Json) -> Json:
    channel = world.place(given["channel"])
    if channel.archived:
        raise No("already_archived")
    channel.archived = True
    return {}


def unarchive(world: World, who: str, given: Json) -> Json:
    channel = world.place(given["channel"], who)
    if who == BOT:
        raise No("not_in_channel")
    if not channel.archived:
        raise No("not_archived")
    channel.archived = False
    if BOT in channel.members:
        channel.members.remove(BOT)
    if who not in channel.members:
        channel.members.append(who)
    return {}


def opened(world: World, who: str, given: Json) -> Json:
    user = world.users.get(given["users"])
    if user is None or user["deleted"]:
        raise No("user_not_found")
    return {"channel": {"id": world.direct(given["users"]).id}}


def history(world: World, who: str, given: Json) -> Json:
    channel = readable(world, who, given)
    shown = [one for one in channel.messages if one.get("thread_ts", one["ts"]) == one["ts"]]
    found = spanned(shown, given)
    found.sort(key=lambda one: tuple(map(int, one["ts"].split("."))), reverse=True)
    return paged(without_metadata(found, given), "messages", given)


def replies(world: World, who: str, given: Json) -> Json:
    channel = readable(world, who, given)
    thread = [one for one in channel.messages if given["ts"] in {one["ts"], one.get("thread_ts")}]
    if not thread:
        raise No("thread_not_found")
    return paged(without_metadata(spanned(thread, given), given), "messages", given)


def readable(world: World, who: str, given: Json) -> Channel:
    channel = world.place(given["channel"], who)
    if who not in channel.members:
        raise No("not_in_channel")
    return channel


def spanned(messages: list[Json], given: Json) -> list[Json]:
    inside = yes(given.get("inclusive"))
    oldest, latest = given.get("oldest"), given.get("latest")

    def fits(stamp: str) -> bool:
        after = not oldest or stamp > oldest or (inside and stamp == oldest)
        return after and (not latest or stamp < latest or (inside and stamp == latest))

    return [one for one in messages if fits(one["ts"])]


def without_metadata(messages: list[Json], given: Json) -> list[Json]:
    if yes(given.get("include_all_metadata")):
        return messages
    return [{name: part for name, part in one.items() if name != "metadata"} for one in messages]


def post(world: World, who: str, given: Json) -> Json:
    channel = world.open_place(given["channel"])
    if who not in channel.members and channel.private:
        raise No("not_in_channel")
    message: Json = {"type": "message", "user": BOT, "bot_id": BOT_ID, **world.body(given)}
    if given.get("metadata"):
        message["metadata"] = loaded(given["metadata"])
    if thread := given.get("thread_ts"):
        world.message(channel, thread)
        message["thread_ts"] = thread
    posted = world.add_message(channel, message)
    world.heard({**posted, "channel": channel.id})
    return {"channel": channel.id, "ts": posted["ts"], "message": posted}


def update(world: World, who: str, given: Json) -> Json:
    channel = world.place(given["channel"])
    if channel.archived:
        raise No("is_inactive")
    message = world.message(channel, given["ts"])
    if message.get("bot_id") != BOT_ID:
        raise No("cant_update_message")
    message.update(world.body(given))
    message["edited"] = {"user": who, "ts": world.stamp()}
    return {"channel": channel.id, "ts": given["ts"]}


def ephemeral(world: World, who: str, given: Json) -> Json:
    channel = world.place(given["channel"])
    if who not in channel.members:
        raise No("not_in_channel" if not channel.private else "channel_not_found")
    if given["user"] not in channel.members:
        raise No("user_not_in_channel")
    shown = {**world.body(given), "ts": world.stamp()}
    world.ephemeral.append((channel.id, given["user"], shown))
    return {"message_ts": shown["ts"]}


def pin(world: World, who: str, given: Json) -> Json:
    channel = world.place(given["channel"])
    if who not in channel.members:
        raise No("not_in_channel")
    world.message(channel, given["timestamp"])
    if given["timestamp"] in channel.pins:
        raise No("already_pinned")
    channel.pins.append(given["timestamp"])
    return {}


def user(world: World, who: str, given: Json) -> Json:
    found = world.users.get(given["user"])
    if found is None:
        raise No("user_not_found")
    return {"user": found}


def users(world: World, who: str, given: Json) -> Json:
    return paged(list(world.users.values()), "members", given)


def by_email(world: World, who: str, given: Json) -> Json:
    for one in world.users.values():
        if one["profile"]["email"] == given["email"].lower() and not one["deleted"]:
            return {"user": one}
    raise No("users_not_found")


def view(world: World, who: str, given: Json) -> Json:
    trigger = given.get("trigger_id", "")
    if trigger in world.spent:
        raise No("exchanged_trigger_id")
    if trigger not in world.triggers:
        raise No("invalid_trigger_id")
    wanted = loaded(given["view"])
    judged(lambda: rules.view(wanted))
    world.spent.add(trigger)
    shown = {**wanted, "id": f"V{world.number():08d}", "hash": "1.hash"}
    world.views.append((world.triggers[trigger], shown))
    return {"view": shown}


def upload_url(world: World, who: str, given: Json) -> Json:
    number = f"F{world.number():08d}"
    world.uploads[number] = {"id": number, "name": given["filename"], "length": given["length"]}
    return {"file_id": number, "upload_url": f"{world.url}upload/{number}"}


def complete(world: World, who: str, given: Json) -> Json:
    channel = world.open_place(given["channel_id"])
    if who not in channel.members:
        raise No("not_in_channel")
    sent = [world.uploads[one["id"]] for one in loaded(given["files"])]
    if any(len(world.contents.get(one["id"], b"")) != int(one["length"]) for one in sent):
        raise No("file_not_found")
    message: Json = {"type": "message", "user": BOT, "bot_id": BOT_ID, "subtype": "file_share"}
    message |= {"text": given.get("initial_comment") or "", "files": sent}
    if given.get("thread_ts"):
        message["thread_ts"] = given["thread_ts"]
    world.add_message(channel, message)
    return {"files": [{"id": one["id"]} for one in sent]}


def paged(found: list[Any], name: str, given: Json) -> Json:
    start, size = int(given.get("cursor") or 0), int(given.get("limit") or 100)
    following = str(start + size) if start + size < len(found) else ""
    return {name: found[start : start + size], "response_metadata": {"next_cursor": following}}


METHODS: dict[str, Method] = {
    "auth.test": auth_test,
    "chat.postEphemeral": ephemeral,
    "chat.postMessage": post,
    "chat.update": update,
    "conversations.archive": archive,
    "conversations.create": create,
    "conversations.history": history,
    "conversations.info": info,
    "conversations.invite": invite,
    "conversations.join": join,
    "conversations.list": listed,
    "conversations.members": members,
    "conversations.open": opened,
    "conversations.replies": replies,
    "conversations.setPurpose": set_purpose,
    "conversations.setTopic": set_topic,
    "conversations.unarchive": unarchive,
    "files.completeUploadExternal": complete,
    "files.getUploadURLExternal": upload_url,
    "pins.add": pin,
    "users.conversations": conversations_of,
    "users.info": user,
    "users.list": users,
    "users.lookupByEmail": by_email,
    "views.open": view,
}
