"""Rich text as HTML. A plain `str` among the spans is always literal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from markupsafe import Markup, escape

from chat.text import Bold, ChannelLink, Code, Link, Mention, Moment, Rich, Span
from incidents.panel import lasted
from web.markup import clean, marked


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose eyes HTML is made for.

    Attributes:
        handle: Without `@`.
        now: What `elapsed` and `until` count from until the page's own clock takes over.
    """

    id: str
    handle: str
    now: datetime


def rich(spans: Rich, reader: Reader) -> Markup:
    """The spans as HTML."""
    return Markup("").join(_one(span, reader) for span in spans)


def _one(span: Span, reader: Reader) -> Markup:  # noqa: PLR0911 - one for each kind of span
    match span:
        case str():
            return marked(span)
        case Bold():
            return Markup("<strong>{}</strong>").format(clean(span.text))
        case Code():
            return Markup("<code>{}</code>").format(clean(span.text))
        case Link():
            return _link(span)
        case Mention():
            mine = " mention-me" if span.person.id == reader.id else ""
            title = span.person.display or span.person.name
            return Markup('<span class="mention{}" title="{}">@{}</span>').format(
                mine, clean(title), clean(span.person.name)
            )
        case ChannelLink():
            return _channel(span)
        case Moment():
            return moment(span.at, span.style, reader.now)


def _link(link: Link) -> Markup:
    """A link out opens another tab; a link to our own pages stays in this one."""
    text = clean(link.text)
    if link.url.startswith("/") and not link.url.startswith(("//", "/\\")):
        return Markup('<a href="{}">{}</a>').format(link.url, text)
    if link.url.startswith(("http://", "https://")):
        return Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(
            link.url, text
        )
    return escape(text)


def _channel(link: ChannelLink) -> Markup:
    name = clean(link.name)
    if link.address.platform != "local":
        return Markup('<span class="channel-link">#{}</span>').format(name)
    return Markup('<a class="channel-link" href="/channels/{}">#{}</a>').format(
        link.address.channel, name
    )


def moment(at: datetime, style: str, now: datetime) -> Markup:
    """A moment; `moments.js` shows it in the reader's zone and keeps it right.

    Args:
        at: When.
        style: As a `Moment`'s, `clock` for hours and minutes alone, or `day`.
        now: What to count from at first.
    """
    at = at.astimezone(UTC)
    match style:
        case "elapsed":
            text = lasted(now - at)
        case "until":
            text = f"in {lasted(at - now)}" if at > now else f"{lasted(now - at)} ago"
        case "clock":
            text = f"{at:%H:%M}"
        case "day":
            text = f"{at:%Y-%m-%d}"
        case _:
            text = f"{at:%Y-%m-%d %H:%M} UTC"
    return Markup('<time datetime="{}" data-moment="{}" title="{}">{}</time>').format(
        at.isoformat(timespec="seconds"), style, f"{at:%Y-%m-%d %H:%M:%S} UTC", text
    )
