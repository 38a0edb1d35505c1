"""What a person wrote in Markdown, written anew with the small subset only; pure.

It is read by a parser that knows nothing of Mattermost's own additions, and what was read is
written again, every piece of text in it made literal. So nothing but bold, italics, code,
lists, links and quotes can come of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

from adapters.mattermost.markup import Links, code, link, literal

_READER = MarkdownIt("commonmark", {"html": False}).disable(
    ["html_block", "html_inline", "heading", "lheading", "hr", "reference", "image", "entity"]
)
_DEEPEST = 8
"""Lists and quotes in one another; deeper ones are written at this depth."""


def markdown(source: str, links: Links) -> str:
    """The text in the subset; never longer than a few times the source."""
    lines = _Lines(links)
    for token in _READER.parse(source.replace("\0", "\ufffd")):
        lines.take(token)
    return "\n".join(lines.done).strip("\n")


@dataclass
class _Lines:
    """Writes block by block.

    Attributes:
        prefixes: What stands before each line, one entry for each list item or quote.
        marks: What stands before the next line instead, once.
    """

    links: Links
    done: list[str] = field(default_factory=list[str])
    prefixes: list[str] = field(default_factory=list[str])
    mark: str = ""
    numbers: list[int | None] = field(default_factory=list["int | None"])

    def take(self, token: Token) -> None:
        """Write one token."""
        match token.type:
            case "inline":
                self._write(_inline(token.children or (), self.links).split("\n"))
            case "fence" | "code_block":
                self._code(token.content)
            case "paragraph_close" if not token.hidden:
                self._gap()
            case kind if kind.endswith("_open"):
                self._open(kind, token)
            case kind if kind.endswith("_close"):
                self._close(kind)
            case _:
                pass

    def _open(self, kind: str, token: Token) -> None:
        match kind:
            case "bullet_list_open":
                self.numbers.append(None)
            case "ordered_list_open":
                self.numbers.append(int(token.attrGet("start") or 1))
            case "list_item_open":
                self._item()
            case "blockquote_open":
                self._gap()
                self.prefixes.append("> ")
            case _:
                pass

    def _close(self, kind: str) -> None:
        match kind:
            case "bullet_list_close" | "ordered_list_close":
                self.numbers.pop()
                self._gap()
            case "list_item_close" | "blockquote_close":
                self.prefixes.pop()
                self.mark = ""
            case _:
                pass

    def _item(self) -> None:
        number = self.numbers[-1] if self.numbers else None
        mark = "- " if number is None else f"{number}. "
        if number is not None:
            self.numbers[-1] = number + 1
        self.mark += mark
        self.prefixes.append(" " * len(mark))

    def _prefix(self) -> str:
        kept = self.prefixes[:_DEEPEST]
        if not self.mark:
            return "".join(kept)
        # An item's mark takes the place of its own indentation, on its first line only.
        mark, self.mark = self.mark, ""
        whole = "".join(kept)
        return whole[: max(len(whole) - len(mark), 0)] + mark

    def _write(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.done.append(self._prefix() + line)

    def _code(self, content: str) -> None:
        ticks = "```"
        while ticks in content:
            ticks += "`"
        self._write([ticks, *content.rstrip("\n").split("\n"), ticks])
        self._gap()

    def _gap(self) -> None:
        if self.done and self.done[-1].strip("> "):
            self.done.append("".join(self.prefixes[:_DEEPEST]).rstrip())


def _inline(tokens: Iterable[Token], links: Links) -> str:
    parts: list[str] = []
    opened: list[tuple[int, str]] = []
    for token in tokens:
        match token.type:
            case "text" | "text_special":
                parts.append(literal(token.content, midline=_midline(parts)))
            case "code_inline":
                parts.append(code(token.content))
            case "softbreak" | "hardbreak":
                parts.append("\n")
            case "strong_open" | "strong_close":
                parts.append("**")
            case "em_open" | "em_close":
                parts.append("_")
            case "link_open":
                opened.append((len(parts), str(token.attrGet("href") or "")))
            case "link_close":
                at, url = opened.pop()
                inside = "".join(parts[at:])
                del parts[at:]
                parts.append(_linked(inside, url, links))
            case _:
                parts.append(literal(token.content, midline=_midline(parts)))
    return "".join(parts)


def _midline(parts: list[str]) -> bool:
    return bool(parts) and not parts[-1].endswith("\n")


def _linked(inside: str, url: str, links: Links) -> str:
    """A link around what is Markdown already."""
    made = link("x", url, links)
    return f"[{inside}{made[2:]}" if made.startswith("[x](") else inside
