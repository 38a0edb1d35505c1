"""The forms that ask for what a runbook still needs, as many as it takes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.local.adapter import LocalAdapter
from tests.automation.runs import written
from tests.bench import Bench

STEP = {"name": "Do", "action": "core.noop"}
SIZE = {"name": "size", "enum": ["S", "M", "L"], "required": True}
COUNT = {"name": "count", "type": "integer", "required": True}


def named(*names: str) -> list[dict[str, object]]:
    """Required parameters with these names."""
    return [{"name": name, "required": True} for name in names]


async def test_more_than_five_values_are_asked_for_in_one_form_after_the_other(
    bench: Bench,
) -> None:
    await written(bench, STEP, name="Long", parameters=named(*"abcdefghijkl"))

    first = await bench.say("admin", "general", "/runbook run long a=1")
    assert first.form is not None
    form = first.form.form
    assert ([field.name for field in form.fields], form.submit) == (list("bcdef"), "Next")
    assert "Part 1 of 3." in form.intro

    second = await bench.submit("admin", first, b="2", c="3", d="4", e="5", f="6")
    assert second.form is not None
    assert [field.name for field in second.form.form.fields] == list("ghijk")
    third = await bench.submit("admin", second, g="7", h="8", i="9", j="10", k="11")
    assert third.form is not None
    form = third.form.form
    assert ([field.name for field in form.fields], form.submit) == (["l"], "Run")
    assert "Part 3 of 3." in form.intro
    await bench.submit("admin", third, l="12")

    done = await bench.house.desks.executions.detail(await bench.actor("admin"), "RUN-1")
    assert done.execution.parameters == {
        name: str(number) for number, name in enumerate("abcdefghijkl", 1)
    }


async def test_what_is_not_accepted_is_said_in_the_form_and_the_rest_stands_in_it(
    bench: Bench,
) -> None:
    await written(bench, STEP, name="Resize", parameters=[SIZE, COUNT, *named("whom", "why")])

    asked = await bench.say("admin", "general", "/runbook run resize size=XXL count=3 whom=Zoe")

    assert asked.form is not None
    form = asked.form.form
    assert 'Not accepted: size is "XXL"; give one of S, M, L.' in form.intro
    assert [(field.name, field.value) for field in form.fields] == [
        ("size", ""),
        ("why", ""),
        ("count", "3"),
        ("whom", "Zoe"),
    ]
    refused = await bench.submit("admin", asked, size="M", why="x", count="many", whom="Zoe")
    assert "whole number" in refused.errors["count"]
    await bench.submit("admin", asked, size="M", why="x", count="4", whom="Zoe")
    done = await bench.house.desks.executions.detail(await bench.actor("admin"), "RUN-1")
    assert done.execution.parameters == {"size": "M", "count": 4, "whom": "Zoe", "why": "x"}


async def test_a_secret_that_does_not_fit_is_not_repeated(bench: Bench) -> None:
    token = {"name": "token", "secret": True, "required": True, "pattern": "^tok-"}
    await written(bench, STEP, name="Secret", parameters=[token, *named("whom")])

    asked = await bench.say("admin", "general", "/runbook run secret token=hunter22")

    assert asked.form is not None
    form = asked.form.form
    assert "Not accepted: token does not fit" in form.intro
    assert "hunter22" not in form.intro + "".join(field.value for field in form.fields)


async def test_where_no_form_follows_a_form_it_is_told_where_to_go(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await written(bench, STEP, name="Long", parameters=named(*"abcdef"))
    can = replace(bench.house.desks.adapters["local"].capabilities, forms_in_a_row=False)
    monkeypatch.setattr(LocalAdapter, "capabilities", can)

    asked = await bench.say("admin", "general", "/runbook run long")

    assert asked.form is None
    told = asked.replies[0].text
    assert "needs 6 values, more than one form has room for here" in told
    assert "Run it on its page" in told
    assert "/runbook run long a=… b=… c=… d=… e=… f=…" in told
    one = await bench.say("admin", "general", "/runbook run long a=1")
    assert one.form is not None


async def test_what_is_too_long_to_be_kept_is_said_while_the_form_is_open(bench: Bench) -> None:
    await written(bench, STEP, name="Long", parameters=named(*"abcdef"))
    first = await bench.say("admin", "general", "/runbook run long")
    long = dict.fromkeys("abcde", "x" * 900)

    told = await bench.submit("admin", first, **long)

    assert "too long to be kept" in told.errors["a"]
    second = await bench.submit("admin", first, **dict.fromkeys("abcde", "x"))
    assert second.form is not None
