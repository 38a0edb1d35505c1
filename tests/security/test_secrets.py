"""Secrets stay sealed, and no text lets one through."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.secrets import MASK, CannotOpen, Masker, Vault, is_sealed, masked_json

KEY, OTHER = b"k" * 32, b"o" * 32
VAULT = Vault(KEY)

plain_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.text(st.characters()))
def test_what_is_sealed_is_opened_again(text: str) -> None:
    sealed = VAULT.seal(text)

    assert VAULT.open(sealed) == text
    assert len(text) < 8 or text not in sealed


def test_the_same_text_is_sealed_differently_each_time() -> None:
    assert VAULT.seal("hunter2") != VAULT.seal("hunter2")


def test_another_installation_cannot_open_it() -> None:
    with pytest.raises(CannotOpen, match="does not have"):
        Vault(OTHER).open(VAULT.seal("hunter2"))


@pytest.mark.parametrize("at", [15, 40, -2])
def test_a_changed_one_is_refused(at: int) -> None:
    sealed = VAULT.seal("hunter2")
    swapped = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]

    with pytest.raises(CannotOpen, match="was changed"):
        VAULT.open(swapped)


@pytest.mark.parametrize("text", ["", "hunter2", ".", "x.y", "日.本", "\ud800"])
def test_what_was_never_sealed_is_refused(text: str) -> None:
    with pytest.raises(CannotOpen):
        VAULT.open(text)
    key_id = VAULT.seal("").partition(".")[0]
    with pytest.raises(CannotOpen, match="was changed"):
        VAULT.open(f"{key_id}.{text}")


def test_a_new_key_opens_what_the_old_one_sealed_and_seals_anew() -> None:
    old = VAULT.seal("hunter2")
    both = Vault(OTHER, KEY)

    assert both.open(old) == "hunter2"
    assert Vault(OTHER).open(both.rotate(old)) == "hunter2"
    assert both.seal("x").partition(".")[0] != old.partition(".")[0]


def test_what_stands_under_a_name_is_sealed_whatever_it_is() -> None:
    value = {"host": "db1", "password": {"deep": ["hunter2"]}, "pin": 1234, "none": None}

    sealed = VAULT.seal_json(value, frozenset({"password", "pin", "none", "not there"}))

    assert sealed["host"] == "db1"
    assert all(is_sealed(sealed[name]) for name in ("password", "pin", "none"))
    assert "hunter2" not in json.dumps(sealed)
    assert masked_json(sealed) == {"host": "db1", "password": MASK, "pin": MASK, "none": MASK}
    assert VAULT.open_json(sealed) == value


def test_only_the_names_of_the_object_itself_count() -> None:
    value = {"outer": {"password": "hunter2"}, "list": [{"password": "hunter2"}]}

    assert VAULT.seal_json(value, frozenset({"password"})) == value
    assert VAULT.seal_json("password", frozenset({"password"})) == "password"


def test_what_is_sealed_already_is_not_sealed_twice() -> None:
    names = frozenset({"password"})
    once = VAULT.seal_json({"password": "hunter2"}, names)

    assert VAULT.seal_json(once, names) == once


@given(st.dictionaries(st.text(max_size=3), plain_json, max_size=4), st.sets(st.text(max_size=3)))
def test_any_json_is_opened_as_it_was_and_never_shown(value: Any, names: set[str]) -> None:
    sealed = VAULT.seal_json(value, frozenset(names))

    assert VAULT.open_json(sealed) == value
    assert VAULT.open_json([{"deep": sealed}]) == [{"deep": value}]
    shown = masked_json(sealed)
    assert {name for name in value if shown[name] != value[name]} <= names
    assert all(shown[name] == MASK for name in value if name in names)


secrets = st.lists(st.text(min_size=4, max_size=12), min_size=1, max_size=4)


def cut(text: str, data: st.DataObject) -> list[str]:
    """The text in pieces, cut anywhere."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]


def streamed(masker: Masker, pieces: list[str]) -> str:
    stream = masker.stream()
    return "".join(stream.feed(piece) for piece in pieces) + stream.end()


@given(secrets, st.lists(st.text(max_size=12), max_size=6), st.data())
def test_no_split_of_a_text_lets_a_secret_through(
    hidden: list[str], between: list[str], data: st.DataObject
) -> None:
    text = "".join(word for pair in zip(between, hidden, strict=False) for word in pair)

    shown = streamed(Masker(hidden), cut(text, data))

    # Whatever stands between two masks was never a whole secret.
    assert all(secret not in rest for rest in shown.split(MASK) for secret in hidden)


