"""The small subset of Markdown that people may use, as Discord writes it."""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from adapters.discord.escaping import block, code, link, literal

_PARSER = MarkdownIt("commonmark", {"html": False}).disable(["html_block", "html_inline"])
_NESTED = 6


def markdown(source: str, base: str) -> str:
    """Bold, italics, code, lists, links and quotes; everything else literally.

    Args:
        source: What a person wrote.
        base: What links to our own pages begin with.
    """
    return _blocks(_PARSER.parse(source), base).strip("\n")


def _blocks(tokens: Sequence[Token], base: str) -> str:  # noqa: C901, PLR0912 - one case for each token
    lines: list[str] = []
    counts: list[int | None] = []
    quoted, mark, heading = 0, "", False
    for token in tokens:
        match token.type:
            case "heading_open" | "heading_close":
                heading = token.type == "heading_open"
            case "blockquote_open":
                quoted += 1
            case "blockquote_close":
                quoted -= 1
            case "bullet_list_open":
                counts.append(None)
            case "ordered_list_open":
                counts.append(int(token.attrs.get("start", 1)))
            case "bullet_list_close" | "ordered_list_close":
                counts.pop()
            case "list_item_open":
                mark = _mark(counts)
            case "inline" | "fence" | "code_block":
                text = _inline(token.children or [], base)
                if token.type != "inline":
                    text = block(token.content.rstrip("\n"))
                elif heading and "**" not in text:
                    text = f"**{text}**"
                lines.extend(_quoted(f"{mark}{text}", quoted))
                mark = ""
            case "hr":
                lines.append("———")
            case _:
                pass
    return "\n".join(lines)


def _mark(counts: list[int | None]) -> str:
    indent = "  " * (min(len(counts), _NESTED) - 1)
    number = counts[-1]
    if number is None:
        return f"{indent}- "
    counts[-1] = number + 1
    return f"{indent}{number}. "


def _quoted(text: str, depth: int) -> list[str]:
    # Discord knows one depth of quotes.
    return [f"> {line}" if depth else line for line in text.split("\n")]


def _inline(tokens: Sequence[Token], base: str) -> str:
    parts: list[str] = []
    hrefs: list[tuple[str, int]] = []
    for token in tokens:
        match token.type:
            case "text":
                parts.append(literal(token.content))
            case "strong_open" | "strong_close":
                parts.append("**")
            case "em_open" | "em_close":
                parts.append("*")
            case "code_inline":
                parts.append(code(token.content))
            case "softbreak" | "hardbreak":
                parts.append("\n")
            case "link_open":
                hrefs.append((str(token.attrs.get("href", "")), len(parts)))
            case "link_close":
                href, at = hrefs.pop()
                parts[at:] = [_link("".join(parts[at:]), href, base)]
            case "image":
                parts.append(literal(f"![{token.content}]({token.attrs.get('src', '')})"))
            case _:
                parts.append(literal(token.content))
    return "".join(parts)


def _link(shown: str, href: str, base: str) -> str:
    """A link whose text is Markdown already."""
    made = link("x", href, base)
    return f"[{shown}{made[2:]}" if made.startswith("[x]") and shown.strip() else shown
