"""Any card and any form comes out as something that Teams takes, and says what was meant."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft6Validator

from adapters.teams.capable import LIMITS
from adapters.teams.card_text import card_text
from adapters.teams.forms import Asked, Filled, dialog, inputs, notice
from adapters.teams.outbound import BUDGET, Look, render, size
from adapters.teams.rich import escaped, markdown
from adapters.teams.seal import Seal
from chat.address import Address
from chat.card import (
    Actions,
    Button,
    Card,
    Field,
    Fields,
    Option,
    Text,
)
from chat.fit import fits
from chat.form import Form, FormField
from chat.person import Person
from chat.text import Mention, Moment
from tests.adapters.teams.judging import elements, judge_card, mentioned, shown
from tests.cards import Material

SEAL = Seal(bytes(32))
LOOK = Look(SEAL, "https://tocsin.example", "group")
ANA = Person("teams", "t", "ana-id", "ana", "Ana <b>*A*</b>")
PLACE = Address("teams", "t", "19:x@thread.tacv2")
AT = datetime(2026, 3, 1, 12, 5, tzinfo=UTC)

words = st.text(max_size=60)
ANY = Material(
    words=words,
    texts=st.one_of(words, st.text(max_size=3).map(lambda text: text * 3_000)),
    people=st.builds(Person, st.just("teams"), st.just("t"), st.just("ana-id"), words, words),
    places=st.just(PLACE),
    urls=st.one_of(st.sampled_from(["/x", "https://x/(y)", "https://[x"]), words),
    choices=words,
    most_choices=150,
    copies=500,
)
_LARGE = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example)
slow = settings(max_examples=60, suppress_health_check=_LARGE)


@slow
@given(ANY.cards)
def test_any_card_is_taken(card: Card) -> None:
    made = render(card, LOOK)

    judge_card(made, {"ana-id"})
    assert size(made) <= BUDGET
    assert render(card, LOOK) == made


def schema() -> Any:
    """The vendor's own, where it is at hand."""
    root = Path(os.environ.get("TOCSIN_CONTRACTS", Path(__file__).parents[4] / "shared/contracts"))
    path = root / "teams" / "adaptive-card-1.5.0.json"
    if not path.is_file():
        pytest.skip(f"the vendor's contracts are not at {root}")
    return Draft6Validator(json.loads(path.read_text(encoding="utf-8")))


def without_extensions(card: Any) -> Any:
    """The card without what Teams adds to the schema: mentions, width, finding by typing."""
    if isinstance(card, dict):
        held = cast("dict[str, Any]", card)
        kept = {k: v for k, v in held.items() if k not in {"msteams", "choices.data"}}
        if kept.get("style") == "filtered":
            kept["style"] = "compact"
        return {key: without_extensions(value) for key, value in kept.items()}
    if isinstance(card, list):
        listed = cast("list[Any]", card)
        return [without_extensions(each) for each in listed]
    return card


def test_any_card_keeps_the_vendors_schema() -> None:
    validator = schema()

    # A failing card is large, and making it smaller takes minutes.
    @settings(max_examples=15, suppress_health_check=_LARGE, phases=(Phase.generate,))
    @given(ANY.cards)
    def holds(card: Card) -> None:
        validator.validate(without_extensions(render(card, LOOK)))

    holds()


@slow
@given(ANY.cards)
def test_nothing_is_left_out_of_a_card_within_the_limits(card: Card) -> None:
    if not fits(card, LIMITS):
        return
    made = render(card, LOOK)

    assert not any("There is more of this" in str(each.get("text")) for each in elements(made))


@given(st.text())
@example("\t0")
@example("a\n     b")
@example("0\r>")
@example("a\u20281. b")
def test_plain_text_is_read_as_it_stands(text: str) -> None:
    made = render(Card("x", (Text((text,)),)), LOOK)

    def letters(of: str) -> list[str]:
        return [each for each in of if each.isprintable() and not each.isspace()]

    assert letters(shown(made))[1:] == letters(text)
    assert mentioned(made) == set()


@pytest.mark.parametrize(
    "text",
    [
        "<at>Tocsin</at>",
        "{{DATE(2026-03-01T12:00:00Z,SHORT)}}",
        "[x](https://evil.example)",
        "![x](https://evil.example/x.png)",
        "<https://evil.example>",
        "&lt;at&gt;",
        "1. one",
        "# head",
        "- item",
        "> quote",
        "**x** _y_ ~~z~~ `c`",
        "a\\*b",
        "    code",
        "| a | b |",
        "---",
        "===",
    ],
)
def test_markup_that_people_typed_is_shown_literally(text: str) -> None:
    for card in (Card(text), Card("x", (Text((text,)), Fields((Field(text, (text,)),))))):
        made = render(card, LOOK)
        assert text.strip() in shown(made)
        assert mentioned(made) == set()
        written = json.dumps(made)
        assert "{{DATE" not in written
        assert "<at>Tocsin</at>" not in written


