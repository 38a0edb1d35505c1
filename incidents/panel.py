"""The commander panel: one card that says how an incident stands. Pure.

It is composed rich first and then made smaller step by step until it keeps within the
platform's limits; whatever is left out of it can still be typed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chat.capabilities import Limits
from chat.card import (
    Actions,
    Button,
    Card,
    Checklist,
    ChecklistItem,
    Control,
    Field,
    Fields,
    Footer,
    Markdown,
    Option,
    Section,
    Select,
    Text,
    Tone,
)
from chat.fit import fits, shorten
from chat.text import Bold, Code, Moment, Rich, Span, plain
from incidents.incident import Incident, Severity

PAGE = 10
"""Steps to a page."""

MARKS = {
    Severity.LOW: "🔵",
    Severity.MEDIUM: "🟡",
    Severity.HIGH: "🟠",
    Severity.CRITICAL: "🔴",
    Severity.EMERGENCY: "🚨",
}


@dataclass(frozen=True, slots=True)
class StageLine:
    """A stage in the panel's stage menu.

    Attributes:
        resolved: Steps done or skipped.
    """

    id: str
    name: str
    resolved: int
    total: int


@dataclass(frozen=True, slots=True)
class PanelView:
    """All that the panel shows.

    Attributes:
        roles: Role and holder, open roles left out.
        stages: Every stage in order.
        active: Position of the active stage in `stages`.
        items: Every step of the active stage.
        overdue: Steps past their due time in all stages.
        last_update: None before the first status update.
        problems: What is still missing of its room, for people to read.
        waiting: What waits for an answer, with its buttons.
    """

    incident: Incident
    commander: Span
    roles: tuple[tuple[str, Span], ...]
    stages: tuple[StageLine, ...]
    active: int
    items: tuple[ChecklistItem, ...]
    overdue: int = 0
    last_update: datetime | None = None
    problems: tuple[str, ...] = ()
    waiting: tuple[Section, ...] = ()


def lasted(duration: timedelta) -> str:
    """A duration in its two largest units: `2 d 3 h`, `1 h 5 min`, `40 s`."""
    seconds = max(int(duration.total_seconds()), 0)
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, seconds = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")]
    while len(parts) > 1 and parts[0][0] == 0:
        parts.pop(0)
    return " ".join(f"{count} {unit}" for count, unit in parts[:2] if count) or "0 s"


def headline(incident: Incident) -> str:
    """One line: mark, key, severity, name."""
    mark = MARKS[incident.severity] if incident.ongoing else "✅"
    return f"{mark} {incident.key} · {incident.severity} · {incident.name}"


def pages(count: int, size: int) -> int:
    """How many pages `count` steps fill; at least one."""
    return max(1, -(-count // size))


@dataclass(frozen=True, slots=True)
class _Room:
    """How generously the panel is laid out."""

    title: int = 200
    text: int = 4000
    details: bool = True
    summary: bool = True
    roles: bool = True
    run_controls: bool = True
    check_controls: bool = True
    stage_menu: bool = True
    size: int = PAGE


def _rooms(size: int) -> Iterator[_Room]:
    """Ever smaller layouts."""
    room = _Room(size=size)
    yield room
    for change in (
        {"details": False},
        {"text": 300},
        {"title": 80},
        {"summary": False},
        {"run_controls": False},
        {"check_controls": False},
        {"roles": False},
        {"stage_menu": False},
        {"title": 40},
    ):
        room = replace(room, **change)
        yield room
    while room.size > 1:
        room = replace(room, size=room.size // 2, title=24)
        yield room


def render(view: PanelView, limits: Limits, page: int = 1) -> Card:
    """The panel, within `limits`.

    Args:
        view: What to show.
        limits: The platform's; at least 1500 bytes, 600 characters, 6 controls and 5
            options, which every platform has.
        page: Wanted page of the active stage's steps, from 1; the nearest that exists.
    """
    size = max(1, min(PAGE, limits.checklist_items))
    card = Card(headline(view.incident))
    for room in _rooms(size):
        card = _compose(view, limits, page, room)
        if fits(card, limits):
            return card
    return replace(card, sections=card.sections[-1:])


def _compose(view: PanelView, limits: Limits, page: int, room: _Room) -> Card:
    incident = view.incident
    sections: list[Section] = [Fields(tuple(_fields(view, room)))]
    if room.summary and incident.summary:
        sections.append(Markdown(shorten(incident.summary, room.text)))
    sections.extend(_problem(problem, room) for problem in view.problems[:3])
    if room.stage_menu and incident.ongoing:
        sections.extend(view.waiting)
    if view.stages:
        sections.extend(_checklist(view, page, room))
        if incident.ongoing and room.stage_menu and len(view.stages) > 1:
            sections.append(_stage_menu(view, limits, room))
    if footer := _footer(view):
        sections.append(Footer(footer))
    sections.append(Actions(_buttons(incident)))
    tone = _tone(incident)
    return Card(shorten(headline(incident), room.title + 40), tuple(sections), tone=tone)


def _tone(incident: Incident) -> Tone:
    if not incident.ongoing:
        return "good"
    return "bad" if incident.severity.rank >= Severity.CRITICAL.rank else "warning"


def _fields(view: PanelView, room: _Room) -> Iterator[Field]:
    incident = view.incident
    yield Field("Commander", (view.commander,))
    if incident.ended_at is None:
        yield Field("Duration", (Moment(incident.started_at, "elapsed"),))
    else:
        yield Field("Duration", (lasted(incident.ended_at - incident.started_at),))
    yield Field("Status", (Bold("Ongoing" if incident.ongoing else "Closed"),))
    if room.roles:
        for role, holder in view.roles[:5]:
            yield Field(role.capitalize(), (holder,))


def _problem(problem: str, room: _Room) -> Text:
    return Text(("⚠ ", shorten(problem, min(room.text, 200))))


def _checklist(view: PanelView, page: int, room: _Room) -> Iterator[Section]:
    stage = view.stages[view.active]
    last = pages(len(view.items), room.size)
    page = min(max(page, 1), last)
    shown = view.items[(page - 1) * room.size : page * room.size]
    where = f"Stage {view.active + 1}/{len(view.stages)} " if len(view.stages) > 1 else ""
    title = f"{where}{shorten(stage.name, room.title)}"
    items = tuple(_item(item, view.incident, room) for item in shown)
    yield Checklist(title, items, done=stage.resolved, total=stage.total)
    if last > 1:
        key = view.incident.key
        turns: list[Control] = []
        if page > 1:
            turns.append(Button("panel.page", "◀ Earlier steps", f"{key}:{page - 1}"))
        if page < last:
            turns.append(Button("panel.page", f"More steps ({page}/{last}) ▶", f"{key}:{page + 1}"))
        yield Actions(tuple(turns))


def _item(item: ChecklistItem, incident: Incident, room: _Room) -> ChecklistItem:
    kept = tuple(
        control
        for control in item.controls
        if incident.ongoing
        and (room.run_controls if control.action == "step.run" else room.check_controls)
    )
    return replace(
        item,
        text=shorten(item.text, room.title),
        detail=shorten(item.detail, room.text) if room.details else "",
        command=shorten(item.command, room.title),
        note=item.note if len(plain(item.note)) <= room.title else (),
        controls=kept,
    )


def _stage_menu(view: PanelView, limits: Limits, room: _Room) -> Actions:
    """The stages around the active one, as many as a menu holds, and the way on."""
    most = max(1, limits.options)
    first = max(0, min(view.active - most // 2, len(view.stages) - most))
    options = tuple(
        Option(stage.id, shorten(f"{stage.name} {stage.resolved}/{stage.total}", room.title))
        for stage in view.stages[first : first + most]
    )
    menu: list[Control] = [Select("stage.view", "View stage", view.incident.key, options)]
    if view.active + 1 < len(view.stages):
        following = view.stages[view.active + 1]
        label = shorten(f"Next: {following.name}", min(room.title, 40))
        menu.append(Button("stage.activate", label, following.id))
    return Actions(tuple(menu))


def _footer(view: PanelView) -> Rich:
    incident = view.incident
    parts: list[Span] = []
    if view.overdue and incident.ongoing:
        parts.append(f"⚠ {view.overdue} overdue · ")
    if view.last_update:
        parts.extend(("Last update ", Moment(view.last_update, "elapsed"), " ago · "))
    if incident.update_due_at:
        parts.extend(("Update due ", Moment(incident.update_due_at, "until"), " · "))
    if not incident.ongoing:
        return (*parts, "Closed. Reopen it with ", Code("/incident restart"))
    return (*parts, "Type ", Code("/incident help"), " for all commands")


def _buttons(incident: Incident) -> tuple[Control, ...]:
    key = incident.key
    if not incident.ongoing:
        return (
            Button("incident.timeline", "Timeline", key),
            Button("incident.restart", "Restart", key, confirm=f"Make {key} ongoing again?"),
        )
    return (
        Button("incident.update", "Update", key, style="primary", asks=True),
        Button("incident.severity", "Severity", key, asks=True),
        Button("incident.commander", "Commander", key, asks=True),
        Button("incident.timeline", "Timeline", key),
        Button("incident.end", "End incident", key, style="danger", confirm=f"End {key}?"),
    )


def announcement(incident: Incident, commander: Span, channel: Span | None, quote: str) -> Card:
    """The card that tells another channel; edited as the incident goes on.

    Args:
        incident: What is told.
        commander: Who is in charge.
        channel: Link to the home room; None while it is being made.
        quote: The message it was started from; empty without one.

    Of a private incident only key, severity and status are told.
    """
    tone = _tone(incident)
    if not incident.public:
        return _private_announcement(incident, tone)
    fields = [
        Field("Commander", (commander,)),
        Field("Severity", (Bold(incident.severity),)),
        Field("Status", ("Ongoing" if incident.ongoing else "Closed",)),
    ]
    if channel is not None:
        fields.append(Field("Channel", (channel,)))
    sections: list[Section] = [Fields(tuple(fields))]
    if incident.summary:
        sections.append(Markdown(shorten(incident.summary, 500)))
    if quote:
        sections.append(Text(("“", shorten(quote, 1000), "”")))
    if incident.ongoing:
        sections.append(Actions((Button("incident.join", "Join", incident.key),)))
    return Card(headline(incident), tuple(sections), tone=tone)


def _private_announcement(incident: Incident, tone: Tone) -> Card:
    mark = MARKS[incident.severity] if incident.ongoing else "✅"
    fields = (
        Field("Severity", (Bold(incident.severity),)),
        Field("Status", ("Ongoing" if incident.ongoing else "Closed",)),
    )
    return Card(f"{mark} {incident.key} · private incident", (Fields(fields),), tone=tone)
