"""What a Mattermost server refuses, written down from its documentation and its own checks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

MESSAGE, PROPS = 16_383, 800_000
_STYLES = {"", "default", "primary", "success", "good", "warning", "danger"}
BUILT_IN = frozenset({
    "away", "code", "collapse", "dnd", "echo", "expand", "group_msg", "header", "help", "invite",
    "join", "kick", "leave", "logout", "me", "msg", "mute", "offline", "online", "purpose",
    "rename", "search", "settings", "shortcuts", "shrug", "status",
})  # fmt: skip


class Refusal(Exception):
    """The server's answer to what it does not take.

    Attributes:
        status: HTTP status.
        id: The server's name of the error.
    """

    def __init__(self, status: int, id_: str, told: str = "") -> None:
        super().__init__(f"{status} {id_} {told}")
        self.status = status
        self.id = id_
        self.told = told or id_


def post(body: dict[str, Any]) -> None:
    """A post to be made or changed."""
    _need(len(body.get("message", "")) <= MESSAGE, "model.post.is_valid.msg.app_error")
    props: dict[str, Any] = body.get("props") or {}
    _need(
        len(json.dumps(props, ensure_ascii=False)) <= PROPS, "model.post.is_valid.props.app_error"
    )
    _need("\0" not in json.dumps(body, ensure_ascii=False), "api.context.invalid_body_param")
    shown = bool(body.get("message") or props.get("attachments") or body.get("file_ids"))
    _need(shown, "model.post.is_valid.message.empty")
    ids: list[str] = []
    for attachment in props.get("attachments", []):
        for action in attachment.get("actions", []):
            _action(action)
            ids.append(action["id"])
        for field in attachment.get("fields", []):
            _need(isinstance(field["title"], str), "attachment.field")
            _need(isinstance(field["value"], str), "attachment.field")
    _need(len(ids) == len(set(ids)), "attachment.action.id", "two actions have one id")


def _action(action: dict[str, Any]) -> None:
    name = "attachment.action"
    # The route of a click takes only these.
    _need(bool(re.fullmatch(r"[A-Za-z0-9]+", action.get("id", ""))), name, "id")
    _need(bool(action.get("name")), name, "action must have a name")
    _need(action.get("style", "") in _STYLES, name, "invalid style")
    url = action.get("integration", {}).get("url", "")
    _need(url.startswith(("http://", "https://")), name, "integration url")
    options, source = action.get("options", []), action.get("data_source", "")
    if action.get("type") == "button":
        _need(not options and not source, name, "a button has neither options nor a source")
        return
    _need(action.get("type") == "select", name, "type")
    _need(source in {"", "users", "channels"} and bool(options) != bool(source), name, "options")
    for option in options:
        _need(bool(option.get("text") and option.get("value")), name, "option")


def dialog(body: dict[str, Any]) -> None:
    """A dialog to be opened; lengths are in bytes."""
    name = "api.dialog"
    shown = body["dialog"]
    _need(bool(body.get("url")), name, "empty URL")
    _need(0 < _size(shown.get("title", "")) <= 24, name, "title")
    names = [element.get("name", "") for element in shown.get("elements", [])]
    _need(len(names) == len(set(names)) and len(names) <= 5, name, "elements")
    for element in shown.get("elements", []):
        _element(element)


def _element(element: dict[str, Any]) -> None:
    name = f"api.dialog.{element.get('name')}"
    most = {"text": 150, "textarea": 3000, "select": 3000, "bool": 150}
    kind = element.get("type", "")
    _need(kind in most, name, f"type {kind}")
    _need(0 < _size(element.get("display_name", "")) <= 24, name, "display_name")
    _need(0 < _size(element.get("name", "")) <= 300, name, "name")
    _need(_size(element.get("help_text", "")) <= 150, name, "help_text")
    default = element.get("default", "")
    _need(_size(element.get("placeholder", "")) <= most[kind], name, "placeholder")
    _need(_size(default) <= most[kind], name, "default")
    if kind in {"text", "textarea"}:
        _need(0 <= element.get("max_length", 0) <= most[kind], name, "max_length")
    if kind == "bool":
        _need(default in {"", "true", "false"}, name, "default of a bool")
    if kind == "select":
        source, options = element.get("data_source", ""), element.get("options", [])
        _need(source in {"", "users", "channels"}, name, "data_source")
        _need(bool(source) or not default or any(o["value"] == default for o in options), name)
        _need(all(o["text"] and o["value"] for o in options), name, "options")


def channel(body: dict[str, Any]) -> None:
    """A channel to be made or changed."""
    if "name" in body:
        valid = re.fullmatch(r"[a-z0-9]([a-z0-9_-]*[a-z0-9])?", body["name"])
        _need(bool(valid) and 2 <= len(body["name"]) <= 64, "model.channel.is_valid.1_or_more")
        _need(0 < len(body.get("display_name", "")) <= 64, "model.channel.is_valid.display_name")
        _need(body.get("type") in {"O", "P"}, "model.channel.is_valid.type.app_error")
    _need(len(body.get("header", "")) <= 1024, "model.channel.is_valid.header.app_error")
    _need(len(body.get("purpose", "")) <= 250, "model.channel.is_valid.purpose.app_error")


def command(body: dict[str, Any]) -> None:
    """A slash command to be registered."""
    trigger = body.get("trigger", "")
    valid = bool(re.fullmatch(r"[^/\s]\S{0,127}", trigger)) and trigger == trigger.lower()
    _need(valid, "model.command.is_valid.trigger.app_error")
    url = body.get("url", "")
    _need(url.startswith(("http://", "https://")) and len(url) <= 1024, "model.command.url")
    _need(body.get("method") in {"P", "G"}, "model.command.is_valid.method.app_error")
    _need(len(body.get("display_name", "")) <= 64, "model.command.is_valid.display_name")
    _need(len(body.get("description", "")) <= 128, "model.command.is_valid.description")
    _need(len(body.get("auto_complete_desc", "")) <= 1024, "model.command.is_valid.autocomplete")
    if trigger in BUILT_IN:
        raise Refusal(400, "api.command.duplicate_trigger.app_error", "This trigger is in use.")


def actions(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every control of a post."""
    props: dict[str, Any] = body.get("props") or {}
    for attachment in props.get("attachments", []):
        yield from attachment.get("actions", [])


def _size(text: str) -> int:
    return len(text.encode())


def _need(valid: bool, id_: str, told: str = "") -> None:
    if not valid:
        raise Refusal(400, id_, told)