def test_only_a_ping_mentions() -> None:
    quiet = render(Card("x", (Text((Mention(ANA),)),)), LOOK)
    loud = render(Card("x", (Text((Mention(ANA, ping=True),)),)), LOOK)

    assert mentioned(quiet) == set()
    assert mentioned(loud) == {"ana-id"}
    judge_card(loud, {"ana-id"})


def test_somebody_of_another_platform_is_only_named() -> None:
    other = Person("slack", "T1", "U1", "zoe", "Zoe")
    made = render(Card("x", (Text((Mention(other, ping=True),)),)), LOOK)

    assert mentioned(made) == set()
    assert "@Zoe" in shown(made)


def test_two_people_of_one_name_are_told_apart() -> None:
    other = Person("teams", "t", "other-id", "ana2", ANA.display)
    both = (Mention(ANA, ping=True), " ", Mention(other, ping=True))
    made = render(Card("x", (Text(both),)), LOOK)

    assert mentioned(made) == {"ana-id", "other-id"}
    judge_card(made, {"ana-id", "other-id"})


def test_moments_are_written_by_the_readers_client() -> None:
    ago = (Moment(AT, "elapsed"), " ago · ", Moment(AT, "elapsed"), " and ", Moment(AT))
    made = render(Card("x", (Text(ago),)), LOOK)
    stamp = "{{DATE(2026-03-01T12:05:00Z,SHORT)}} {{TIME(2026-03-01T12:05:00Z)}}"

    text = next(each["text"] for each in elements(made) if "DATE" in str(each.get("text")))
    assert text == f"{stamp} · since {stamp} and {stamp}"


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("**b** *i* `c`", "**b** _i_ c"),
        ("- a\n- b\n  - c", "- a\n- b\n  - c"),
        ("1. a\n2. b", "1. a\n2. b"),
        ("[t](https://x/y)", "[t](https://x/y)"),
        ("[t](javascript:x)", r"\[t\](javascript:x)"),
        ("> q", "“q”"),
        ("# h", "**h**"),
        ("<b>x</b>", r"\<b>x\</b>"),
        ("<at>Ana</at>", r"\<at>Ana\</at>"),
        ("![i](https://x/y.png)", "![i](https://x/y.png)"),
        ("a\n\nb", "a\n\nb"),
    ],
)
def test_markdown_is_written_in_what_a_card_understands(source: str, seen: str) -> None:
    written = markdown(source)

    assert written == seen or (source.startswith("!") and "](" not in written.replace("\\]", ""))


def test_a_button_is_sealed_and_says_nothing_of_what_it_does() -> None:
    made = render(Card("x", (Actions((Button("step.check", "Check", "secret-step"),)),)), LOOK)

    assert "secret-step" not in json.dumps(made)
    assert "step.check" not in json.dumps(made)


@given(st.binary(max_size=80), st.text(max_size=200))
def test_what_is_not_ours_does_not_open(noise: bytes, text: str) -> None:
    token = SEAL.close("act", ["a", text])
    assert SEAL.open("act", token) == ["a", text]
    assert SEAL.open("form", token) is None
    assert Seal(bytes(31) + b"x").open("act", token) is None
    assert SEAL.open("act", noise.decode("latin-1")) is None
    for changed in (token[:-1], "A" + token[1:] if token[0] != "A" else "B" + token[1:], ""):
        assert SEAL.open("act", changed) is None


@slow
@given(ANY.forms, st.text(max_size=3000))
def test_any_form_is_taken_and_comes_back_as_it_was(form: Form, value: str) -> None:
    asked = Asked(form, PLACE, "ana-id", "Ana")
    filled = Filled(
        {each.name: value for each in form.fields},
        {form.fields[0].name: value} if form.fields else {},
    )

    card = inputs(asked, SEAL, filled)
    for made in (
        card,
        notice(asked, SEAL),
        dialog(asked, SEAL)["task"]["value"]["card"]["content"],
    ):
        judge_card(made, set())
        assert size(made) <= BUDGET
    assert Asked.opened(SEAL, card["actions"][0]["data"]["t"]) == asked


def test_a_form_with_more_options_than_fit_is_taken() -> None:
    many = tuple(Option(str(number) * 60, f"{number} " * 50) for number in range(2_000))
    form = Form("x", "t", (FormField("a", "A", "select", many),))

    judge_card(inputs(Asked(form, PLACE, "p", "P"), SEAL), set())


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp", "Cf"))))
def test_an_export_shows_a_card_as_it_was_written(text: str) -> None:
    made = render(Card("x", (Text((f"a{text}b",)),)), LOOK)

    assert card_text(json.dumps(made)).split("\n", 1)[1] == f"a{text}b"


def test_escaping_leaves_ordinary_text_alone() -> None:
    ordinary = "The database is down (since 12:05): it's 100% full! Why? A + B = C/D; #3 @ana"
    assert escaped(ordinary) == ordinary
