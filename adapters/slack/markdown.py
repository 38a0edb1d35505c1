"""The small subset of Markdown that people write, as rich text elements. Pure.

Mentions, images and HTML in it stay the characters they are.

Source: https://spec.commonmark.org, read by markdown-it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

from adapters.slack.limits import clean
from adapters.slack.rich import link, section
from chat.payload import Json
from chat.text import target

_READER = MarkdownIt("commonmark", {"html": False}).enable("strikethrough")
_DEEPEST = 5
_STYLES = {"strong": "bold", "em": "italic", "s": "strike"}


def blocks(source: str) -> list[Json]:
    """What a rich text block holds for `source`: sections, lists, quotes, code."""
    return _Reading().read(_READER.parse(clean(source)))


@dataclass(slots=True)
class _Reading:
    """One pass over the tokens of one text."""

    made: list[Json] = field(default_factory=list[Json])
    lists: list[str] = field(default_factory=list[str])
    quotes: int = 0
    heading: bool = False
    begins: bool = False

    def read(self, tokens: list[Token]) -> list[Json]:
        for token in tokens:
            match token.type:
                case "bullet_list_open" | "ordered_list_open":
                    self.lists.append("bullet" if token.type.startswith("bullet") else "ordered")
                case "bullet_list_close" | "ordered_list_close":
                    self.lists.pop()
                case "list_item_open":
                    self.begins = True
                case "blockquote_open" | "blockquote_close":
                    self.quotes += 1 if token.type.endswith("open") else -1
                case "heading_open" | "heading_close":
                    self.heading = token.type.endswith("open")
                case "fence" | "code_block":
                    self._code(token.content)
                case "hr":
                    self._add([{"type": "text", "text": "———"}])
                case "inline":
                    self._add(list(_inline(token.children or [], bold=self.heading)))
                case _:
                    pass
        return self.made

    def _code(self, content: str) -> None:
        text = content.rstrip("\n")
        if text:
            inside = [{"type": "text", "text": text}]
            self.made.append({"type": "rich_text_preformatted", "elements": inside})

    def _add(self, inline: list[Json]) -> None:
        if not inline:
            return
        if self.lists and self.begins:
            self.begins = False
            self._item(inline)
        elif self.quotes:
            self.made.append({"type": "rich_text_quote", "elements": inline})
        else:
            if self.made and self.made[-1]["type"] == "rich_text_section":
                self.made[-1]["elements"].append({"type": "text", "text": "\n"})
            self.made.append(section(inline))

    def _item(self, inline: list[Json]) -> None:
        style, indent = self.lists[-1], min(len(self.lists) - 1, _DEEPEST)
        last: Json = self.made[-1] if self.made else {}
        if last.get("type") != "rich_text_list" or (last["style"], last["indent"]) != (
            style,
            indent,
        ):
            last = {"type": "rich_text_list", "style": style, "indent": indent, "elements": []}
            self.made.append(last)
        last["elements"].append(section(inline))


def _inline(tokens: list[Token], *, bold: bool) -> Iterator[Json]:
    """The elements of one paragraph."""
    on = {"bold": True} if bold else {}
    url: str | None = None
    for token in tokens:
        kind, _, edge = token.type.rpartition("_")
        if kind in _STYLES and edge == "open":
            on = {**on, _STYLES[kind]: True}
        elif kind in _STYLES:
            on = {name: True for name in on if name != _STYLES[kind]}
        elif token.type == "link_open":
            url = target(str(token.attrGet("href") or ""), "")
        elif token.type == "link_close":
            url = None
        else:
            style = {**on, "code": True} if token.type == "code_inline" else on
            yield from link(_words(token), url, style)


def _words(token: Token) -> str:
    match token.type:
        case "softbreak" | "hardbreak":
            return "\n"
        case "image":
            return f"![{token.content}]({token.attrGet('src') or ''})"
        case _:
            return token.content
