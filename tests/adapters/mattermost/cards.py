"""What cards and forms are made of in tests of Mattermost: its markup, and much of it."""

from __future__ import annotations

from hypothesis import strategies as st

from chat.address import Address
from chat.card import Button, Card, Checklist, ChecklistItem
from chat.person import Person
from tests.cards import Material

_PIECES = (
    "@channel ", "@here", "@ana", "~town-square", "#ops", ":fire:", "**", "__", "`", "```", "[a](",
    "http://x.y/", "www.x.y", "\n", "\n\n", "# ", "> ", "- ", "1. ", "|", "\\", "<b>", "&amp;",
    "![i](h)", "~~", "$x$", ":)", "a@b.cc", "    ", "---", "===", "\u202e", "\0", "💥", "字",
)  # fmt: skip

words = st.one_of(
    st.text(max_size=80), st.lists(st.sampled_from(_PIECES), max_size=30).map("".join)
)
_long = st.integers(0, 30_000).map(lambda count: ("x@y " * 8000)[:count])

ANY = Material(
    words=words,
    texts=st.one_of(words, words, _long),
    people=words.map(lambda name: Person("mattermost", "main", "u" * 26, name, name)),
    places=st.just(Address("mattermost", "main", "c" * 26)),
    urls=st.one_of(words, st.sampled_from(["/x", "https://x.example/(y)", "https://[x"])),
    choices=words,
    most_choices=150,
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
