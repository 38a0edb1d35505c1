"""Which alias a sentence is for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.aliases.alias import Format
from automation.aliases.matching import AliasAmbiguous, AliasIndex
from chat.errors import BadInput, NotFound
from tests.automation.aliases.making import alias

RUN = alias("run {{cmd}} on {{hosts}}", "run {{cmd}}", name="run")
DEPLOY = alias(
    Format("deploy {{app}}", ("deploy {{app}}( to {{env=test}})?", "ship {{app}}")), name="deploy"
)


def test_the_format_that_fits_is_found_with_what_it_takes() -> None:
    found = AliasIndex([RUN, DEPLOY]).match("ship web limit=3")

    assert (found.alias.ref, found.display) == ("ops.deploy", "deploy {{app}}")
    assert found.representation == "ship {{app}}"
    assert found.parameters == ({"app": "web", "limit": "3"},)


def test_several_that_fit_are_told_and_none_wins() -> None:
    with pytest.raises(AliasAmbiguous) as wrong:
        AliasIndex([RUN, DEPLOY]).match("run date on localhost")

    assert [each.representation for each in wrong.value.matches] == [
        "run {{cmd}} on {{hosts}}",
        "run {{cmd}}",
    ]
    assert "ops.run (“run {{cmd}}”)" in wrong.value.message


def test_none_that_fits_is_told() -> None:
    index = AliasIndex([RUN, alias("off", name="off", enabled=False)])

    for said in ("off", "", "runs x", "RUN x"):
        with pytest.raises(NotFound, match="is for no alias"):
            index.match(said)
    with pytest.raises(BadInput, match="8000"):
        index.match("run " + "x" * 9000)


def test_one_for_several_places_comes_only_when_nothing_else_fits() -> None:
    tickets = alias(
        Format("KEY-1 …", (r"(\s|^)(?P<key>[A-Z]+-\d+)(\s|$)",), match_multiple=True),
        name="tickets",
    )
    index = AliasIndex([tickets, alias("look at {{what}}", name="look")])

    assert index.match("look at AB-1").alias.name == "look"
    assert [each["key"] for each in index.match("AB-1 and CD-2").parameters] == ["AB-1", "CD-2"]


def test_a_format_that_cannot_be_matched_leaves_the_others() -> None:
    index = AliasIndex([alias("run (", name="broken"), RUN])

    assert index.match("run date").alias.name == "run"
    assert [(each.name, source) for each, source, _ in index.mistakes] == [("broken", "run (")]


def test_one_that_takes_for_ever_leaves_the_others() -> None:
    slow = alias("(a|aa)+$", name="slow")
    good = alias("{{what}} is up!", name="good")

    assert AliasIndex([slow, good]).match("a" * 200 + " is up!").alias.name == "good"


PARTS = st.sampled_from(
    ["ab", "abc", "cab", " ", "(ab|c)", "(abc)?", "(?:ab)+", "{{p}}", "{{q=1}}", "a", "[ab]", "$"]
)


@given(
    st.lists(st.lists(PARTS, max_size=4).map("".join), max_size=8),
    st.text("abc ", max_size=12),
)
def test_the_index_finds_what_trying_each_would(formats: list[str], said: str) -> None:
    aliases = [alias(each, name=str(number)) for number, each in enumerate(formats)]

    together = [each.alias.name for each in AliasIndex(aliases).matches(said)]

    assert together == [each.name for each in aliases if AliasIndex([each]).matches(said)]
