"""Turns templates into text: the one place that knows Jinja."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import cast

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from chat.rooms import ChannelKind, LocalChannel, LocalMessage
from chat.undelivered import described
from incidents.panel import lasted
from playbooks.playbook import Metric, MetricType
from web.assets import Assets
from web.durations import write
from web.faces import face
from web.icons import icon
from web.markup import clean, keyed, markdown, marked, ticked
from web.messages import is_picture, kind_of, size_of
from web.spans import Reader, moment, rich


class Pages:
    """Renders templates; everything is escaped unless it is `Markup` already."""

    def __init__(self, assets: Assets, version: str) -> None:
        self._environment = Environment(
            loader=PackageLoader("web", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        # Jinja infers its filters' type from its own ones, which ours are not.
        filters = cast("dict[str, Callable[..., object]]", self._environment.filters)
        filters.update(_FILTERS)
        names = cast("dict[str, object]", self._environment.globals)
        names.update(
            asset=assets.url,
            icon=icon,
            version=version,
            moment=moment,
            kind_of=kind_of,
            channel_url=channel_url,
        )

    def render(self, template: str, context: Mapping[str, object]) -> str:
        """One template with its values.

        Raises:
            UndefinedError: The template asks for a value it was not given.
        """
        return self._environment.get_template(template).render(context)


def said(message: LocalMessage, me: str) -> Markup:
    """What a person wrote, with those marked whom they mention; `me` is the reader's handle."""
    names = tuple(sorted(person.name for person in message.mentions))
    return markdown(message.text, names, me)


def mentions(message: LocalMessage, reader: Reader) -> bool:
    """Whether a message names its reader on purpose."""
    return any(person.id == reader.id for person in message.mentions)


def channel_url(channel: LocalChannel) -> str:
    """Where a channel is found: by its name, or by its id where people never see the name."""
    direct = channel.kind is ChannelKind.DIRECT
    return f"/channels/{channel.id if direct else channel.name}"


def words(name: str) -> str:
    """`INCIDENT_STARTED`, `incident_started` or `incident.started` as `incident started`."""
    return name.replace("_", " ").replace(".", " ").casefold()


def target(metric: Metric) -> str:
    """A metric's target as a field holds it: a length of time, or a number."""
    if metric.target is None:
        return ""
    if metric.type is MetricType.DURATION:
        return write(timedelta(milliseconds=metric.target))
    return str(metric.target)


_FILTERS: Mapping[str, Callable[..., object]] = {
    "clean": clean,
    "duration": write,
    "face": face,
    "is_picture": is_picture,
    "keyed": keyed,
    "lasted": lasted,
    "undelivered": described,
    "markdown": markdown,
    "marked": marked,
    "mentions": mentions,
    "rich": rich,
    "said": said,
    "size": size_of,
    "target": target,
    "ticked": ticked,
    "words": words,
}