@given(st.lists(st.text("ab", min_size=4, max_size=6), min_size=1, max_size=4), st.data())
def test_exactly_what_belongs_to_a_secret_is_masked_however_the_text_is_cut(
    hidden: list[str], data: st.DataObject
) -> None:
    words = st.sampled_from([*hidden, "a", "b", "c", "cccccccc"])
    text = "".join(data.draw(st.lists(words, max_size=20)))
    belongs = [False] * len(text)
    for secret in hidden:
        for at in range(len(text)):
            if text.startswith(secret, at):
                belongs[at : at + len(secret)] = [True] * len(secret)
    open_text = "".join(one for one, inside in zip(text, belongs, strict=True) if not inside)

    whole, pieces = Masker(hidden).mask(text), streamed(Masker(hidden), cut(text, data))

    assert whole.replace(MASK, "") == open_text
    assert pieces == whole


@given(st.text(), st.data())
def test_without_secrets_nothing_changes(text: str, data: st.DataObject) -> None:
    assert streamed(Masker(()), cut(text, data)) == text


@given(st.text(st.characters(min_codepoint=128)), st.data())
def test_a_text_without_the_secret_does_not_change(text: str, data: st.DataObject) -> None:
    assert streamed(Masker(["hunter2", "s3cr3t key"]), cut(text, data)) == text


def test_secrets_that_overlap_leave_no_rest_of_either() -> None:
    masker = Masker(["abcdef", "defghi"])

    text = f"(abcdefghi){'.' * 50}"
    assert masker.mask(text) == streamed(masker, list(text)) == f"({MASK}){'.' * 50}"


def test_two_secrets_side_by_side_are_two_masks() -> None:
    assert Masker(["hunter2"]).mask("hunter2hunter2") == MASK * 2


def test_of_two_that_begin_alike_the_longer_one_is_taken() -> None:
    assert Masker(["hunter", "hunter2-and-more"]).mask("hunter2-and-more!") == f"{MASK}!"


def test_no_more_is_held_back_than_a_secret_could_need() -> None:
    stream = Masker(["hunter2hunter2"]).stream()

    shown = stream.feed("x" * 1000)

    assert 1000 - 2 * len("hunter2hunter2") < len(shown) < 1000
    assert shown + stream.end() == "x" * 1000


FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "base64": lambda it: base64.b64encode(it.encode()).decode(),
    "base64 of the web": lambda it: base64.urlsafe_b64encode(it.encode()).decode(),
    "a path's part": lambda it: quote(it, safe=""),
    "a path": quote,
    "a form": quote_plus,
    "percent signs with small letters": lambda it: re.sub(
        "%..", lambda found: found[0].lower(), quote(it, safe="")
    ),
    "JSON": json.dumps,
    "JSON with its letters": lambda it: json.dumps(it, ensure_ascii=False),
    "JSON with slashes escaped": lambda it: json.dumps(it).replace("/", "\\/"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("secret", ['hun"ter/2 ü??>', "hunter2", "hunter23"])
def test_a_secret_is_found_in_its_other_forms(form: str, secret: str) -> None:
    masker, text = Masker([secret]), f"before {FORMS[form](secret)} after"

    shown = masker.mask(text)

    assert streamed(masker, list(text)) == shown
    assert MASK in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")
    assert len(shown.replace(MASK, "")) <= len("before  after") + 4


@given(st.binary(max_size=7), st.text("abcXYZ0189", min_size=6, max_size=20), st.binary(max_size=7))
def test_a_secret_in_the_middle_of_base64_is_found(
    before: bytes, secret: str, after: bytes
) -> None:
    spelled = base64.b64encode(before + secret.encode() + after).decode()

    shown = Masker([secret]).mask(spelled)

    # A character at each end may hold bits of what stands around it.
    around = 4 * (-(-len(before) // 3) + -(-len(after) // 3) + 1)
    assert MASK in shown
    assert len(shown.replace(MASK, "")) <= around


def test_each_line_of_a_secret_with_several_is_masked() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\nend\n"

    shown = Masker([key]).mask("1: MIIEvQIBADANBg\n2: end\n")

    assert shown == f"1: {MASK}\n2: end\n"


def test_very_short_values_are_left_alone() -> None:
    assert Masker(["1", "abc", ""]).mask("1 abc") == "1 abc"
