"""Text with meaning as Mattermost's Markdown; pure.

What people typed is shown literally. Mattermost looks for mentions, channels, hashtags,
emoji and addresses behind its Markdown, in the text with backslashes taken away, so a
backslash does not help against them: an invisible space behind the first character does.

Source: Mattermost's documentation of message formatting.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from chat.text import Bold, ChannelLink, Code, Link, Mention, Moment, Rich, Span, plain, target

BREAK = "\u200b"
"""Shown by nobody, and no part of any name or word."""

_MARKUP = re.compile(r"[\\`*_\[\]|~]")
_ESCAPED = re.compile(r"\\([\\`*_\[\]|~.])")
_LINE_START = re.compile(r"\s|[#>+=-]|\d{1,9}[.)]")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_LIVE = re.compile(
    r"[@~](?=[\w.-])"  # mentions, channels, addresses of mail
    r"|\#(?=\w)"  # hashtags
    r"|[:;=](?=[^\s\d])"  # emoji by name and by face
    r"|<|&(?=\#?\w)"  # addresses, faces, entities
    r"|www(?=\d{0,3}\.)"
    r"|!\Z",  # a link that follows would be drawn as an image
    re.IGNORECASE,
)
_CHANNEL = re.compile(r"[a-z0-9_-]{1,64}")
_HANDLE = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_RUNS = re.compile("`+")


@dataclass(frozen=True, slots=True)
class Links:
    """Where things are found.

    Attributes:
        pages: What links to our own pages begin with.
        team: What links to the team begin with; messages to a person are at `/messages/@name`.
    """

    pages: str
    team: str


def literal(text: str, *, midline: bool = False) -> str:
    """The text, so that it is shown as it stands and means nothing.

    Args:
        text: Any.
        midline: Whether something stands before it in its first line.
    """
    live = _LIVE.sub(lambda match: match[0] + BREAK, clean(text))
    lines = _MARKUP.sub(lambda match: "\\" + match[0], live).split("\n")
    return "\n".join(
        BREAK + line if _LINE_START.match(line) and (number or not midline) else line
        for number, line in enumerate(lines)
    )


def read_back(markdown: str) -> str:
    """What `literal` was given, out of a message of ours; other markup stays."""
    return _ESCAPED.sub(r"\1", markdown.replace(BREAK, ""))


def clean(text: str) -> str:
    """The text with one kind of line break, and without what no server stores."""
    return _UNSTORABLE.sub("\ufffd", text).replace("\r\n", "\n").replace("\r", "\n")


def one_line(text: str) -> str:
    """The text without line breaks, for places that end with one."""
    return " ".join(clean(text).split("\n"))


def code(text: str) -> str:
    """Fixed-width text; every character in it is only itself."""
    inside = one_line(text)
    if not inside.strip():
        return literal(inside)
    fence = "`" * (max((len(run) for run in _RUNS.findall(inside)), default=0) + 1)
    pad = " " if inside.startswith("`") or inside.endswith("`") else ""
    return f"{fence}{pad}{inside}{pad}{fence}"


def bold(text: str) -> str:
    """Emphasised text; blanks at its ends stay outside, where they have to be."""
    whole = one_line(text)
    inside = whole.strip()
    if not inside:
        return whole
    before = whole[: len(whole) - len(whole.lstrip())]
    after = whole[len(whole.rstrip()) :]
    return f"{before}**{literal(inside, midline=True)}**{after}"


def link(text: str, url: str, links: Links) -> str:
    """A link; only text where it leads nowhere that is safe to go."""
    there = target(url, links.pages)
    if there is None:
        return literal(text)
    shown = literal(one_line(text), midline=True) or BREAK
    return f"[{shown}]({quote(there, safe=_URL, errors='replace')})"


_URL = "!#$%&'*+,-./:;=?@_~[]"
"""Characters of an address that stay; brackets and blanks would end the link."""


def written(rich: Rich, links: Links) -> str:
    """A rich text as Markdown."""
    done = ""
    for span in rich:
        done += _span(span, links, midline=bool(done) and not done.endswith("\n"))
    return done


def _span(span: Span, links: Links, *, midline: bool) -> str:
    match span:
        case str():
            shown = literal(span, midline=midline)
        case Bold(text):
            shown = bold(text)
        case Code(text):
            shown = code(text)
        case Link(text, url):
            shown = link(text, url, links)
        case Mention():
            shown = _mention(span, links)
        case ChannelLink(address, name):
            ours = address.platform == "mattermost" and _CHANNEL.fullmatch(name)
            shown = f"~{name}" if ours else literal(f"#{name}", midline=midline)
        case Moment():
            shown = literal(plain((span,)), midline=midline)
    return shown


def _mention(span: Mention, links: Links) -> str:
    """`@name` notifies whoever is called so; without that it is a link to messages with them."""
    person = span.person
    if person.platform != "mattermost" or not _HANDLE.fullmatch(person.name):
        return literal(f"@{person.name}")
    if span.ping:
        return f"@{person.name}"
    return f"[{literal(f'@{person.name}', midline=True)}]({links.team}/messages/@{person.name})"
