"""What Slack takes of blocks and views, written from its documents; anything else it refuses.

Source: https://docs.slack.dev/reference/block-kit
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

Json = dict[str, Any]

LONGEST_MESSAGE = 13_200
"""Characters of all blocks together; written nowhere, and met by many."""
_IN_SECTION = {"text", "link", "user", "channel", "date", "emoji", "broadcast", "usergroup"}
_FORMATS = {"{date_short_pretty} at {time}", "{ago}", "began {ago}"}


class Wrong(Exception):
    """Slack would say `invalid_blocks`; the text says why."""


def blocks(given: Any, *, most: int = 50, modal: bool = False) -> None:
    """Check a list of blocks.

    Raises:
        Wrong: Slack would refuse it.
    """
    need(isinstance(given, list), "blocks are a list")
    need(len(given) <= most, f"{len(given)} blocks")
    ids = [one["block_id"] for one in given if "block_id" in one]
    need(len(ids) == len(set(ids)), "block ids twice")
    for one in given:
        block(one, modal=modal)
    size = sum(len(text) for text in texts(given))
    need(modal or size <= LONGEST_MESSAGE, f"msg_blocks_too_long {size}")


def texts(given: Any) -> Iterator[str]:
    """Every text in blocks."""
    if isinstance(given, dict):
        for name, value in cast("Json", given).items():
            if name in {"text", "fallback"} and isinstance(value, str):
                yield value
            else:
                yield from texts(value)
    elif isinstance(given, list):
        for each in cast("list[Any]", given):
            yield from texts(each)


def block(one: Json, *, modal: bool) -> None:  # noqa: C901 - one case for each kind
    """One block."""
    match one.get("type"):
        case "rich_text":
            only(one, "elements")
            need(len(one["elements"]) > 0, "empty rich text")
            for part in one["elements"]:
                rich(part)
        case "header":
            only(one, "text")
            plain(one["text"], 150)
        case "section":
            only(one, "text")
            text(one["text"], 3000)
        case "context":
            only(one, "elements")
            need(0 < len(one["elements"]) <= 10, "context elements")
            for each in one["elements"]:
                text(each, 3000)
        case "actions":
            only(one, "elements")
            need(0 < len(one["elements"]) <= 25, "actions elements")
            ids = [each["action_id"] for each in one["elements"]]
            need(len(ids) == len(set(ids)), f"action ids twice: {ids}")
            for each in one["elements"]:
                control(each)
        case "input":
            need(modal, "an input in a message")
            only(one, "block_id", "label", "optional", "element", "hint")
            need(0 < len(one["block_id"]) <= 255, "block id")
            plain(one["label"], 2000)
            if "hint" in one:
                plain(one["hint"], 2000)
            asked(one["element"])
        case other:
            raise Wrong(f"a block of type {other}")


def rich(part: Json) -> None:
    """A part of a rich text block."""
    match part.get("type"):
        case "rich_text_section" | "rich_text_quote" | "rich_text_preformatted":
            only(part, "elements")
            need(len(part["elements"]) > 0, f"empty {part['type']}")
            bare = part["type"] == "rich_text_preformatted"
            for each in part["elements"]:
                need(not bare or each["type"] in {"text", "link"}, "not in preformatted")
                element(each)
        case "rich_text_list":
            only(part, "style", "indent", "elements")
            need(part["style"] in {"bullet", "ordered"}, "list style")
            need(0 <= part["indent"] <= 8, "list indent")
            need(len(part["elements"]) > 0, "empty list")
            for each in part["elements"]:
                need(each["type"] == "rich_text_section", "list item")
                rich(each)
        case other:
            raise Wrong(f"rich text of type {other}")


def element(one: Json) -> None:
    """An element of rich text."""
    need(one.get("type") in _IN_SECTION, f"element {one.get('type')}")
    style = one.get("style", {})
    need(set(style) <= {"bold", "italic", "strike", "code"}, "style")
    match one["type"]:
        case "text":
            only(one, "text", "style")
            need(len(one["text"]) > 0, "empty text")
        case "link":
            only(one, "url", "text", "style")
            need(one["url"].startswith(("http://", "https://")), "link")
            need(len(one["url"]) <= 3000 and len(one["text"]) > 0, "link")
        case "user":
            only(one, "user_id")
            need(one["user_id"][0] in "UW", "user id")
        case "channel":
            only(one, "channel_id")
            need(one["channel_id"][0] in "CG", "channel id")
        case "date":
            only(one, "timestamp", "format", "fallback")
            need(isinstance(one["timestamp"], int), "timestamp")
            need(one["format"] in _FORMATS, "date format")
        case other:
            raise Wrong(f"we never send {other}")


def control(one: Json) -> None:
    """A button or a select in a message."""
    need(0 < len(one["action_id"]) <= 255, "action id")
    match one.get("type"):
        case "button":
            only(one, "action_id", "text", "style", "confirm", "value")
            plain(one["text"], 75)
            need(one.get("style", "primary") in {"primary", "danger"}, "button style")
            if "confirm" in one:
                confirm(one["confirm"])
        case "static_select":
            only(one, "action_id", "placeholder", "options", "initial_option")
            plain(one["placeholder"], 150)
            options(one)
        case "users_select":
            only(one, "action_id", "placeholder", "initial_user")
            plain(one["placeholder"], 150)
        case other:
            raise Wrong(f"a control of type {other}")


def confirm(one: Json) -> None:
    """A question before a press counts."""
    only(one, "title", "text", "confirm", "deny")
    plain(one["title"], 100)
    text(one["text"], 300)
    plain(one["confirm"], 30)
    plain(one["deny"], 30)


def options(one: Json) -> None:
    """What a select offers."""
    groups = one.get("option_groups", [])
    need(len(groups) <= 100, "option groups")
    for group in groups:
        plain(group["label"], 75)
        need(0 < len(group["options"]) <= 100, "options of a group")
    offered = one.get("options") or [each for group in groups for each in group["options"]]
    need(0 < len(one.get("options", offered[:1])) <= 100, "options")
    for each in offered:
        only(each, "text", "value")
        plain(each["text"], 75)
        need(0 < len(each["value"]) <= 150, "option value")
    if "initial_option" in one:
        need(one["initial_option"] in offered, "initial option")


def asked(one: Json) -> None:
    """What an input holds."""
    need(0 < len(one["action_id"]) <= 255, "action id")
    match one["type"]:
        case "plain_text_input":
            only(one, "action_id", "multiline", "max_length", "initial_value")
            need(1 <= one["max_length"] <= 3000, "max length")
            need(len(one.get("initial_value", "x")) <= one["max_length"], "initial value")
        case "static_select":
            only(one, "action_id", "options", "option_groups", "initial_option")
            options(one)
        case "users_select":
            only(one, "action_id", "initial_user")
        case "checkboxes":
            only(one, "action_id", "options", "initial_options")
            options({"options": one["options"]})
        case "datepicker":
            only(one, "action_id", "initial_date")
        case other:
            raise Wrong(f"an input of type {other}")


def view(one: Json) -> None:
    """A modal."""
    only(one, "callback_id", "title", "submit", "close", "private_metadata", "blocks")
    need(one["type"] == "modal", "type")
    for name in ("title", "submit", "close"):
        plain(one[name], 24)
    need(len(one["private_metadata"]) <= 3000, "private metadata")
    need(0 < len(one["callback_id"]) <= 255, "callback id")
    blocks(one["blocks"], most=100, modal=True)


def text(one: Json, most: int) -> None:
    """A text object of either kind."""
    if one.get("type") == "plain_text":
        plain(one, most)
        return
    only(one, "text")
    need(one.get("type") == "mrkdwn", "text type")
    need(0 < len(one["text"]) <= most, "text length")


def plain(one: Json, most: int) -> None:
    """A plain text object."""
    only(one, "text", "emoji")
    need(one.get("type") == "plain_text", "plain text")
    need(0 < len(one["text"]) <= most, f"text of {len(one['text'])}, at most {most}")
    need(bool(one["text"].strip()), "nothing to see")


def only(one: Json, *names: str) -> None:
    """Slack refuses what it does not know."""
    need(set(one) <= {"type", *names}, f"unknown in {one.get('type')}: {set(one) - set(names)}")


def need(true: bool, why: str) -> None:
    """Refuse what is not so."""
    if not true:
        raise Wrong(why)
