"""Rich texts as Discord's Markdown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import assert_never

from adapters.discord.escaping import bold, code, link, literal
from adapters.discord.raw import PLATFORM, is_snowflake
from chat.fit import shorten
from chat.text import Bold, ChannelLink, Code, Link, Mention, Moment, Rich, Span


@dataclass(slots=True)
class Writer:
    """Writes spans, and gathers whom they notify.

    Attributes:
        base: What links to our pages begin with.
        most: Characters that any one piece of text may have before it is cut.
        pings: Ids of those to be notified, in order.
    """

    base: str
    most: int = 4000
    pings: list[str] = field(default_factory=list[str])

    def rich(self, rich: Rich) -> str:
        """All of it."""
        parts: list[str] = []
        elapsed = False
        left = self.most
        for span in rich:
            if left <= 0:
                parts.append("…")
                break
            if elapsed and isinstance(span, str) and span.startswith(" ago"):
                # Discord writes "5 minutes ago" by itself.
                parts.append(literal(span.removeprefix(" ago")))
            else:
                parts.append(self._span(span, left))
            left -= len(span) if isinstance(span, str) else len(getattr(span, "text", "")) or 8
            elapsed = isinstance(span, Moment) and span.style == "elapsed"
        return "".join(parts)

    def text(self, text: str) -> str:
        """Plain text, literally."""
        return literal(shorten(text, self.most))

    def _span(self, span: Span, left: int) -> str:  # noqa: PLR0911 - one for each kind of span
        match span:
            case str():
                return literal(shorten(span, left))
            case Bold(text):
                return bold(shorten(text, left))
            case Code(text):
                return code(shorten(text, left))
            case Link(text, url):
                return link(shorten(text, left), url, self.base)
            case Mention():
                return self._mention(span)
            case ChannelLink(address, name):
                place = address.thread or address.channel
                if address.platform == PLATFORM and is_snowflake(place):
                    return f"<#{place}>"
                return literal(f"#{shorten(name, left)}")
            case Moment(at, style):
                return f"<t:{int(at.timestamp())}:{'f' if style == 'time' else 'R'}>"
            case _:
                assert_never(span)

    def _mention(self, mention: Mention) -> str:
        person = mention.person
        if person.platform != PLATFORM or not is_snowflake(person.id):
            return literal(f"@{shorten(person.name, 64)}")
        if mention.ping and person.id not in self.pings:
            self.pings.append(person.id)
        return f"<@{person.id}>"
