"""What cards become: always something Slack takes, and never a meaning that was only typed."""

from __future__ import annotations

import html
import itertools
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack import forms, markdown, outbound
from adapters.slack.controls import meant
from adapters.slack.limits import LIMITS
from adapters.slack.rich import Scene
from chat.address import Address
from chat.card import Actions, Button, Card, ChecklistItem, Footer, Markdown, Option, Select, Text
from chat.card import Checklist as CardChecklist
from chat.form import Form, FormField
from chat.person import Person
from chat.text import Bold, Code, Link, Mention, Moment, Rich, Span
from incidents.incident import Incident, Severity, Status
from incidents.panel import PanelView, StageLine, render
from tests.adapters.slack import rules
from tests.adapters.slack.cards import CARDS, FORMS, SOURCES, TEXTS
from tests.adapters.slack.platform import seen
from tests.adapters.slack.world import TEAM

SCENE = Scene(TEAM, "https://x.slack.com/", "https://tocsin.example")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANA = Person("slack", TEAM, "U0ANA", "ana")


def shown(card: Card) -> list[dict[str, Any]]:
    """The blocks of a card, found good by Slack's rules."""
    message = outbound.message(card, SCENE)
    rules.blocks(message["blocks"])
    assert 0 < len(message["text"]) <= 40_000
    json.dumps(message).encode()
    return message["blocks"]


def elements(card: Card) -> list[dict[str, Any]]:
    """Every element of a card's rich texts."""
    return [
        element
        for block in shown(card)
        if block["type"] == "rich_text"
        for part in block["elements"]
        for element in part["elements"]
    ]


@given(CARDS)
@settings(max_examples=100)
def test_any_card_is_a_message_that_slack_takes(card: Card) -> None:
    shown(card)


@pytest.mark.parametrize("span", [Code("x" * 4000), Link("x" * 4000, "/incidents/1")])
def test_small_print_that_is_too_long_is_a_message_that_slack_takes(span: Span) -> None:
    shown(Card("t", (Footer((span,)),)))


@given(st.lists(CARDS, min_size=2, max_size=6))
@settings(max_examples=15)
def test_any_number_of_sections_is_a_message_that_slack_takes(cards: list[Card]) -> None:
    sections = tuple(itertools.chain.from_iterable(card.sections for card in cards * 4))

    shown(Card("Very long", sections))


@given(FORMS)
@settings(max_examples=60)
def test_any_form_is_a_view_that_slack_takes_and_comes_back_whole(form: Form) -> None:
    where = Address("slack", TEAM, "C0OPS")
    metadata = forms.sealed(b"k" * 32, "U0ANA", form, where)
    view = forms.view(form, metadata)

    rules.view(view)
    assert forms.opened(b"k" * 32, "U0ANA", view["private_metadata"]) == (
        form.action,
        where,
        form.context,
    )
    assert forms.opened(b"k" * 32, "U0BO", view["private_metadata"]) is None
    assert forms.opened(b"x" * 32, "U0ANA", view["private_metadata"]) is None


@given(SOURCES)
def test_any_markdown_is_rich_text_that_slack_takes(source: str) -> None:
    for part in markdown.blocks(source):
        rules.rich(part)


@given(st.integers(0, 500), TEXTS, TEXTS, st.integers(1, 60), st.booleans(), st.integers(0, 12))
@settings(max_examples=60)
def test_the_panel_of_any_incident_keeps_its_buttons(
    steps: int, name: str, detail: str, page: int, ongoing: bool, roles: int
) -> None:
    """Within what the adapter declares nothing has to be cut off by force."""
    card = render(panel(steps, name, detail, roles, ongoing=ongoing), LIMITS, page)
    blocks = shown(card)

    labels = [
        control["text"]["text"]
        for block in blocks
        if block["type"] == "actions"
        for control in block["elements"]
        if control["type"] == "button"
    ]
    assert ("End incident" if ongoing else "Restart") in labels
    assert "too long for Slack" not in seen({"blocks": blocks})


def panel(steps: int, name: str, detail: str, roles: int, *, ongoing: bool) -> PanelView:
    """The panel of an incident."""
    incident = Incident(
        id="i",
        number=1,
        team_id="t",
        name=name or "x",
        severity=Severity.HIGH,
        summary=detail,
        status=Status.ONGOING if ongoing else Status.CLOSED,
        playbook_id="p",
        playbook_name="Outage",
        playbook_revision=1,
        commander_id="a",
        reporter_id="a",
        public=True,
        started_at=NOON,
        ended_at=None if ongoing else NOON + timedelta(hours=1),
        update_due_at=NOON,
    )
    items = tuple(
        ChecklistItem(
            f"{number:036d}",
            number,
            name,
            note=("by ", Mention(ANA), " ", Moment(NOON)),
            detail=detail,
            command="/incident update x",
            controls=(
                Button("step.check", "Check", f"{number:036d}"),
                Button("step.run", "Run", f"{number:036d}"),
            ),
        )
        for number in range(1, steps + 1)
    )
    stages = tuple(StageLine(f"{n:036d}", name, 1, max(steps, 1)) for n in range(8))
    held = tuple((f"role {number}", Mention(ANA)) for number in range(roles))
    return PanelView(incident, Mention(ANA), held, stages, 0, items, 1, NOON)


