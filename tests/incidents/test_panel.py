"""The panel fits whatever room a platform gives it, and says what matters first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.capabilities import Limits
from chat.card import Actions, Button, Card, Checklist, ChecklistItem, Fields, Select
from chat.fit import controls, fits, texts
from chat.text import Moment
from incidents.incident import Incident, Severity, Status
from incidents.panel import PanelView, StageLine, announcement, lasted, pages, render

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROOMY = Limits()


def an_incident(**changes: object) -> Incident:
    incident = Incident(
        id="i1",
        number=42,
        team_id="t1",
        name="Checkout returns 500",
        summary="",
        severity=Severity.CRITICAL,
        status=Status.ONGOING,
        public=True,
        commander_id="a1",
        reporter_id="a1",
        playbook_id="p1",
        playbook_name="Service outage",
        playbook_revision=1,
        started_at=START,
    )
    return replace(incident, **changes)  # pyright: ignore[reportArgumentType]  # fields by name


def a_step(number: int, **changes: object) -> ChecklistItem:
    step = ChecklistItem(
        id=f"s{number}",
        number=number,
        text=f"Step {number}",
        command="/incident update",
        controls=(
            Button("step.check", "Check", f"s{number}"),
            Button("step.run", "Run", f"s{number}"),
        ),
    )
    return replace(step, **changes)  # pyright: ignore[reportArgumentType]  # fields by name


def a_view(incident: Incident | None = None, steps: int = 3, stages: int = 2) -> PanelView:
    return PanelView(
        incident=incident or an_incident(),
        commander="@ana",
        roles=(),
        stages=tuple(StageLine(f"g{n}", f"Stage {n}", 0, steps) for n in range(stages)),
        active=0,
        items=tuple(a_step(n + 1) for n in range(steps)),
    )


def the_checklist(card: Card) -> Checklist:
    return next(section for section in card.sections if isinstance(section, Checklist))


def test_the_title_says_which_how_bad_and_what() -> None:
    assert render(a_view(), ROOMY).title == "🔴 INC-00042 · CRITICAL · Checkout returns 500"


def test_the_duration_is_left_to_the_reader_s_clock_while_it_lasts() -> None:
    fields = next(s for s in render(a_view(), ROOMY).sections if isinstance(s, Fields))

    assert Moment(START, "elapsed") in [field.value[0] for field in fields.items]


def test_a_closed_incident_shows_how_long_it_lasted_and_offers_no_change() -> None:
    closed = an_incident(status=Status.CLOSED, ended_at=START + timedelta(minutes=65))

    card = render(a_view(closed), ROOMY)

    assert "Duration: 1 h 5 min" in list(texts(card))
    assert {c.action for c in controls(card)} == {"incident.timeline", "incident.restart"}


@pytest.mark.parametrize(
    ("severity", "status", "tone"),
    [
        (Severity.CRITICAL, Status.ONGOING, "bad"),
        (Severity.LOW, Status.ONGOING, "warning"),
        (Severity.CRITICAL, Status.CLOSED, "good"),
    ],
)
def test_panel_and_announcement_have_one_colour(
    severity: Severity, status: Status, tone: str
) -> None:
    incident = an_incident(severity=severity, status=status, ended_at=START)

    assert render(a_view(incident), ROOMY).tone == tone
    assert announcement(incident, "@ana", None, "").tone == tone


def test_the_buttons_of_an_ongoing_incident_are_all_there() -> None:
    actions = {control.action for control in controls(render(a_view(), ROOMY))}

    assert actions >= {
        "incident.update",
        "incident.severity",
        "incident.timeline",
        "incident.end",
        "step.check",
        "step.run",
        "stage.view",
        "stage.activate",
    }


def test_ten_steps_to_a_page_and_buttons_to_turn_it() -> None:
    card = render(a_view(steps=25), ROOMY, page=2)

    assert [item.number for item in the_checklist(card).items] == list(range(11, 21))
    turns = [c.value for c in controls(card) if c.action == "panel.page"]
    assert turns == ["INC-00042:1", "INC-00042:3"]


def test_a_page_that_is_not_there_becomes_the_nearest() -> None:
    card = render(a_view(steps=12), ROOMY, page=9)

    assert [item.number for item in the_checklist(card).items] == [11, 12]


def test_missing_pieces_of_the_room_are_shown() -> None:
    view = replace(a_view(), problems=("Still missing: the channel (Slack did not answer).",))

    assert any("Still missing: the channel" in text for text in texts(render(view, ROOMY)))


lines = st.text(max_size=400)
incidents = st.builds(
    an_incident,
    number=st.integers(1, 999_999_999),
    name=lines,
    summary=st.text(max_size=5000),
    severity=st.sampled_from(Severity),
    status=st.sampled_from(Status),
    ended_at=st.none() | st.just(START + timedelta(days=3)),
    update_due_at=st.none() | st.just(START + timedelta(hours=1)),
)
steps = st.builds(
    a_step,
    number=st.integers(1, 300),
    text=lines,
    detail=st.text(max_size=5000),
    command=lines,
    note=st.tuples(lines),
    state=st.sampled_from(["open", "done", "skipped"]),
)


@st.composite
def views(draw: st.DrawFn) -> PanelView:
    names = draw(st.lists(lines, min_size=1, max_size=40))
    items = tuple(draw(st.lists(steps, max_size=30)))
    return PanelView(
        incident=draw(incidents),
        commander=draw(lines),
        roles=tuple(draw(st.lists(st.tuples(lines, lines), max_size=8))),
        stages=tuple(StageLine(f"g{n}", name, 0, len(items)) for n, name in enumerate(names)),
        active=draw(st.integers(0, len(names) - 1)),
        items=items,
        overdue=draw(st.integers(0, 9)),
        last_update=draw(st.none() | st.just(START)),
        problems=tuple(draw(st.lists(lines, max_size=4))),
    )


limits = st.builds(
    Limits,
    text_chars=st.none() | st.integers(1200, 20_000),
    card_bytes=st.none() | st.integers(4000, 100_000),
    buttons=st.none() | st.integers(8, 60),
    checklist_items=st.integers(1, 10),
    options=st.integers(5, 100),
)


@settings(max_examples=150, deadline=None)
@given(views(), limits, st.integers(-3, 50))
def test_any_incident_fits_any_limits(view: PanelView, room: Limits, page: int) -> None:
    card = render(view, room, page)

    assert fits(card, room)
    assert card.title
    assert isinstance(card.sections[-1], Actions)


@settings(max_examples=80, deadline=None)
@given(views(), limits)
def test_paging_through_shows_every_step_once(view: PanelView, room: Limits) -> None:
    seen: list[int] = []
    position: int | None = 1
    while position is not None:
        card = render(view, room, position)
        seen.extend(index for index, _ in enumerate(the_checklist(card).items))
        following = [
            int(c.value.rpartition(":")[2])
            for c in controls(card)
            if isinstance(c, Button) and c.action == "panel.page"
        ]
        position = next((page for page in following if page > position), None)

    assert len(seen) >= len(view.items)


@settings(max_examples=60, deadline=None)
@given(views())
def test_no_menu_offers_a_stage_that_is_not_there(view: PanelView) -> None:
    known = {stage.id for stage in view.stages}
    for control in controls(render(view, ROOMY)):
        if isinstance(control, Select):
            assert {option.value for option in control.options} <= known


def test_durations_read_like_people_say_them() -> None:
    said = {0: "0 s", 40: "40 s", 60: "1 min", 3900: "1 h 5 min", 97_200: "1 d 3 h"}

    assert {seconds: lasted(timedelta(seconds=seconds)) for seconds in said} == said


def test_pages_are_counted() -> None:
    assert [pages(count, 10) for count in (0, 1, 10, 11)] == [1, 1, 1, 2]
