"""Any card and any form, for properties of what is made of them."""

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
from tests.adapters.slack.world import TEAM

TEXTS = st.one_of(
    st.text(max_size=40),
    st.text(alphabet=st.characters(), max_size=200),
    st.sampled_from(
        ["", " ", "\n", "<!channel>", "*x* _y_ `z`", "\ud800", "\x00", "😀" * 90, "x" * 4000]
    ),
)
PEOPLE = st.builds(
    Person,
    st.sampled_from(["slack", "local"]),
    st.sampled_from([TEAM, "T0OTHER"]),
    st.sampled_from(["U0ANA", "W0BO", "nonsense", "<!here>"]),
    TEXTS,
)
PLACES = st.builds(
    Address, st.sampled_from(["slack", "local"]), st.just(TEAM), st.sampled_from(["C0OPS", "x y"])
)
MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1)).map(  # noqa: DTZ001 - made aware
    lambda at: at.replace(tzinfo=UTC)
)
SPANS = st.one_of(
    TEXTS,
    st.builds(Bold, TEXTS),
    st.builds(Code, TEXTS),
    st.builds(
        Link, TEXTS, st.sampled_from(["/incidents/1", "https://x.example/a|b", "javascript:1"])
    ),
    st.builds(Mention, PEOPLE, st.booleans()),
    st.builds(ChannelLink, PLACES, TEXTS),
    st.builds(Moment, MOMENTS, st.sampled_from(["time", "elapsed", "until"])),
)
RICH = st.lists(SPANS, max_size=12).map(tuple)
SOURCES = st.one_of(
    TEXTS,
    st.text(alphabet="*_~`#>-+1.![]()<>&|\\ \n\tab", max_size=300),
    st.sampled_from(
        [
            "# Head\n\n* one\n  * two\n    1. three\n\n> quote **bold *both***\n\n```\ncode\n```\n",
            "[a](https://x.example) ![i](https://y.example) <https://z.example> <b>x</b> @channel",
            "[](https://x.example)\n\n---\n\n``` \n```\n\n- \n- x\n\n> - y",
        ]
    ),
)
BUTTONS = st.builds(
    Button,
    st.text("abc.", min_size=1, max_size=40),
    TEXTS,
    st.text("0123456789abcdef-|:", max_size=60),
    st.sampled_from(["default", "primary", "danger"]),
    st.one_of(st.none(), TEXTS),
)
OPTIONS = st.builds(Option, st.one_of(TEXTS, st.text("abc", min_size=1, max_size=36)), TEXTS)
SELECTS = st.builds(
    Select,
    st.text("abc.", min_size=1, max_size=40),
    TEXTS,
    st.text("0123456789abcdef-", max_size=60),
    st.lists(OPTIONS, max_size=130).map(tuple),
    st.booleans(),
    st.one_of(st.none(), TEXTS),
)
CONTROLS = st.lists(st.one_of(BUTTONS, SELECTS), max_size=30).map(tuple)
ITEMS = st.builds(
    ChecklistItem,
    st.uuids().map(str),
    st.integers(1, 500),
    TEXTS,
    st.sampled_from(["open", "done", "skipped"]),
    st.one_of(st.none(), PEOPLE),
    RICH,
    SOURCES,
    TEXTS,
    st.lists(BUTTONS, max_size=2).map(tuple),
)
TABLES = st.integers(1, 6).flatmap(
    lambda width: st.builds(
        Table,
        st.lists(TEXTS, min_size=width, max_size=width).map(tuple),
        st.lists(st.lists(RICH, min_size=width, max_size=width).map(tuple), max_size=20).map(tuple),
    )
)
SECTIONS = st.one_of(
    st.builds(Heading, TEXTS),
    st.builds(Text, RICH),
    st.builds(Markdown, SOURCES),
    st.builds(Fields, st.lists(st.builds(Field, TEXTS, RICH), max_size=12).map(tuple)),
    st.builds(
        Checklist,
        TEXTS,
        st.lists(ITEMS, max_size=12).map(tuple),
        st.integers(0, 9),
        st.integers(0, 9),
    ),
    st.builds(Actions, CONTROLS),
    TABLES,
    st.builds(Footer, RICH),
)
CARDS = st.builds(Card, TEXTS, st.lists(SECTIONS, max_size=12).map(tuple), st.just("neutral"), RICH)

_NAMES = st.text("abcdefgh_", min_size=1, max_size=20)
FIELDS = st.builds(
    FormField,
    _NAMES,
    TEXTS,
    st.sampled_from(["text", "multiline", "select", "person", "switch", "date"]),
    st.lists(OPTIONS, max_size=230).map(tuple),
    st.booleans(),
    st.one_of(TEXTS, st.just("true"), st.just("2026-05-31"), st.just("U0ANA")),
    TEXTS,
    st.integers(1, 5000),
)
FORMS = st.builds(
    Form,
    st.text("abc.", min_size=1, max_size=40),
    TEXTS,
    st.lists(FIELDS, min_size=1, max_size=5, unique_by=lambda one: one.name).map(tuple),
    TEXTS,
    st.text(max_size=2000),
    TEXTS,
)
