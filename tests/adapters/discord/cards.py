"""Any card and any form, for property tests."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

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
    Select,
    Table,
    Text,
)
from chat.form import Form, FormField
from chat.person import Person
from chat.text import Bold, ChannelLink, Code, Link, Mention, Moment

_MARKED = st.sampled_from(
    ["@everyone", "<@123456789>", "**b**", "`c`", "``", "[a](http://b)", "# h", "- l", "\\",
     "||x||", "\n", "<t:1:R>", ":smile:", "https://x.example/y", "\u202e", "🧯", "> q",
     "1. x", "_u_", "~~s~~"]
)  # fmt: skip
words = st.one_of(
    st.text(max_size=60),
    st.lists(st.one_of(_MARKED, st.text(max_size=12)), max_size=12).map("".join),
    st.text(min_size=1, max_size=4).map(lambda text: text * 1500),
)
short = st.one_of(st.text(max_size=75), _MARKED)
ids = st.one_of(st.just("345678901234567890"), st.text(max_size=20))
people = st.builds(Person, st.sampled_from(["discord", "local"]), st.just("1"), ids, short)
addresses = st.builds(Address, st.sampled_from(["discord", "local"]), st.just("1"), ids)
moments = st.builds(
    Moment,
    st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds, whose zone is given beside them
    st.sampled_from(["time", "elapsed", "until"]),
)
spans = st.one_of(
    words,
    st.builds(Bold, words),
    st.builds(Code, words),
    st.builds(
        Link, words, st.one_of(st.just("/x"), st.text(max_size=40), st.just("https://x.y/(z)"))
    ),
    st.builds(Mention, people, st.booleans()),
    st.builds(ChannelLink, addresses, short),
    moments,
)
rich = st.lists(spans, max_size=6).map(tuple)
actions = st.text("abcdefgh.", min_size=1, max_size=40)
values = st.text(max_size=60).map(str.strip)
buttons = st.builds(
    Button, actions, short, values,
    st.sampled_from(["default", "primary", "danger"]), st.one_of(st.none(), words), st.booleans(),
)  # fmt: skip
options = st.builds(Option, values, short)
selects = st.builds(
    Select, actions, short, values, st.lists(options, max_size=40).map(tuple), st.booleans(),
    st.one_of(st.none(), ids),
)  # fmt: skip
controls = st.lists(st.one_of(buttons, selects), max_size=7).map(tuple)
items = st.builds(
    ChecklistItem, st.text(max_size=10), st.integers(1, 500), words,
    st.sampled_from(["open", "done", "skipped"]), st.one_of(st.none(), people), rich, words, short,
    controls,
)  # fmt: skip
checklists = st.builds(
    Checklist, words, st.lists(items, max_size=12).map(tuple), st.integers(0, 500), st.just(500)
)
sections = st.one_of(
    st.builds(Heading, words),
    st.builds(Text, rich),
    st.builds(Markdown, words),
    st.builds(Fields, st.lists(st.builds(Field, short, rich), max_size=5).map(tuple)),
    checklists,
    st.builds(Actions, controls),
    st.builds(Footer, rich),
    st.builds(Table, st.just(("a", "b")), st.lists(st.tuples(rich, rich), max_size=8).map(tuple)),
)
cards = st.builds(
    Card, words, st.lists(sections, max_size=8).map(tuple),
    st.sampled_from(["neutral", "good", "warning", "bad"]), rich,
)  # fmt: skip
fields = st.builds(
    FormField, st.text("abcdefgh_", min_size=1, max_size=20), st.text(min_size=1, max_size=24),
    st.sampled_from(["text", "multiline", "select", "person", "switch", "date"]),
    st.lists(options, max_size=40).map(tuple), st.booleans(), words, words, st.integers(1, 5000),
)  # fmt: skip
forms = st.builds(
    Form, actions, st.text(min_size=1, max_size=24),
    st.lists(fields, min_size=1, max_size=5, unique_by=lambda one: one.name).map(tuple),
    intro=words,
)  # fmt: skip
