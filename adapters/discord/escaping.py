"""Text made safe for Discord's Markdown.

Source: discord.com/developers/docs/reference, message formatting; support article
"Markdown Text 101". A backslash before any punctuation mark shows that mark.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from chat.text import target

_MARKS = re.compile(r"[\\*_~`|<>\[\]@]")
_LINE_START = re.compile(r"(?m)^([ \t]*)(#|-|\+|[0-9]+(?=[.)]))")
_ORDINAL = re.compile(r"(?m)^([ \t]*[0-9]+)([.)])")
_COLON = re.compile(r":(?=//|[A-Za-z0-9_+~-]+:)")
_TICKS = re.compile(r"`+")
_LONGEST_URL = 1000
_LOOKS_LIKE_A_TICK = "\u02cb"


def clean(text: str) -> str:
    """The text without what JSON or Discord cannot hold."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def literal(text: str) -> str:
    """The text as it stands: nothing in it becomes a mention, a link, or formatting."""
    marked = _MARKS.sub(lambda found: "\\" + found.group(), clean(text))
    marked = _COLON.sub(r"\\:", marked)
    marked = _LINE_START.sub(
        lambda found: (
            found.group()
            if found.group(2)[0].isdecimal()
            else f"{found.group(1)}\\{found.group(2)}"
        ),
        marked,
    )
    return _ORDINAL.sub(r"\1\\\2", marked)


def one_line(text: str) -> str:
    """The text without line breaks."""
    return " ".join(text.split("\n")).replace("\r", " ")


def code(text: str) -> str:
    """The text in a fixed-width font."""
    text = one_line(clean(text))
    if not text.strip():
        return ""
    longest = max((len(run) for run in _TICKS.findall(text)), default=0)
    if longest == 0:
        return f"`{text}`"
    # Two is the most that Discord knows; a longer run of ticks would end it.
    if longest > 1:
        text = _TICKS.sub(_LOOKS_LIKE_A_TICK, text)
    return f"`` {text} ``"


def bold(text: str) -> str:
    """The text, emphasised; stars that touch it would not be read as such."""
    inner = literal(text)
    return f"**{inner}**" if inner.strip() else inner


def block(text: str) -> str:
    """Several lines in a fixed-width font."""
    return "```\n" + clean(text).replace("```", 3 * _LOOKS_LIKE_A_TICK) + "\n```"


def link(text: str, url: str, base: str) -> str:
    """A link; only its text when the address is none that a browser should follow.

    Args:
        text: What is shown.
        url: http(s), or a path of our own pages.
        base: What paths begin with.
    """
    shown, whole = literal(one_line(text)), target(url, base)
    safe = quote(clean(whole or ""), safe="/:?#@!$&'*+,;=%~-._")
    if not 0 < len(safe) <= _LONGEST_URL or not shown.strip():
        return shown
    return f"[{shown}](<{safe}>)"
