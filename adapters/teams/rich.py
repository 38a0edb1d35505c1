"""Text as an Adaptive Card shows it: a small subset of Markdown, and nothing by accident.

A TextBlock knows bold, italics, lists and links, mentions that the card lists besides, and
`{{DATE(…)}}`, which the client fills in. It knows no code.
Source: Microsoft Learn, "Text features in Adaptive Cards" and "Format cards in Teams".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from adapters.teams import ids
from chat.person import Person
from chat.text import Bold, ChannelLink, Code, Link, Mention, Moment, Rich, Span, plain, target

_MARKS = re.compile(r"([\\`*_\[\]<~])")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_BEGINS = re.compile(r"^(\s*)(#{1,6}|[-+>=]|\d{1,9}(?=[.)]))", re.MULTILINE)
_NUMBERED = re.compile(r"^(\s*\d{1,9})([.)])", re.MULTILINE)
_INDENT = re.compile(r"^(?: {4,}| {0,3}\t[ \t]*)", re.MULTILINE)
"""What would begin a block of code."""
_BREAKS = re.compile(r"[\r\n\u2028\u2029\u0085\x0b\x0c]+")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")
_NO_NAME = re.compile(r"[<>&*_`\[\]\\{}\"\x00-\x1f\ud800-\udfff]")
_MENTIONS = 20
"""People that one card notifies; the names of others are written plainly."""
_IN_A_LINK = "%/:?#@!$&'*+,;=~-._"
"""Characters of an address that stay; brackets and blanks would end the link."""
_AGO = re.compile(r"^ ago\b")
_PARSER = MarkdownIt("commonmark", {"html": False}).disable(["image", "html_block", "html_inline"])


def escaped(text: str) -> str:
    """Plain text that is read as it stands; line breaks stay."""
    # Lines first: what may begin one is looked for at their beginnings.
    text = _BREAKS.sub("\n\n", _CONTROLS.sub("", text))
    text = _MARKS.sub(r"\\\1", text)
    # Neither an entity nor a macro of the client's.
    text = _ENTITY.sub(r"\\&", text).replace("{{", "{\\{")
    text = _NUMBERED.sub(r"\1\\\2", text)
    text = _BEGINS.sub(lambda m: m[0] if m[2].isdigit() else f"{m[1]}\\{m[2]}", text)
    return _INDENT.sub(lambda m: "\u00a0" * len(m[0].expandtabs(4)), text)


def moment(at: datetime) -> str:
    """A moment that the reader's client writes in the reader's own way and time zone."""
    stamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{{{{DATE({stamp},SHORT)}}}} {{{{TIME({stamp})}}}}"


@dataclass(slots=True)
class Writer:
    """Writes rich text, and keeps whom a card mentions.

    Attributes:
        public_url: What links to our own pages begin with.
        group: The team's id as Graph knows it, for links to channels; may be empty.
        mentioned: Text of each mention in the card to whom it means.
    """

    public_url: str = ""
    group: str = ""
    mentioned: dict[str, Person] = field(default_factory=dict[str, Person])

    def rich(self, rich: Rich) -> str:
        """A rich text on as many lines as its plain parts have."""
        parts: list[str] = []
        before: Span = ""
        for number, span in enumerate(rich):
            following = rich[number + 1] if number + 1 < len(rich) else ""
            if isinstance(span, str) and isinstance(before, Moment) and before.style == "elapsed":
                parts.append(escaped(_AGO.sub("", span)))
            else:
                parts.append(self._span(span, following))
            before = span
        return "".join(parts)

    def entities(self) -> list[dict[str, object]]:
        """What the card lists so that its mentions are some."""
        return [
            {"type": "mention", "text": text, "mentioned": {"id": who.id, "name": text[4:-5]}}
            for text, who in self.mentioned.items()
        ]

    def _span(self, span: Span, following: Span) -> str:
        match span:
            case str():
                return escaped(span)
            case Bold(text) | Code(text):
                return _strong(text)
            case Link(text, url):
                return linked(text, url, self.public_url)
            case Mention(person, ping):
                # The client knows nobody of another platform.
                ours = ping and person.platform == ids.PLATFORM
                return self._mention(person) if ours else escaped(f"@{shown(person)}")
            case ChannelLink(address, name):
                url = ids.link(address, self.group) if address.platform == ids.PLATFORM else ""
                return linked(f"#{name}", url)
            case Moment():
                return _moment(span, following)

    def _mention(self, person: Person) -> str:
        """A mention; two people of one name are told apart by their handles."""
        name = _NO_NAME.sub("", shown(person)).strip() or "somebody"
        for wanted in (name, f"{name} ({person.id[:8]})", f"{name} ({person.id})"):
            text = f"<at>{wanted}</at>"
            known = self.mentioned.get(text)
            if known is None and len(self.mentioned) < _MENTIONS:
                known = self.mentioned[text] = person
            if known is not None and known.id == person.id:
                return text
        return escaped(f"@{shown(person)}")


def cut(rich: Rich, most: int) -> Rich:
    """The beginning of a rich text, `most` characters of it at most; an ellipsis tells of it."""
    kept: list[Span] = []
    for span in rich:
        length = len(plain((span,)))
        if length <= most:
            kept.append(span)
            most -= length
            continue
        if isinstance(span, str | Bold | Code):
            text = span if isinstance(span, str) else span.text
            kept.append(f"{text[:most]}…")
        else:
            kept.append("…")
        break
    return tuple(kept)


def shown(person: Person) -> str:
    """A person's name for people to read."""
    return person.display or person.name


