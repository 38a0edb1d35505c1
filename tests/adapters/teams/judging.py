"""What the vendor takes for a message, and how its client reads a card."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, cast

from markdown_it import MarkdownIt

Json = dict[str, Any]

MOST = 100_000
"""Bytes of a message as UTF-16."""
_ELEMENTS = {
    "TextBlock": {"text"},
    "Container": {"items"},
    "ColumnSet": set[str](),
    "Column": set[str](),
    "FactSet": {"facts"},
    "ActionSet": {"actions"},
    "Input.Text": {"id"},
    "Input.ChoiceSet": {"id"},
    "Input.Toggle": {"id", "title"},
    "Input.Date": {"id"},
    "Action.Execute": {"title"},
    "Action.Submit": {"title"},
    "Action.ShowCard": {"title", "card"},
    "AdaptiveCard": {"body"},
}
_ACTIONS = 6
_KINDS = {
    "application/vnd.microsoft.card.adaptive",
    "application/vnd.microsoft.teams.card.file.consent",
    "application/vnd.microsoft.teams.card.file.info",
    "image/png",
    "image/jpeg",
    "image/gif",
}
_AT = re.compile(r"<at>(.*?)</at>")
_STAMP = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"
_MACRO = re.compile(rf"\{{\{{(?:DATE|TIME)\({_STAMP}(?:, ?(?:SHORT|LONG))?\)\}}\}}")
_READER = MarkdownIt("commonmark", {"html": False})


class Refusal(Exception):
    """The vendor says no."""

    def __init__(self, status: int, code: str, told: str, retry_after: str | None = None) -> None:
        super().__init__(code)
        self.status, self.code, self.told, self.retry_after = status, code, told, retry_after


def judge(activity: Json, people: set[str]) -> None:
    """Take a message, or not.

    Raises:
        Refusal: It is too large, or something in it is not known.
    """
    size = len(json.dumps(activity, ensure_ascii=False).encode("utf-16-le", "surrogatepass"))
    if size > MOST:
        raise Refusal(413, "MessageSizeTooBig", f"{size} bytes")
    if activity.get("type") != "message":
        raise Refusal(400, "BadSyntax", "no message")
    attachments: list[Json] = activity.get("attachments") or []
    if not attachments and not activity.get("text"):
        raise Refusal(400, "BadSyntax", "an empty message")
    for each in attachments:
        if each.get("contentType") not in _KINDS:
            raise Refusal(400, "BadSyntax", f"content type {each.get('contentType')}")
        if each["contentType"].endswith("card.adaptive"):
            judge_card(each["content"], people)


def judge_card(card: Json, people: set[str]) -> None:
    """Take a card, or not.

    Raises:
        Refusal: Its JSON is none of Adaptive Cards 1.5, or mentions are wrong.
    """
    if card.get("type") != "AdaptiveCard" or card.get("version") != "1.5":
        raise Refusal(400, "BadArgument", "no Adaptive Card of version 1.5")
    names: list[str] = []
    for element in elements(card):
        _judge_element(element)
        if str(element["type"]).startswith("Input."):
            names.append(str(element["id"]))
    if len(set(names)) != len(names):
        raise Refusal(400, "BadArgument", "two inputs of one id")
    written = json.dumps(card.get("body"), ensure_ascii=False)
    for entity in card.get("msteams", {}).get("entities", []):
        if entity["text"] not in written or not _AT.fullmatch(entity["text"]):
            raise Refusal(400, "BadArgument", "a mention that is not in the text")
        if entity["mentioned"]["id"] not in people:
            raise Refusal(400, "BadArgument", "a mention of nobody")


def _judge_element(element: Json) -> None:
    kind = str(element["type"])
    if kind not in _ELEMENTS:
        raise Refusal(400, "BadArgument", f"element {kind}")
    for needed in _ELEMENTS[kind]:
        if needed not in element or (element[needed] == "" and needed != "text"):
            raise Refusal(400, "BadArgument", f"{kind} without {needed}")
    if kind == "TextBlock" and not isinstance(element["text"], str):
        raise Refusal(400, "BadArgument", "text that is none")
    if kind == "ActionSet" and not 0 < len(element["actions"]) <= _ACTIONS:
        raise Refusal(400, "BadArgument", "more than six actions are not shown")


def mentioned(card: Json) -> set[str]:
    """Ids of whom a card notifies."""
    return {each["mentioned"]["id"] for each in card.get("msteams", {}).get("entities", [])}


def shown(card: Json) -> str:
    """What a reader sees, read by a Markdown parser of its own."""
    lines: list[str] = []
    entities: list[Json] = card.get("msteams", {}).get("entities", [])
    mentions = [str(each["text"]) for each in entities]
    for element in elements(card):
        if element["type"] == "TextBlock":
            lines.append(_read(element["text"], mentions))
        facts: list[Json] = element.get("facts", [])
        for fact in facts:
            label, value = _read(fact["title"], mentions), _read(fact["value"], mentions)
            lines.append(f"{label}: {value}")
        if str(element["type"]).startswith("Action."):
            lines.append(element["title"])
    return "\n".join(line for line in lines if line)


def _read(text: str, mentions: list[str]) -> str:
    for mention in mentions:
        text = text.replace(mention, f"@{mention[4:-5]}")
    text = _MACRO.sub(r"\1", text)
    parts: list[str] = []
    for token in _READER.parse(text):
        parts.extend(
            "\n" if child.type in {"softbreak", "hardbreak"} else child.content
            for child in token.children or []
        )
        if token.type in {"fence", "code_block", "html_block"}:
            parts.append(f"\N{REPLACEMENT CHARACTER}{token.content}")
        if token.type == "paragraph_close":
            parts.append("\n")
    return "".join(parts).strip("\n")


def elements(element: object) -> Iterator[Json]:
    """Every part of a card that has a type, in order; what actions carry left out."""
    if isinstance(element, list):
        for each in cast("list[object]", element):
            yield from elements(each)
    elif isinstance(element, dict):
        held = cast("Json", element)
        if "type" in held and "dataset" not in held:
            yield held
        for key, each in held.items():
            if key not in {"data", "msteams", "choices.data"}:
                yield from elements(each)
