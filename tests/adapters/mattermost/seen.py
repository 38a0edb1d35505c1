"""What a person sees of a post, and what in it is alive: read as Mattermost's own clients do.

Markdown is read first; mentions, channels, hashtags, emoji and addresses are then looked for in
the text that is left, adjacent pieces joined.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from markdown_it import MarkdownIt

_READER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_LIVE = re.compile(
    r"(?<![\w])@[\w.-]+|\B~[a-z0-9][\w-]*|(?<![\w])\#[^\W\d]\w+|https?://\S|www\.\w"
    r"|:[a-z0-9_+-]+:|[:;]-?[)(DPp|/](?!\w)|[\w.+-]+@\w+\.\w+",
    re.IGNORECASE,
)
_BREAK = "\u200b"


def text(markdown: str) -> str:
    """The text that is read, line by line."""
    return "\n".join(_lines(markdown)).replace(_BREAK, "")


def live(markdown: str) -> list[str]:
    """Everything in it that would notify, link or be drawn."""
    found: list[str] = []
    for token in _READER.parse(markdown):
        if token.type in {"heading_open", "hr", "table_open", "blockquote_open", "list_item_open"}:
            found.append(token.type)
        found += [
            f"{child.type} {dict(child.attrs)}"
            for child in token.children or ()
            if child.type in {"link_open", "image", "strong_open", "em_open", "s_open"}
        ]
    plain = "\n".join(_lines(markdown, code=False))
    return found + [match[0] for match in _LIVE.finditer(plain)]


def post(body: dict[str, Any]) -> str:
    """A whole post: message, then each attachment's text, fields and controls."""
    parts = [text(body.get("message", ""))]
    props: dict[str, Any] = body.get("props") or {}
    for attachment in props.get("attachments", []):
        parts.append(text(attachment.get("text", "")))
        fields: list[dict[str, str]] = attachment.get("fields", [])
        parts += [f"{text(item['title'])}: {text(item['value'])}" for item in fields]
        parts += [f"[{action['name']}]" for action in attachment.get("actions", [])]
    return "\n".join(part for part in parts if part)


def _lines(markdown: str, *, code: bool = True) -> Iterator[str]:
    for token in _READER.parse(markdown):
        if token.type in {"fence", "code_block"} and code:
            yield token.content.rstrip("\n")
        if token.type != "inline":
            continue
        line = ""
        for child in token.children or ():
            if child.type in {"softbreak", "hardbreak"}:
                line += "\n"
            elif child.type == "code_inline":
                line += child.content if code else " "
            elif child.type in {"text", "text_special"}:
                line += child.content
            elif child.type == "image":
                line += f"({child.attrGet('src')})"
        yield line
