"""What accounts, teams and roles may be called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.errors import BadInput
from security import names


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [("ana", "ana"), (" @Ana ", "ana"), ("on-call.eu_2", "on-call.eu_2"), ("a" * 40, "a" * 40)],
)
def test_good_names_are_kept_in_lower_case(given_name: str, kept: str) -> None:
    assert names.handle(given_name, "account") == kept


@pytest.mark.parametrize(
    "given_name",
    [
        "",
        " ",
        "-ana",
        "ana-",
        "a" * 41,
        "an a",
        "anä",
        "a\nb",
        "a/b",
        "<script>",
        "\uff41na",
        "a\u202eb",
    ],
)
def test_bad_names_are_named_with_what_is_accepted(given_name: str) -> None:
    with pytest.raises(BadInput, match="Use 1 to 40 letters"):
        names.handle(given_name, "account")


@pytest.mark.parametrize(
    "given_name", ["all", "@here", "Channel", "me", "commander", "nobody", "None"]
)
def test_words_that_mean_something_in_a_chat_are_nobodys_name(given_name: str) -> None:
    with pytest.raises(BadInput, match="means something else"):
        names.handle(given_name, "account")


def test_a_role_may_be_called_commander() -> None:
    assert names.handle("commander", "role") == "commander"


@given(st.text())
def test_a_name_that_passes_is_plain_and_passes_again(text: str) -> None:
    try:
        name = names.handle(text, "account")
    except BadInput:
        return
    assert name.isascii()
    assert 1 <= len(name) <= 40
    assert names.handle(f"@{name}", "account") == name


@given(st.text())
def test_a_line_that_passes_is_one_printable_line(text: str) -> None:
    try:
        line = names.line(text, "display name", longest=80)
    except BadInput:
        return
    assert len(line) <= 80
    assert len(line.splitlines()) <= 1


def test_direction_changes_cannot_hide_in_a_display_name() -> None:
    with pytest.raises(BadInput, match="control characters"):
        names.line("Ana \u202e nimda", "display name", longest=80)


@pytest.mark.parametrize(
    ("text", "kept"),
    [("", None), ("  ", None), ("Ana@Example.ORG", "Ana@example.org"), ("a+b@x.io", "a+b@x.io")],
)
def test_an_email_keeps_its_local_part(text: str, kept: str | None) -> None:
    assert names.email(text) == kept


@pytest.mark.parametrize(
    "text", ["ana", "ana@", "@x.org", "a b@x.org", "a@x.org, b@x.org", "a@b@c"]
)
def test_what_is_no_email_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="not an e-mail address"):
        names.email(text)
