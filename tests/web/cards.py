"""Any card there can be, its texts full of what breaks pages."""

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
    Section,
    Select,
    Table,
    Text,
)
from chat.person import Person
from chat.text import Bold, ChannelLink, Code, Link, Mention, Moment, Span

EVIL = (
    '<img src=x onerror="alert(1)">',
    "</div></li><script>alert(1)</script>",
    "\" onclick='alert(1)' x=\"",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "\u202egnp.exe",
    "@channel @all",
    "&lt;b&gt; &amp;",
)

words = st.one_of(st.sampled_from(EVIL), st.text(max_size=30))
moments = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001 - likewise
    timezones=st.just(UTC),
)
persons = st.builds(
    Person, st.just("local"), st.just("main"), words, words, words, st.none(), st.booleans()
)
addresses = st.builds(Address, st.sampled_from(["local", "slack"]), st.just("main"), words)
urls = st.one_of(
    words, st.sampled_from(["/incidents", "//evil.example", "/\\evil.example", "https://a.example"])
)
spans: st.SearchStrategy[Span] = st.one_of(
    words,
    st.builds(Bold, words),
    st.builds(Code, words),
    st.builds(Link, words, urls),
    st.builds(Mention, persons, st.booleans()),
    st.builds(ChannelLink, addresses, words),
    st.builds(Moment, moments, st.sampled_from(["time", "elapsed", "until"])),
)
rich = st.lists(spans, max_size=4).map(tuple)
buttons = st.builds(
    Button,
    st.sampled_from(["step.check", "step.uncheck", "step.run", "incident.end"]),
    words,
    words,
    st.sampled_from(["default", "primary", "danger"]),
    st.none() | words,
)
selects = st.builds(
    Select,
    words,
    words,
    words,
    st.lists(st.builds(Option, words, words), max_size=3).map(tuple),
    st.booleans(),
    st.none() | words,
)
controls = st.lists(st.one_of(buttons, selects), max_size=3).map(tuple)
items = st.builds(
    ChecklistItem,
    words,
    st.integers(1, 99),
    words,
    st.sampled_from(["open", "done", "skipped"]),
    st.none() | persons,
    rich,
    words,
    words,
    st.lists(buttons, max_size=3).map(tuple),
)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """A table whose rows are as long as its heading."""
    width = draw(st.integers(1, 3))
    row = st.lists(rich, min_size=width, max_size=width).map(tuple)
    columns = draw(st.lists(words, min_size=width, max_size=width).map(tuple))
    return Table(columns, draw(st.lists(row, max_size=3).map(tuple)))


sections: st.SearchStrategy[Section] = st.one_of(
    st.builds(Heading, words),
    st.builds(Text, rich),
    st.builds(Markdown, words),
    st.builds(Fields, st.lists(st.builds(Field, words, rich), max_size=3).map(tuple)),
    st.builds(
        Checklist,
        words,
        st.lists(items, max_size=3).map(tuple),
        st.integers(0, 9),
        st.integers(0, 9),
    ),
    st.builds(Actions, controls),
    tables(),
    st.builds(Footer, rich),
)
cards = st.builds(
    Card,
    words,
    st.lists(sections, max_size=4).map(tuple),
    st.sampled_from(["neutral", "good", "warning", "bad"]),
    rich,
)
