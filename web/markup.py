"""What people wrote, as safe HTML: the Markdown subset that chats know.

Two fences, one behind the other: the parser is given no HTML and no images to begin
with, and what it makes goes through an allow-list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import cast
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup, escape

from web.icons import icon

BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Characters that turn the direction of what follows, and so can hide what is written."""

_TAGS = {"p", "br", "strong", "em", "s", "code", "pre", "ul", "ol", "li", "blockquote", "a", "span"}
_ATTRIBUTES: dict[str, set[str]] = {"a": {"href", "title"}, "ol": {"start"}}
_CLASSES: dict[str, set[str]] = {"span": {"mention", "mention-me", "link-host"}}
_RULES = (
    "autolink", "backticks", "balance_pairs", "blockquote", "emphasis", "escape", "fence",
    "fragments_join", "link", "list", "newline", "strikethrough",
)  # fmt: skip
_LIVELY = re.compile(
    r"(?P<url>https?://[^\s<>\"“”]+)|(?<![\w@])@(?P<name>[a-z0-9._-]{1,40})", re.IGNORECASE
)
_TRAILING = ".,;:!?)]}'*_~"


MARKS = {
    "🔵": "low",
    "🟡": "medium",
    "🟠": "high",
    "🔴": "critical",
    "🚨": "emergency",
    "✅": "closed",
}
"""Pictures in texts of ours that are drawn by the style sheets: not every machine has a font
with them. Their meaning always stands beside them in words."""
ICONS = {
    "✋": "hand",
    "❌": "x",
    "❓": "circle-help",
    "⏳": "clock",
    "⌛": "clock",
    "▶️": "play",
    "⏸️": "pause",
    "⏹️": "circle-stop",
    "⏭️": "skip-forward",
    "↩️": "rotate-ccw",
}
"""The same, drawn as icons."""
_MARK = re.compile("|".join([*MARKS, *ICONS]))
_TICKS = re.compile("`([^`]+)`")
_PAGES = {"INC": "incidents", "RUN": "executions", "APR": "approvals"}
_KEY = re.compile(rf"\b({'|'.join(_PAGES)})-[0-9]{{5,9}}\b")


def clean(text: str) -> str:
    """`text` without characters that turn its direction."""
    return BIDI.sub("", text)


def marked(text: str) -> Markup:
    """Plain text of ours, its marks of severity and of state drawn."""
    return Markup(_MARK.sub(_mark, str(escape(clean(text)))))  # noqa: S704 - escaped first


def _mark(found: re.Match[str]) -> str:
    if found[0] in ICONS:
        return icon(ICONS[found[0]])
    return f'<span class="dot dot-{MARKS[found[0]]}" aria-hidden="true"></span>'


def ticked(text: str) -> Markup:
    """Plain text of ours, in which `words to type` stand between backticks."""
    return Markup(_TICKS.sub(r"<code>\1</code>", str(escape(clean(text)))))  # noqa: S704 - likewise


def keyed(text: str) -> Markup:
    """Plain text in which keys such as `INC-00001` lead to the pages of what they name."""
    return Markup(_KEY.sub(_keyed, str(escape(clean(text)))))  # noqa: S704 - escaped first


def _keyed(found: re.Match[str]) -> str:
    return f'<a href="/{_PAGES[found[1]]}/{found[0]}">{found[0]}</a>'


@lru_cache(maxsize=2048)
def markdown(source: str, mentioned: tuple[str, ...] = (), me: str = "") -> Markup:
    """What somebody wrote, as HTML.

    Args:
        source: Up to 20,000 characters of text.
        mentioned: Handles that are people; any other `@word` stays text.
        me: The reader's handle, marked stronger; empty marks nobody.
    """
    environment = {"mentioned": frozenset(mentioned), "me": me}
    html = cast("str", _PARSER.render(clean(source), environment))
    safe = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        allowed_classes=_CLASSES,
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    return Markup(safe)  # noqa: S704 - it is what the allow-list above let through


def _parser() -> MarkdownIt:
    parser = MarkdownIt("zero", {"html": False, "breaks": True, "maxNesting": 12})
    parser.enable(list(_RULES))
    parser.core.ruler.push("lively", _enliven)
    return parser


def _enliven(state: StateCore) -> None:
    """Make links of bare addresses, mark mentions, and say where a link leads."""
    for block in state.tokens:
        if block.type != "inline" or not block.children:
            continue
        tokens: list[Token] = []
        target, text_begins = "", 0
        for token in block.children:
            if token.type == "link_open":
                target = str(token.attrGet("href") or "")
                text_begins = len(tokens) + 1
            tokens.extend(_lively(token, state.env) if not target else [token])
            if token.type == "link_close" and target:
                shown = "".join(inner.content for inner in tokens[text_begins:-1])
                tokens.extend(_host(target, shown))
                target = ""
        block.children = tokens


def _host(target: str, shown: str) -> Iterator[Token]:
    """The host a link leads to, unless its text says so already."""
    host = urlsplit(target).hostname or ""
    if host and host.casefold() not in shown.casefold():
        yield _html(f'<span class="link-host">({escape(host)})</span>')


def _lively(token: Token, environment: Mapping[str, object]) -> Iterator[Token]:
    """The token itself, or its pieces when it is text with addresses or mentions."""
    if token.type != "text":
        yield token
        return
    done = 0
    for found in _LIVELY.finditer(token.content):
        piece, length = _piece(found, environment)
        if not piece:
            continue
        yield _text(token.content[done : found.start()])
        yield _html(piece)
        done = found.start() + length
    yield _text(token.content[done:])


def _piece(found: re.Match[str], environment: Mapping[str, object]) -> tuple[str, int]:
    """HTML for an address or mention and how much text it stands for; empty for neither."""
    if found["url"]:
        url = found["url"].rstrip(_TRAILING)
        return f'<a href="{escape(url)}">{escape(url)}</a>', len(url)
    name = found["name"].rstrip("._-")
    if name.casefold() not in cast("frozenset[str]", environment["mentioned"]):
        return "", 0
    mine = " mention-me" if name.casefold() == environment["me"] else ""
    return f'<span class="mention{mine}">@{escape(name)}</span>', len(name) + 1


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _html(content: str) -> Token:
    return Token("html_inline", "", 0, content=content)


_PARSER = _parser()
