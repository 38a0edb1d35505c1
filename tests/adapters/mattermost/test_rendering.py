"""Any card and any form is one that the server takes, and what people typed means nothing."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given

from adapters.mattermost.dialogs import dialog, question
from adapters.mattermost.markdown import markdown
from adapters.mattermost.markup import Links, code, literal, read_back, written
from adapters.mattermost.outbound import Drawing, post
from adapters.mattermost.seal import Seal
from chat.address import Address
from chat.card import Actions, Button, Card, Control, Field, Fields, Footer, Select, Text
from chat.form import Form
from chat.person import Person
from chat.text import Bold, ChannelLink, Code, Link, Mention
from tests.adapters.mattermost import limits, seen
from tests.adapters.mattermost.cards import ANY, steps, words

LINKS = Links("https://tocsin.example", "https://chat.example/main")
ANA = Person("mattermost", "main", "a" * 26, "ana")
_SEAL = Seal(b"k" * 32)


def sealed(control: Control) -> str:
    facts = {"action": control.action, "value": control.value, "channel": "c" * 26}
    return _SEAL.put("action", facts)


DRAWING = Drawing(LINKS, "https://tocsin.example/api/chat/mattermost/action", sealed)


@given(ANY.cards)
def test_any_card_is_a_post_that_the_server_takes(card: Card) -> None:
    body = post(card, DRAWING)

    limits.post(body)
    shown = body["props"].get("attachments", [])
    assert len("".join(each.get("text", "") for each in shown)) <= limits.MESSAGE


@pytest.mark.parametrize("count", [0, 1, 10, 60, 500])
@pytest.mark.parametrize("text", ["", "check", "@channel **x** " * 50, "🔥" * 4000])
def test_any_number_of_steps_fits(count: int, text: str) -> None:
    body = post(steps(count, text), DRAWING)

    limits.post(body)
    read = seen.post(body)
    if count in {1, 10} and text == "check":
        assert read.count("[Check]") == count
    if count == 500:
        assert "There is more of this" in read


@given(words)
def test_what_people_typed_is_alive_in_no_way_and_reads_the_same(text: str) -> None:
    assert not seen.live(literal(text))
    assert "".join(seen.text(literal(text)).split()) == _visible(text)


@given(words)
def test_what_was_made_literal_is_read_back_as_it_was(text: str) -> None:
    assert "".join(read_back(literal(text)).split()) == _visible(text)


@given(words)
def test_code_is_only_itself(text: str) -> None:
    assert not seen.live(code(text))
    assert "".join(seen.text(code(text)).split()) == _visible(text)


@given(words)
def test_bold_is_bold_and_nothing_else(text: str) -> None:
    found = seen.live(written((Bold(text),), LINKS))

    assert [each for each in found if not each.startswith("strong_open")] == []


@given(words)
def test_what_people_wrote_in_markdown_notifies_nobody_and_draws_nothing(text: str) -> None:
    found = seen.live(markdown(text, LINKS))

    allowed = ("strong_open", "em_open", "link_open", "list_item_open", "blockquote_open")
    assert [each for each in found if not each.startswith(allowed)] == []


def test_the_small_subset_of_markdown_stays() -> None:
    source = (
        "**Call** the _bank_ and run `df -h`\n\n- one\n- two\n  1. inner\n\n> said\n\n"
        "[page](https://x.example/a_b)\n\n```\ncode @channel\n```"
    )
    made = markdown(source, LINKS)

    found = seen.live(made)
    assert sum(each.startswith("strong_open") for each in found) == 1
    assert sum(each.startswith("em_open") for each in found) == 1
    assert found.count("list_item_open") == 3
    assert found.count("blockquote_open") == 1
    assert "link_open {'href': 'https://x.example/a_b'}" in found
    assert "df -h" in seen.text(made)
    assert "code @channel" in seen.text(made)


@pytest.mark.parametrize(
    "source", ["# Heading", "<b>x</b>", "| a |\n| - |", "@channel", "~~x~~", "---"]
)
def test_what_is_not_in_the_subset_is_shown_literally(source: str) -> None:
    assert not seen.live(markdown(source, LINKS))
    assert "".join(seen.text(markdown(source, LINKS)).split()) == _visible(source)


def test_an_image_is_not_drawn() -> None:
    made = seen.live(markdown("![x](https://y/z.png)", LINKS))
    assert made == ["link_open {'href': 'https://y/z.png'}"]


def test_only_a_ping_notifies() -> None:
    assert "@ana" in seen.live(written(("Hello ", Mention(ANA, ping=True), "!"), LINKS))
    quiet = seen.live(written(("Hello ", Mention(ANA), "!"), LINKS))
    assert quiet == ["link_open {'href': 'https://chat.example/main/messages/@ana'}"]


@pytest.mark.parametrize("name", ["channel x", "a](http://b)", "*", "", "A B", "x\n@all"])
def test_a_name_that_is_no_handle_is_no_mention(name: str) -> None:
    odd = Person("mattermost", "main", "a" * 26, name)

    assert not seen.live(written((Mention(odd, ping=True),), LINKS))


def test_links_lead_where_they_say_and_nowhere_else() -> None:
    page = written((Link("INC-1 [x]", "/incidents/1"),), LINKS)
    assert seen.live(page) == ["link_open {'href': 'https://tocsin.example/incidents/1'}"]
    assert seen.text(page) == "INC-1 [x]"
    assert not seen.live(written((Link("x", "javascript:alert(1)"),), LINKS))
    assert not [
        each for each in seen.live(written(("!", Link("x", "/y")), LINKS)) if "image" in each
    ]
    odd = seen.live(written((Link("x", "https://a.b/) @channel [y](https://evil"),), LINKS))
    assert len(odd) == 1
    assert odd[0].startswith("link_open {'href': 'https://a.b/")
    room = ChannelLink(Address("mattermost", "main", "c" * 26), "inc-1-db")
    assert seen.live(written(("see ", room), LINKS)) == ["~inc-1-db"]


def test_a_cards_parts_come_in_its_order() -> None:
    card = Card(
        "Title",
        (
            Text(("first",)),
            Fields((Field("Severity", (Bold("HIGH"),)),)),
            Actions((Button("a.b", "Press", "1"),)),
            Text(("second",)),
            Footer((Code("/help"),)),
        ),
        tone="bad",
    )
    read = seen.post(post(card, DRAWING))

    places = [
        read.index(word) for word in ("Title", "first", "Severity", "[Press]", "second", "/h")
    ]
    assert all(one < other for one, other in pairwise(places))


def test_two_buttons_alike_are_two() -> None:
    press = Button("step.check", "Check", "1")
    body = post(Card("x", (Actions((press, press)),)), DRAWING)

    limits.post(body)
    assert len(list(limits.actions(body))) == 2


def test_a_list_without_choices_is_left_out_since_the_server_refuses_it() -> None:
    body = post(Card("x", (Actions((Select("a.b", "None"),)),)), DRAWING)

    assert not list(limits.actions(body))


@given(ANY.forms)
def test_any_form_is_a_dialog_that_the_server_takes(form: Form) -> None:
    state = _SEAL.put("dialog", {"context": form.context})
    limits.dialog({"url": "https://tocsin.example/x", "dialog": dialog(form, state)})


@given(words, words)
def test_any_question_is_a_dialog_that_the_server_takes(title: str, text: str) -> None:
    shown = question(title, text, "state")
    limits.dialog({"url": "https://tocsin.example/x", "dialog": shown})
    assert not seen.live(shown["introduction_text"])


def _visible(text: str) -> str:
    """Everything but blanks and what no server stores; what is never shown is left out."""
    return "".join(text.replace("\0", "\ufffd").replace("\u200b", "").split())
