"""Whatever a card holds, Discord takes what it is made into."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.discord import commands, modals, outbound
from adapters.discord.custom_ids import Pressed, digest_of, read, written
from adapters.discord.escaping import literal
from adapters.discord.markdown import markdown
from chat.card import Actions, Button, Card, Checklist, ChecklistItem, Footer, Option, Text, say
from chat.fit import fits
from chat.form import Form, FormField
from chat.phrase import Phrase, Suggestion
from chat.text import Moment
from incidents import panel
from tests.adapters.discord import rules
from tests.adapters.discord.cards import ANY, words
from tests.adapters.discord.shown import lines, shown
from tests.cards import ACTIONS, VALUES
from tests.clock import SetClock

BASE = "https://tocsin.example"


@settings(max_examples=40)
@given(ANY.cards)
def test_any_card_is_a_message_that_discord_takes(card: Card) -> None:
    rules.message(outbound.message(card, BASE).payload)
    rules.message(outbound.edited(card, BASE).payload, "MessageEditRequestPartial")
    with_file = outbound.message(card, BASE, file="export.csv").payload
    rules.message({**with_file, "attachments": [{"id": "0", "filename": "export.csv"}]})


@settings(max_examples=30)
@given(ANY.cards)
def test_nobody_is_notified_but_those_named_on_purpose(card: Card) -> None:
    allowed = outbound.message(card, BASE).payload["allowed_mentions"]

    assert allowed["parse"] == []
    assert set(allowed.get("users", [])) <= {"345678901234567890"}
    assert outbound.edited(card, BASE).payload["allowed_mentions"] == {"parse": []}


@pytest.mark.parametrize("count", [0, 1, 7, 10, 40, 500])
@pytest.mark.parametrize("text", ["Restart it", "🧯" * 2000, "*" * 4000, "\n\n# x", "@everyone"])
def test_a_checklist_of_any_length(count: int, text: str) -> None:
    items = tuple(
        ChecklistItem(
            str(number), number, text, detail=text, command=f"/runbook run {text[:50]}",
            controls=(Button("step.check", "Check", f"s{number}"), Button("step.run", "Run", "x")),
        )
        for number in range(1, count + 1)
    )  # fmt: skip
    buttons = Actions(tuple(Button(f"incident.{n}", f"Do {n}", "INC-1") for n in range(5)))
    card = Card(text, (Checklist(text, items, 0, count), Footer((text,)), buttons))

    payload = outbound.message(card, BASE).payload
    rules.message(payload)
    labels = [p["label"] for p in rules.walk(payload["components"]) if p["type"] == 2]
    if count <= 40:
        assert labels[-5:] == [f"Do {n}" for n in range(5)]


def test_a_panels_steps_have_their_buttons_beside_them() -> None:
    items = tuple(
        ChecklistItem(str(n), n, f"Step {n}", controls=(Button("step.check", "Check", f"s{n}"),))
        for n in range(1, outbound.LIMITS.checklist_items + 1)
    )
    buttons = Actions(tuple(Button(f"incident.{n}", f"Do {n}", "INC-1") for n in range(5)))
    card = Card("INC-1", (Checklist("Respond", items, 0, 7), Footer(("x",)), buttons))
    assert fits(card, outbound.LIMITS)

    payload = outbound.message(card, BASE).payload
    beside = [p for p in rules.walk(payload["components"]) if p["type"] == 9]
    assert [p["accessory"]["label"] for p in beside] == ["Check"] * 7
    assert outbound.LIMITS.checklist_items <= panel.PAGE


def test_what_finds_no_place_is_in_a_menu() -> None:
    items = tuple(
        ChecklistItem(str(n), n, f"Step {n}", controls=(Button("step.check", "Check", f"s{n}"),))
        for n in range(1, 20)
    )
    payload = outbound.message(Card("x", (Checklist("All", items, 0, 19),)), BASE).payload

    menu = next(p for p in rules.walk(payload["components"]) if p["type"] == 3)
    assert menu["placeholder"] == "Check …"
    assert [one["label"] for one in menu["options"]][:2] == ["1. Step 1", "2. Step 2"]
    assert read(menu["options"][18]["value"]) == Pressed("step.check", "s19")


@given(words)
def test_text_is_shown_as_it_was_typed(text: str) -> None:
    typed = text.replace("\0", "")

    assert shown(literal(typed)) == typed


@given(st.text("*_~`|<>[]()@#-+.0123456789: \\/\nahttps", max_size=40))
def test_marks_never_count(text: str) -> None:
    assert shown(literal(text)) == text


def test_markdown_keeps_its_small_subset() -> None:
    source = (
        "# Head\n**bold** *it* `co*de` [our](https://x.example/a)\n\n- one\n- two\n\n"
        "> quoted\n\n```\nblock\n```\n![i](http://p) <b>raw</b> @everyone <@123456789>"
    )
    assert markdown(source, BASE) == (
        "**Head**\n**bold** *it* `co*de` [our](<https://x.example/a>)\n- one\n- two\n> quoted\n"
        "```\nblock\n```\n!\\[i\\](http\\://p) \\<b\\>raw\\</b\\> \\@everyone \\<\\@123456789\\>"
    )


@given(words)
def test_no_markdown_mentions_anybody(source: str) -> None:
    text = markdown(source, BASE)

    assert "(pings" not in shown(text)
    assert "(@" not in shown(text) or "(@" in source


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//evil.example", "file:///x", "ftp://x"])
def test_other_links_are_text(url: str) -> None:
    made = markdown(f"[x]({url})", BASE)

    assert "](<" not in made
    assert shown(made) in {"x", f"[x]({url})"}


def test_a_moment_is_drawn_by_the_readers_client(clock: SetClock) -> None:
    said = say("Last update ", Moment(clock.now(), "elapsed"), " ago · all well")

    content = outbound.message(said, BASE).payload["content"]
    assert content == f"Last update <t:{int(clock.now().timestamp())}:R> · all well"


@settings(max_examples=40)
@given(ANY.forms, st.text("0123456789abcdef", min_size=32, max_size=32))
def test_any_form_is_a_modal_that_discord_takes(form: Form, token: str) -> None:
    rules.modal(modals.modal(form, token, {}))


def test_a_long_list_is_typed_and_found() -> None:
    options = tuple(Option(f"id{n}", f"Playbook {n:02}") for n in range(40))
    form = Form("a", "b", (FormField("which", "Which", "select", options),))

    def typed(text: str) -> tuple[dict[str, str], dict[str, str]]:
        part = {"type": 4, "custom_id": "which", "value": text}
        return modals.filled(form, {"components": [{"type": 18, "component": part}]}, {})

    assert typed("playbook 07") == ({"which": "id7"}, {})
    assert typed("id9") == ({"which": "id9"}, {})
    assert "Which one" in typed("Playbook 1")[1]["which"]
    assert "no such choice" in typed("nonsense")[1]["which"]


def test_a_text_that_discord_cannot_hold_is_not_cut_off() -> None:
    long = "x" * 5000
    fields = (FormField("about", "About", "multiline", value=long), FormField("name", "Name"))
    form = Form("a", "b", fields)
    shown_as = modals.modal(form, "0" * 32, {})
    part = {"type": 4, "custom_id": "name", "value": "db"}

    assert "stays as it is" in shown_as["components"][0]["content"]
    filled = modals.filled(form, {"components": [{"type": 18, "component": part}]}, {})
    assert filled == ({"about": long, "name": "db"}, {})


@given(
    ACTIONS, VALUES, st.one_of(st.just(""), words), st.integers(1, 99),
)  # fmt: skip
def test_a_control_means_the_same_after_its_way_to_discord(
    action: str, value: str, ask: str, number: int
) -> None:
    pressed = Pressed(action, value, ask)
    custom_id, kept = written(pressed, number)

    assert 0 < len(custom_id.encode("utf-16-le")) // 2 <= 100
    assert custom_id == custom_id.strip()
    digest = digest_of(custom_id)
    assert read(kept[digest] if digest else custom_id) == pressed


@given(st.text(max_size=100))
def test_an_id_that_is_not_ours_means_nothing(custom_id: str) -> None:
    assert read(custom_id) is None or custom_id[:2] in {"1|", "2|"}


def test_buttons_of_one_meaning_have_ids_of_their_own() -> None:
    twice = Actions((Button("a.b", "One", "x"), Button("a.b", "Two", "x")))
    rules.message(outbound.message(Card("t", (twice,)), BASE).payload)


def test_lines_are_shown_in_their_order() -> None:
    card = Card("Title", (Text(("first",)), Footer(("small",)), Actions((Button("a", "Press"),))))

    assert lines(outbound.message(card, BASE).payload) == ["Title", "first", "Press"]


@pytest.mark.parametrize("count", [1, 25, 26, 60])
def test_commands_beyond_25_are_in_a_group(count: int) -> None:
    phrases = [Phrase(("incident", f"c{n}"), f"do {n}", "[X]") for n in range(count)]
    phrases += [Phrase(("incident", "step", "add"), "add", "TITLE"), Phrase(("help",), "help")]
    made = commands.registered(phrases)

    rules.application_commands(made)
    incident = next(one for one in made if one["name"] == "incident")
    names = [one["name"] for one in incident["options"]]
    assert ("more" in names) == (count > 24)
    assert "step" in names
    last: rules.Json = {"name": f"c{min(count, 48) - 1}", "type": 1, "options": []}
    data: rules.Json = {"name": "incident", "options": [last]}
    if count > 24:
        data["options"] = [{"type": 2, "name": "more", "options": [last]}]
    assert commands.line(data) == f"/incident c{min(count, 48) - 1}"


def test_a_completion_that_is_too_long_is_left_out() -> None:
    before = "/incident start "
    found = commands.choices(
        before,
        [
            Suggestion("/incident start outage ", "Service outage"),
            Suggestion("/incident start " + "x" * 101, "too long"),
            Suggestion("/incident list ", "elsewhere"),
        ],
    )
    assert found == [{"name": "outage · Service outage", "value": "outage"}]