@pytest.mark.parametrize("typed", ["<!channel> <@U0ANA>", "*b* _i_ ~s~ `c`", "a & b <c> &lt;"])
def test_what_was_typed_is_shown_as_it_was_typed(typed: str) -> None:
    card = Card(typed, (Text((typed,)), Footer((typed,))))
    blocks = shown(card)

    assert seen({"blocks": blocks}).count(typed) == 3
    assert all(one["type"] == "text" for one in elements(card))
    assert all(one["type"] == "plain_text" for one in blocks[-1]["elements"])
    assert "<" not in outbound.text(card)


def test_only_a_mention_that_is_meant_to_notify_does() -> None:
    quiet, loud = elements(Card("x", rich=(Mention(ANA), Mention(ANA, ping=True))))

    assert quiet == {"type": "link", "url": "https://x.slack.com/team/U0ANA", "text": "@ana"}
    assert loud == {"type": "user", "user_id": "U0ANA"}


def test_somebody_of_another_platform_is_only_a_name() -> None:
    stranger = replace(ANA, platform="local")

    assert elements(Card("x", rich=(Mention(stranger, ping=True),))) == [
        {"type": "text", "text": "@ana"}
    ]


def test_a_moment_is_rendered_by_the_reader() -> None:
    ago: Rich = ("Last update ", Moment(NOON, "elapsed"), " ago · ", Moment(NOON, "until"))
    made = elements(Card("x", rich=ago))

    assert [one.get("format", one.get("text")) for one in made] == [
        "Last update ",
        "{ago}",
        " · ",
        "{date_short_pretty} at {time}",
    ]
    assert made[1]["timestamp"] == int(NOON.timestamp())


def test_small_print_keeps_its_moments_and_code() -> None:
    card = Card("x", (Footer(("Due ", Moment(NOON, "until"), " · type ", Code("/incident help"))),))

    context = shown(card)[-1]
    assert context["type"] == "context"
    assert [one["text"] for one in context["elements"]] == [
        "Due ",
        f"<!date^{int(NOON.timestamp())}^{{date_short_pretty}} at {{time}}|2026-03-01 12:00 UTC>",
        " · type ",
        "`/incident help`",
    ]


def test_markdown_keeps_the_small_subset_and_nothing_else() -> None:
    source = "**b** *i* `c` [l](https://x.example)\n\n* one\n* two\n\n> q\n\n<b>@channel</b>"
    card = Card("x", (Markdown(source),))
    (_, block) = shown(card)

    kinds = [part["type"] for part in block["elements"]]
    assert kinds == ["rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_section"]
    styles = [one.get("style") for one in block["elements"][0]["elements"] if one["text"].strip()]
    assert styles == [{"bold": True}, {"italic": True}, {"code": True}, None]
    assert block["elements"][3]["elements"] == [{"type": "text", "text": "<b>@channel</b>"}]


@given(st.text("abc.", min_size=1, max_size=40), st.text("abc-|:", max_size=60))
def test_a_control_says_again_what_it_is_about(action: str, value: str) -> None:
    controls = (Button(action, "x", value), Select(action, "x", value, (Option("a", "A"),)))
    (block,) = [b for b in shown(Card("x", (Actions(controls),))) if b["type"] == "actions"]

    assert [meant(one["action_id"]) for one in block["elements"]] == [(action, value)] * 2


def test_the_same_action_twice_in_a_row_is_told_apart() -> None:
    turns = (Button("panel.page", "◀", "INC-1:1"), Button("panel.page", "▶", "INC-1:3"))

    (block,) = [b for b in shown(Card("x", (Actions(turns),))) if b["type"] == "actions"]
    assert len({one["action_id"] for one in block["elements"]}) == 2


def test_what_does_not_fit_is_said_to_be_missing() -> None:
    many = tuple(Text((Bold("x" * 2900),)) for _ in range(200))

    assert "too long for Slack" in seen({"blocks": shown(Card("x", many))})


def test_five_hundred_steps_without_controls_are_cut_and_not_refused() -> None:
    items = tuple(ChecklistItem(str(n), n, "x" * 200) for n in range(500))

    shown(Card("x", (CardChecklist("Stage", items, 0, 500),)))


def test_more_options_than_one_list_holds_stand_in_groups() -> None:
    offered = tuple(Option(f"v{n}", f"Option {n}") for n in range(230))
    field = FormField("which", "Which", "select", options=offered, value="v229")
    (block,) = forms.view(Form("a", "T", (field,)), "")["blocks"]

    assert [len(one["options"]) for one in block["element"]["option_groups"]] == [100, 100, 30]
    assert block["element"]["initial_option"]["value"] == "v229"


@pytest.mark.parametrize(
    "typed",
    ["*big*", "_slanted_", "~gone~", "`code`", ":fire:", "https://x.example", "www.x.example",
     "> quoted"],
)  # fmt: skip
def test_a_text_without_blocks_is_read_as_it_was_typed(typed: str) -> None:
    told = outbound.whole_text(Card("Title", (Text((f"{typed} a & b\n{typed}",)),)))

    assert typed not in told
    assert html.unescape(told).replace("\u200b", "") == f"Title\n{typed} a & b\n{typed}"
