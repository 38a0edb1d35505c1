"""Rich text as Slack's rich text elements, in which nothing typed has a meaning. Pure.

Slack's own markup cannot show `*x*` literally, and rich text elements can.

Source: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from adapters.slack.limits import CONTEXT, TEXT, URL, clean, cut, escaped
from chat.fit import units
from chat.payload import Json
from chat.text import Bold, ChannelLink, Code, Link, Mention, Moment, Rich, Span, plain, target

_USER = re.compile(r"[UW][A-Z0-9]{2,20}")
_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,20}")
_MARKUP = re.compile(r"[*_~`<>&]")
_AT = "{date_short_pretty} at {time}"
_AGO = " ago"


@dataclass(frozen=True, slots=True)
class Scene:
    """What links in a message need to know.

    Attributes:
        workspace: Whose people and channels may be named by id.
        team_url: The workspace's address, with a slash at the end; empty while unknown.
        pages: What links to our own pages begin with.
    """

    workspace: str
    team_url: str = ""
    pages: str = ""


def elements(rich: Rich, scene: Scene, *, most: int, bold: bool = False) -> list[Json]:
    """The spans as elements, with at most `most` units of text; never an empty text."""
    made: list[Json] = []
    for span in _spoken(rich):
        made.extend(_element(span, scene, bold=bold))
    return shortened(made, most)


def shortened(made: list[Json], most: int) -> list[Json]:
    """The elements, cut with an ellipsis where they hold more than `most` units of text."""
    kept: list[Json] = []
    for element in made:
        size = weight(element)
        if size <= most:
            most -= size
            kept.append(element)
            continue
        if element["type"] in {"text", "link"} and most > 1:
            kept.append({**element, "text": cut(element["text"], most)})
        break
    return kept


def weight(element: Json) -> int:
    """Units of text that an element shows, ids and templates included."""
    parts = (element.get(part, "") for part in ("text", "fallback", "format", "user_id"))
    return sum(units(str(part)) for part in parts)


def section(made: list[Json]) -> Json:
    """A paragraph."""
    return {"type": "rich_text_section", "elements": made}


@dataclass(frozen=True, slots=True)
class _Ago:
    """A moment behind which the text says “ago”, which Slack says by itself."""

    moment: Moment


def _spoken(rich: Rich) -> Iterator[Span | _Ago]:
    """The spans, an “ago” behind a moment made one with it."""
    spans = list(rich)
    while spans:
        span = spans.pop(0)
        if isinstance(span, Moment) and span.style == "elapsed" and spans:
            following = spans[0]
            if isinstance(following, str) and following.startswith(_AGO):
                spans[0] = following.removeprefix(_AGO)
                yield _Ago(span)
                continue
        yield span


def _element(  # noqa: C901 - one case for each kind of span
    span: Span | _Ago, scene: Scene, *, bold: bool
) -> Iterator[Json]:
    style = {"bold": True} if bold else {}
    match span:
        case str():
            yield from _text(span, style)
        case Bold(text):
            yield from _text(text, {"bold": True})
        case Code(text):
            yield from _text(text, {"code": True})
        case Link(text, url):
            yield from link(text, target(url, scene.pages), style)
        case Mention(person, ping):
            ours = person.platform == "slack" and person.workspace == scene.workspace
            if ours and ping and _USER.fullmatch(person.id):
                yield {"type": "user", "user_id": person.id}
            elif ours and _USER.fullmatch(person.id) and scene.team_url:
                yield from link(f"@{person.name}", f"{scene.team_url}team/{person.id}", style)
            else:
                yield from _text(f"@{person.name}", style)
        case ChannelLink(address, name):
            ours = address.platform == "slack" and address.workspace == scene.workspace
            if ours and _CHANNEL.fullmatch(address.channel):
                yield {"type": "channel", "channel_id": address.channel}
            else:
                yield from _text(f"#{name}", style)
        case Moment() | _Ago():
            at, form, fallback = _dated(span)
            yield {"type": "date", "timestamp": at, "format": form, "fallback": fallback}


def _dated(span: Moment | _Ago) -> tuple[int, str, str]:
    """Seconds, template and fallback.

    How long ago it was only the reader's client knows, and says so without an edit.
    """
    if isinstance(span, _Ago):
        return int(span.moment.at.timestamp()), "{ago}", plain((span.moment,))
    form = "began {ago}" if span.style == "elapsed" else _AT
    return int(span.at.timestamp()), form, plain((span,))


def _text(text: str, style: Json) -> Iterator[Json]:
    if text:
        yield {"type": "text", "text": clean(text), **({"style": style} if style else {})}


def link(text: str, url: str | None, style: Json | None = None) -> Iterator[Json]:
    """A link, or its text alone where there is no address, or none that Slack takes."""
    if url is None or units(url) > URL or clean(url) != url:
        yield from _text(text, style or {})
    else:
        shown = clean(text) if text.strip() else url
        yield {"type": "link", "url": url, "text": shown, **({"style": style} if style else {})}


def small_print(rich: Rich, scene: Scene) -> list[Json] | None:
    """A context block's elements; None when it must be shown in a usual size.

    Texts of people stand in plain text objects, where they have no meaning; only moments
    and what is free of markup is written in Slack's own.
    """
    made: list[Json] = []
    for span in _spoken(rich):
        written = _small(span, scene)
        # Markup cannot be cut without spoiling it, so what is too long of it is no small print.
        if written is None or (written["type"] == "mrkdwn" and units(written["text"]) > TEXT):
            return None
        if not written["text"].strip():
            continue
        made.append(written)
    return made if 0 < len(made) <= CONTEXT else None


def _small(span: Span | _Ago, scene: Scene) -> Json | None:
    match span:
        case Code(text) if not _MARKUP.search(text) and text.strip():
            return {"type": "mrkdwn", "text": f"`{clean(text)}`"}
        case Moment() | _Ago():
            at, form, fallback = _dated(span)
            return {"type": "mrkdwn", "text": f"<!date^{at}^{form}|{escaped(fallback)}>"}
        case Link(text, url):
            leads = target(url, scene.pages)
            if (
                leads is None
                or _MARKUP.search(text + leads)
                or "|" in text + leads
                or not text.strip()
            ):
                return None
            return {"type": "mrkdwn", "text": f"<{clean(leads)}|{clean(text)}>"}
        case Mention(_, True) | ChannelLink():
            return None
        case _:
            return {"type": "plain_text", "text": clean(plain((span,))), "emoji": False}