def linked(text: str, url: str, pages: str = "") -> str:
    """A link, or only its text where the address is none that a card may lead to.

    Args:
        text: Plain text.
        url: An address, or a path of our own pages.
        pages: What links to our own pages begin with.
    """
    return _around(_BREAKS.sub(" ", escaped(text)), target(url, pages))


def _around(shown: str, there: str | None) -> str:
    """A link around what is Markdown already."""
    return shown if there is None else f"[{shown}]({quote(there, safe=_IN_A_LINK)})"


def markdown(source: str) -> str:
    """What a person wrote in Markdown, as far as a card can show it; the rest literally."""
    return _Blocks().write(_PARSER.parse(source))


def _strong(text: str) -> str:
    inner = _BREAKS.sub(" ", text).strip()
    return f"**{escaped(inner)}**" if inner else escaped(text)


def _moment(span: Moment, following: Span) -> str:
    """A card cannot count: what was “5 min ago” is told by its time, which stays right."""
    if span.style != "elapsed":
        return moment(span.at)
    ago = isinstance(following, str) and _AGO.match(following)
    return moment(span.at) if ago else f"since {moment(span.at)}"


class _Blocks:
    """Writes parsed Markdown again, in what a TextBlock understands."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._lists: list[int | None] = []

    def write(self, tokens: list[Token]) -> str:
        for token in tokens:
            self._block(token)
        return "".join(self._parts).strip("\n")

    def _block(self, token: Token) -> None:  # noqa: C901 - one case for each kind of token
        match token.type:
            case "bullet_list_open":
                self._lists.append(None)
            case "ordered_list_open":
                self._lists.append(int(token.attrs.get("start", 1) or 1))
            case "bullet_list_close" | "ordered_list_close":
                self._lists.pop()
                self._parts.append("\n")
            case "list_item_open":
                self._item()
            case "blockquote_open":
                self._parts.append("“")
            case "blockquote_close":
                self._parts[-1:] = [self._parts[-1].rstrip("\n"), "”\n\n"]
            case "heading_open" | "heading_close":
                self._parts.append("**" if token.type == "heading_open" else "**\n\n")
            case "inline":
                self._parts.append(_inline(token.children or []))
            case "paragraph_close":
                self._parts.append("\n" if token.hidden else "\n\n")
            case "fence" | "code_block":
                self._parts.append(escaped(token.content.rstrip("\n")) + "\n\n")
            case _:
                pass

    def _item(self) -> None:
        indent = "  " * (len(self._lists) - 1)
        number = self._lists[-1]
        if self._parts and not self._parts[-1].endswith("\n"):
            self._parts.append("\n")
        self._parts.append(f"{indent}- " if number is None else f"{indent}{number}. ")
        if number is not None:
            self._lists[-1] = number + 1


def _inline(tokens: list[Token]) -> str:
    parts: list[str] = []
    targets: list[str] = []
    starts: list[int] = []
    for token in tokens:
        match token.type:
            case "text" | "code_inline":
                parts.append(escaped(token.content))
            case "strong_open" | "strong_close":
                parts.append("**")
            case "em_open" | "em_close":
                parts.append("_")
            case "softbreak":
                parts.append("\n")
            case "hardbreak":
                parts.append("\n\n")
            case "link_open":
                targets.append(str(token.attrs.get("href", "")))
                starts.append(len(parts))
            case "link_close":
                begun, url = starts.pop(), targets.pop()
                text = "".join(parts[begun:])
                del parts[begun:]
                parts.append(_around(text, target(url, "")))
            case _:
                parts.append(escaped(token.content))
    return "".join(parts)
