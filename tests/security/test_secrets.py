"""Secrets stay sealed, and no text lets one through."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.secrets import MASK, CannotOpen, Masker, Vault, masked_json

KEY, OTHER = b"k" * 32, b"o" * 32


@given(st.text())
def test_what_is_sealed_is_opened_again(text: str) -> None:
    vault = Vault(KEY)

    assert vault.open(vault.seal(text)) == text


def test_another_installation_cannot_open_it() -> None:
    with pytest.raises(CannotOpen, match="does not have"):
        Vault(OTHER).open(Vault(KEY).seal("hunter2"))


def test_a_changed_one_is_refused() -> None:
    sealed = Vault(KEY).seal("hunter2")
    swapped = sealed[:-5] + ("A" if sealed[-5] != "A" else "B") + sealed[-4:]

    with pytest.raises(CannotOpen, match="was changed"):
        Vault(KEY).open(swapped)


def test_a_new_key_opens_what_the_old_one_sealed_and_seals_anew() -> None:
    old = Vault(KEY).seal("hunter2")
    both = Vault(OTHER, KEY)

    assert both.open(old) == "hunter2"
    assert Vault(OTHER).open(both.rotate(old)) == "hunter2"


def test_sealed_parts_of_json_are_masked_and_opened() -> None:
    vault = Vault(KEY)
    value = {"host": "db1", "password": vault.seal_json({"deep": "hunter2"}), "list": [1, None]}

    assert masked_json(value) == {"host": "db1", "password": MASK, "list": [1, None]}
    assert vault.open_json(value)["password"] == {"deep": "hunter2"}


secrets = st.lists(st.text(min_size=4, max_size=12), min_size=1, max_size=4)


@given(secrets, st.lists(st.text(max_size=12), max_size=6), st.data())
def test_no_split_of_a_text_lets_a_secret_through(
    hidden: list[str], between: list[str], data: st.DataObject
) -> None:
    parts = [word for pair in zip(between, hidden, strict=False) for word in pair]
    text = "".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    stream = Masker(hidden).stream()

    shown = "".join(stream.feed(piece) for piece in pieces) + stream.end()

    # Whatever stands between two masks was never a whole secret.
    assert all(secret not in rest for rest in shown.split(MASK) for secret in hidden)


@given(st.text(), st.lists(st.integers(0, 50), max_size=5))
def test_without_secrets_nothing_changes(text: str, cuts: list[int]) -> None:
    stream = Masker(()).stream()
    places = sorted(min(cut, len(text)) for cut in cuts)
    pieces = [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]

    assert "".join(stream.feed(piece) for piece in pieces) + stream.end() == text


@pytest.mark.parametrize(
    "form",
    [
        str,
        lambda secret: base64.b64encode(secret.encode()).decode(),
        lambda secret: quote(secret, safe=""),
        json.dumps,
    ],
)
def test_a_secret_is_found_in_its_other_forms(form: type[str]) -> None:
    secret = 'hun"ter/2 ü'

    assert MASK in Masker([secret]).mask(f"before {form(secret)} after")


def test_very_short_values_are_left_alone() -> None:
    assert Masker(["1", "abc"]).mask("1 abc") == "1 abc"
