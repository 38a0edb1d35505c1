"""Cards as plain text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from adapters.local.outbound import as_of, pinged, text
from chat.address import Address
from chat.card import (
    Actions,
    Button,
    Card,
    Checklist,
    ChecklistItem,
    Field,
    Fields,
    Footer,
    Heading,
    Markdown,
    Option,
    Section,
    Select,
    Table,
    Text,
)
from chat.person import Person
from chat.rooms import LocalMessage
from chat.text import Bold, ChannelLink, Code, Link, Mention, Moment, Rich


def line(rich: Rich) -> str:
    """How a rich text reads."""
    return text(Card("", rich=rich))


ANA = Person("local", "main", "1", "ana")
AT = datetime(2026, 3, 1, 12, 3, tzinfo=UTC)


def test_a_panel_reads_well_in_a_terminal() -> None:
    card = Card(
        "INC-00042 · HIGH · Checkout returns 500",
        (
            Fields((Field("Commander", (Mention(ANA),)), Field("Since", (Moment(AT),)))),
            Heading("Stage 1/2 · Triage"),
            Checklist(
                "Triage",
                (
                    ChecklistItem("a", 1, "Page the owner", "done", ANA, note=("12:03",)),
                    ChecklistItem("b", 2, "Roll back", command="/deploy undo", detail="Ask\nfirst"),
                    ChecklistItem("c", 3, "Drink tea", "skipped"),
                ),
                done=2,
                total=3,
            ),
            Actions(
                (
                    Button("incident.update", "Update"),
                    Select("s", "Stage", options=(Option("1", "Triage"),), chosen="1"),
                    Select("p", "Commander", people=True),
                )
            ),
            Footer(("See ", Link("the page", "/incidents/INC-00042"))),
        ),
    )

    assert (
        text(card)
        == """\
INC-00042 · HIGH · Checkout returns 500

Commander: @ana
Since: 2026-03-01 12:03 UTC

Stage 1/2 · Triage

Triage (2/3)
[x] 1. Page the owner @ana (12:03)
[ ] 2. Roll back
      /deploy undo
      Ask
      first
[-] 3. Drink tea

[Update] [Stage: Triage] [Commander ▾]

See the page"""
    )


def test_columns_of_a_table_stand_under_one_another() -> None:
    rows: tuple[tuple[Rich, ...], ...] = ((("INC-1",), ("db",)), (("INC-20",), (Bold("web"),)))

    assert text(Card("2 incidents", (Table(("Key", "Name"), rows),))) == (
        "2 incidents\n\nKey     Name\nINC-1   db\nINC-20  web"
    )
    assert text(Card("none", (Table(("Key", "Name"), ()),))) == "none\n\nKey  Name"


def test_a_title_with_meaning_is_read_instead_of_the_bare_one() -> None:
    place = Address("local", "main", "c")
    rich = (Mention(ANA), " opened ", ChannelLink(place, "inc-1"), ": ", Code("/help"))

    assert text(Card("x", rich=rich)) == "@ana opened #inc-1: /help"
    assert line((Link("http://x.example", "http://x.example"),)) == "http://x.example"
    assert line((Link("there", "http://x.example"),)) == "there (http://x.example)"


def test_durations_are_right_when_they_are_read() -> None:
    spans = (Moment(AT, "elapsed"), "; ", Moment(AT, "until"), "; ", Moment(AT))
    message = LocalMessage(1, "c", ANA, "stale", AT, card=Card("x", rich=spans))

    def read(**later: float) -> str:
        return as_of(message, AT + timedelta(**later)).text

    assert read(minutes=5) == "5 min; 5 min ago; 2026-03-01 12:03 UTC"
    assert read(days=-1) == "0 s; in 1 d; 2026-03-01 12:03 UTC"
    assert line(spans) == "; ".join(["2026-03-01 12:03 UTC"] * 3)
    assert as_of(replace(message, card=None), AT).text == "stale"


def test_only_mentions_that_mean_to_are_pings() -> None:
    bo, cy = (Person("local", "main", name, name) for name in ("bo", "cy"))
    spans = (Mention(ANA, ping=True), Mention(bo), Mention(ANA, ping=True), "@all")
    card = Card(
        "x",
        (
            Text(spans),
            Fields((Field("Commander", (Mention(cy, ping=True),)),)),
            Table(("a",), (((Mention(bo),),),)),
            Markdown("@bo"),
        ),
    )

    assert pinged(card) == (ANA, cy)


words = st.text(max_size=40)
riches = st.lists(
    st.one_of(
        words,
        st.builds(Bold, words),
        st.builds(Code, words),
        st.builds(Link, words, st.just("/x")),
        st.just(Mention(ANA)),
        st.just(Moment(AT)),
    ),
    max_size=4,
).map(tuple)
controls = st.lists(
    st.one_of(st.builds(Button, words, words), st.builds(Select, words, words)), max_size=3
).map(tuple)
items = st.builds(
    ChecklistItem,
    words,
    st.integers(1, 99),
    words,
    st.sampled_from(["open", "done", "skipped"]),
    note=riches,
    detail=words,
    command=words,
    controls=controls,
)
sections: st.SearchStrategy[Section] = st.one_of(
    st.builds(Heading, words),
    st.builds(Text, riches),
    st.builds(Markdown, words),
    st.builds(Fields, st.lists(st.builds(Field, words, riches), max_size=3).map(tuple)),
    st.builds(
        Checklist,
        words,
        st.lists(items, max_size=4).map(tuple),
        st.integers(0, 99),
        st.integers(0, 99),
    ),
    st.builds(Actions, controls),
    st.builds(
        Table, st.just(("a", "b")), st.lists(st.tuples(riches, riches), max_size=3).map(tuple)
    ),
    st.builds(Footer, riches),
)


@given(st.builds(Card, words, st.lists(sections, max_size=5).map(tuple)))
def test_any_card_becomes_text_that_holds_all_its_words_literally(card: Card) -> None:
    shown = text(card)

    assert card.title in shown
    for section in card.sections:
        match section:
            case Heading(words) | Markdown(words):
                assert words in shown
            case Text(rich) | Footer(rich):
                assert line(rich) in shown
            case Checklist():
                assert all(item.text in shown for item in section.items)
            case _:
                pass
