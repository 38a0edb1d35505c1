"""Cards of every kind, for tests of what is drawn."""

from __future__ import annotations

from hypothesis import strategies as st

from chat.address import Address
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
    Heading,
    Markdown,
    Option,
    Section,
    Select,
    Table,
    Text,
)
from chat.person import Person
from chat.text import Bold, ChannelLink, Code, Link, Mention, Moment
from tests.clock import START

_PIECES = (
    "@channel ", "@here", "@ana", "~town-square", "#ops", ":fire:", "**", "__", "`", "```", "[a](",
    "http://x.y/", "www.x.y", "\n", "\n\n", "# ", "> ", "- ", "1. ", "|", "\\", "<b>", "&amp;",
    "![i](h)", "~~", "$x$", ":)", "a@b.cc", "    ", "---", "===", "\u202e", "\0", "💥", "字",
)  # fmt: skip

words = st.one_of(
    st.text(max_size=80), st.lists(st.sampled_from(_PIECES), max_size=30).map("".join)
)
long = st.integers(0, 30_000).map(lambda count: ("x@y " * 8000)[:count])
anything = st.one_of(words, words, long)
people = words.map(lambda name: Person("mattermost", "main", "u" * 26, name, name))
spans = st.one_of(
    anything,
    anything.map(Bold),
    words.map(Code),
    st.builds(Link, words, words),
    st.builds(Mention, people, st.booleans()),
    words.map(lambda name: ChannelLink(Address("mattermost", "main", "c" * 26), name)),
    st.just(Moment(START)),
)
riches = st.lists(spans, max_size=4).map(tuple)
buttons = st.builds(
    Button, st.just("step.check"), words, words, st.sampled_from(["default", "primary", "danger"])
)
selects = st.builds(
    Select,
    st.just("stage.choose"),
    words,
    words,
    st.lists(st.builds(Option, words, words), max_size=150).map(tuple),
    st.booleans(),
)
controls: st.SearchStrategy[Control] = st.one_of(buttons, selects)
items = st.builds(
    ChecklistItem,
    st.just("id"),
    st.integers(1, 500),
    anything,
    st.sampled_from(["open", "done", "skipped"]),
    st.none() | people,
    riches,
    words,
    words,
    st.lists(controls, max_size=3).map(tuple),
)
tables = st.integers(0, 4).flatmap(
    lambda width: st.builds(
        Table,
        st.lists(words, min_size=width, max_size=width).map(tuple),
        st.lists(st.lists(riches, min_size=width, max_size=width).map(tuple), max_size=30).map(
            tuple
        ),
    )
)
sections: st.SearchStrategy[Section] = st.one_of(
    anything.map(Heading),
    riches.map(Text),
    anything.map(Markdown),
    st.lists(st.builds(Field, words, riches), max_size=70).map(tuple).map(Fields),
    st.builds(Checklist, words, st.lists(items, max_size=12).map(tuple), st.just(1), st.just(2)),
    st.lists(controls, max_size=12).map(tuple).map(Actions),
    tables,
    riches.map(Footer),
)
cards = st.builds(
    Card,
    anything,
    st.lists(sections, max_size=6).map(tuple),
    st.sampled_from(["neutral", "good", "warning", "bad"]),
    st.just(()) | riches,
)


def steps(count: int, text: str) -> Card:
    """A card with so many steps, each with its button."""
    return Card(
        "Panel",
        (
            Checklist(
                "Triage",
                tuple(
                    ChecklistItem(
                        str(number), number, text, controls=(Button("step.check", "Check", "1"),)
                    )
                    for number in range(1, count + 1)
                ),
                0,
                count,
            ),
        ),
    )
