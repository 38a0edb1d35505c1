"""Any card and any form there can be, made of the texts and people of one platform's tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TypeAlias

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
from chat.form import Form, FormField
from chat.person import Person
from chat.text import Bold, ChannelLink, Code, Link, Mention, Moment, Rich, Span

Texts: TypeAlias = st.SearchStrategy[str]

ACTIONS = st.text("abcdefgh.", min_size=1, max_size=40)
VALUES = st.text(max_size=60).map(str.strip)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds, whose zone is given beside them
NOTHING: st.SearchStrategy[None] = st.none()


@dataclass(frozen=True)
class Material:
    """What cards are made of.

    Attributes:
        words: Names, labels and other short texts.
        texts: Titles, paragraphs and Markdown, some of them long.
        people: Whom cards mention.
        places: Channels that they link to.
        urls: Where their other links lead.
        values: What their controls carry.
        choices: What may be chosen in their selects.
        most_choices: Of one select.
        copies: How often one step is repeated at most, for checklists that no message holds.
    """

    words: Texts
    texts: Texts
    people: st.SearchStrategy[Person]
    places: st.SearchStrategy[Address]
    urls: Texts
    values: Texts = VALUES
    choices: Texts = VALUES
    most_choices: int = 40
    copies: int = 12

    @cached_property
    def rich(self) -> st.SearchStrategy[Rich]:
        """Text with every kind of span."""
        spans: st.SearchStrategy[Span] = st.one_of(
            self.texts,
            self.texts.map(Bold),
            self.texts.map(Code),
            st.builds(Link, self.texts, self.urls),
            st.builds(Mention, self.people, st.booleans()),
            st.builds(ChannelLink, self.places, self.words),
            st.builds(Moment, MOMENTS, st.sampled_from(["time", "elapsed", "until"])),
        )
        return st.lists(spans, max_size=6).map(tuple)

    @cached_property
    def options(self) -> st.SearchStrategy[tuple[Option, ...]]:
        """What is offered in a select."""
        each = st.builds(Option, self.choices, self.words)
        return st.lists(each, max_size=self.most_choices).map(tuple)

    @cached_property
    def buttons(self) -> st.SearchStrategy[Button]:
        """Buttons of every style, with a question and without."""
        return st.builds(
            Button,
            ACTIONS,
            self.words,
            self.values,
            st.sampled_from(["default", "primary", "danger"]),
            NOTHING | self.words,
            st.booleans(),
        )

    @cached_property
    def controls(self) -> st.SearchStrategy[tuple[Control, ...]]:
        """Buttons and selects."""
        selects = st.builds(
            Select,
            ACTIONS,
            self.words,
            self.values,
            self.options,
            st.booleans(),
            NOTHING | self.choices,
        )
        return st.lists(st.one_of(self.buttons, selects), max_size=9).map(tuple)

    @cached_property
    def checklists(self) -> st.SearchStrategy[Checklist]:
        """Steps in every state."""
        items = st.builds(
            ChecklistItem,
            st.text(max_size=10),
            st.integers(1, 500),
            self.texts,
            st.sampled_from(["open", "done", "skipped"]),
            NOTHING | self.people,
            self.rich,
            self.texts,
            self.words,
            st.lists(self.buttons, max_size=2).map(tuple),
        )
        alike = st.tuples(items, st.integers(0, self.copies)).map(lambda two: (two[0],) * two[1])
        held = st.one_of(st.lists(items, max_size=12).map(tuple), alike)
        return st.builds(Checklist, self.words, held, st.integers(0, 500), st.integers(0, 500))

    @cached_property
    def tables(self) -> st.SearchStrategy[Table]:
        """Tables, also without columns; rows are as long as their heading."""

        def of(width: int) -> st.SearchStrategy[Table]:
            columns = st.lists(self.words, min_size=width, max_size=width).map(tuple)
            row = st.lists(self.rich, min_size=width, max_size=width).map(tuple)
            return st.builds(Table, columns, st.lists(row, max_size=20).map(tuple))

        return st.integers(0, 4).flatmap(of)

    @cached_property
    def cards(self) -> st.SearchStrategy[Card]:
        """Cards with every kind of section."""
        fields = st.lists(st.builds(Field, self.words, self.rich), max_size=12)
        sections: st.SearchStrategy[Section] = st.one_of(
            self.texts.map(Heading),
            self.rich.map(Text),
            self.texts.map(Markdown),
            fields.map(lambda some: Fields(tuple(some))),
            self.checklists,
            self.controls.map(Actions),
            self.tables,
            self.rich.map(Footer),
        )
        return st.builds(
            Card,
            self.texts,
            st.lists(sections, max_size=8).map(tuple),
            st.sampled_from(["neutral", "good", "warning", "bad"]),
            self.rich,
        )

    @cached_property
    def forms(self) -> st.SearchStrategy[Form]:
        """Forms with every kind of field."""
        # The strictest platform's limit, which composers keep to.
        titles = self.words.map(lambda text: text[:24])
        fields = st.builds(
            FormField,
            st.text("abcdefgh_", min_size=1, max_size=20),
            titles,
            st.sampled_from(["text", "multiline", "select", "person", "switch", "date"]),
            self.options,
            st.booleans(),
            st.one_of(self.words, self.choices, st.sampled_from(["true", "2026-05-31"])),
            self.words,
            st.integers(1, 9000),
        )
        asked = st.lists(fields, min_size=1, max_size=5, unique_by=lambda each: each.name)
        return st.builds(
            Form,
            ACTIONS,
            titles,
            asked.map(tuple),
            self.words,
            st.text(max_size=2000),
            self.words,
        )
