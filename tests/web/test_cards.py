"""Any card becomes HTML that shows all of it and runs none of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import urlsplit

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.card import Actions, Card, Checklist
from chat.fit import controls
from chat.person import Person
from chat.rooms import LocalMessage
from tests.web.cards import cards, words
from tests.web.page import Page
from web.messages import Line
from web.pages import Pages
from web.spans import Reader

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
READER = Reader("a1", "ana", NOW)
BOT = Person("local", "main", "tocsin", "tocsin", "Tocsin", is_bot=True)
TAGS = {
    "a", "b", "blockquote", "br", "button", "circle", "code", "dd", "details", "div", "dl", "dt",
    "em", "h3", "h4", "header", "li", "ol", "optgroup", "option", "p", "path", "pre", "progress",
    "rect", "s", "section", "select", "small", "span", "strong", "summary", "svg", "table", "tbody",
    "td", "th", "thead", "time", "tr", "ul",
}  # fmt: skip

relaxed = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def a_message(card: Card | None, text: str = "", **changes: object) -> LocalMessage:
    return LocalMessage(7, "c1", BOT, text, NOW, card=card, **changes)  # pyright: ignore[reportArgumentType]  # fields by name


def shown(pages: Pages, message: LocalMessage) -> Page:
    return Page(
        pages.render("live/message.html", {"line": Line(message), "reader": READER, "root": None})
    )


def harmless(page: Page) -> None:
    """Nothing in the page is a tag, an address or a handler that we did not put there."""
    for element in page.elements:
        assert element.tag in TAGS, element
        for name, value in element.attributes.items():
            assert not name.startswith("on"), element
            assert name != "style", element
            if name in {"href", "src"}:
                assert urlsplit(value).scheme in {"", "http", "https", "mailto"}, element
                assert not value.startswith(("//", "/\\")), element
    assert "\u202e" not in page.text


@given(cards)
@relaxed
def test_any_card_is_shown_and_runs_nothing(pages: Pages, card: Card) -> None:
    page = shown(pages, a_message(card))

    harmless(page)
    pressed = [element for element in page.elements if "hx-post" in element.attributes]
    ours = [element for element in pressed if element.get("hx-post").endswith("/actions")]
    assert len(ours) == (len(controls(card)) if card.sections or card.tone != "neutral" else 0)


@given(cards)
@relaxed
def test_a_control_carries_its_action_and_value_unchanged(pages: Pages, card: Card) -> None:
    page = shown(pages, a_message(card))

    sent = [
        json.loads(element.get("hx-vals"))
        for element in page.elements
        if element.get("hx-post").endswith("/actions")
    ]
    wanted = [
        {"action": control.action, "value": control.value}
        if control.control == "button"
        else {"action": control.action}
        for control in controls(card)
    ]
    assert sorted(map(str, sent)) == sorted(map(str, wanted))


@given(cards)
@relaxed
def test_an_edit_renews_the_list_the_thread_and_the_panel(pages: Pages, card: Card) -> None:
    message = a_message(card, pinned=True)
    page = Page(pages.render("live/edited.html", {"message": message, "reader": READER}))

    harmless(page)
    targets = [element.get("hx-swap-oob") for element in page.elements]
    assert [target for target in targets if target] == [
        "innerHTML:#m-7",
        "innerHTML:#t-7",
        "innerHTML:#panel[data-message='7']",
    ]


@given(words, words, words)
@relaxed
def test_what_people_write_and_call_themselves_runs_nothing(
    pages: Pages, text: str, name: str, display: str
) -> None:
    author = Person("local", "main", "x", name, display)
    message = LocalMessage(7, "c1", author, text, NOW, mentions=(author,))

    harmless(shown(pages, message))


@given(st.lists(cards, min_size=1, max_size=1))
@relaxed
def test_sections_are_all_there(pages: Pages, made: list[Card]) -> None:
    card = made[0]
    page = shown(pages, a_message(card))
    if not card.sections and card.tone == "neutral":
        return

    lists = [one for one in card.sections if isinstance(one, Checklist)]
    rows = [one for one in card.sections if isinstance(one, Actions)]
    assert len(page.all("progress")) == len(lists)
    assert len([e for e in page.all("div") if e.get("class") == "actions"]) == len(rows)
