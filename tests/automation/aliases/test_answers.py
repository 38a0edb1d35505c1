"""What the action of an alias is given, and what is said back."""

from __future__ import annotations

from typing import Any

import pytest

from automation.aliases.alias import Answer, Format
from automation.aliases.answers import acknowledged, answered, given_to_action
from automation.aliases.help import help_lines
from automation.aliases.matching import AliasIndex
from automation.templates.datastore import Scope, scopes
from chat.errors import BadInput
from security.page import Slice
from tests.automation.aliases.making import alias

EXECUTION: dict[str, Any] = {
    "id": "RUN-7",
    "status": "succeeded",
    "action": {"ref": "ops.run"},
    "parameters": {"cmd": "date"},
    "elapsed_seconds": 65,
    "result": {"h1": {"stdout": "a\nb", "stderr": ""}, "h2": {"return_code": 0}},
}
ST2KV = scopes(Scope({"env": "prod"}.get, lambda _: None))


def test_fixed_parameters_are_given_and_cannot_be_chosen() -> None:
    fixed = {"env": "{{ st2kv.system.env }}", "who": "{{ user }}", "n": 3}
    index = AliasIndex([alias("run {{cmd}}", immutable_parameters=fixed)])
    context = {"user": "ann"}

    assert given_to_action(index.match("run date"), context, ST2KV) == (
        {"cmd": "date", "env": "prod", "who": "ann", "n": 3},
    )
    with pytest.raises(BadInput, match="env cannot be given here"):
        given_to_action(index.match("run date env=test"), context, ST2KV)


def test_an_acknowledgement_is_said_with_the_address() -> None:
    own = Answer(format="Doing `{{ actionalias.ref }}` as {{ execution.id[:3] }}")

    said = acknowledged(alias("x", ack=own), EXECUTION, "http://t/RUN-7")

    assert said is not None
    assert said.text == "Doing `ops.one` as RUN (details at http://t/RUN-7)"
    assert acknowledged(alias("x", ack=Answer(enabled=False)), EXECUTION) is None
    plain = acknowledged(alias("x", ack=Answer(append_url=False)), EXECUTION, "http://t/RUN-7")
    assert plain is not None
    assert plain.text == "ops.run has begun as RUN-7."


def test_a_result_is_said_in_two_parts_with_what_platforms_are_given() -> None:
    own = Answer(
        format="done{{ missing }}! {~} "
        "{% for host, _ in six.iteritems(execution.result) %}{{ host }} {% endfor %}",
        extra={"slack": {"color": "{{ execution.status }}", "short": True}},
    )

    said = answered(alias("x", result=own), EXECUTION)

    assert said is not None
    assert (said.before, said.text, said.problem) == ("done!", "h1 h2", "")
    assert said.extra == {"slack": {"color": "succeeded", "short": True}}
    assert answered(alias("x", result=Answer(enabled=False)), EXECUTION) is None


@pytest.mark.parametrize("result", [EXECUTION["result"], "text", None, 5, {}, {"a": None}, [1]])
def test_without_a_format_the_result_is_told(result: Any) -> None:
    said = answered(None, {**EXECUTION, "result": result})

    assert said is not None
    assert said.problem == ""
    assert said.text.startswith("ops.run: succeeded (RUN-7, after 1m5s)")


def test_the_usual_result_is_told_line_by_line() -> None:
    said = answered(alias("x"), EXECUTION)

    assert said is not None
    lines = [line for line in said.text.splitlines()[1:] if line.strip()]
    assert lines == ["h1:", "  stdout:", "a", "b", "h2:", "  return_code: 0"]


def test_what_cannot_be_rendered_is_said_in_the_usual_words_with_why() -> None:
    said = acknowledged(alias("x", ack=Answer(format="{{ gone }}")), EXECUTION)

    assert said is not None
    assert said.text == "ops.run has begun as RUN-7."
    assert "reads what is not there" in said.problem


def test_help_shows_what_the_asker_may_say() -> None:
    aliases = [
        alias("run {{cmd}}", Format("", ("hidden",)), name="run", description="Runs"),
        alias(Format("deploy {{app}}", ("(deploy|ship) {{app}}",)), name="deploy"),
        alias("secret", name="secret"),
        alias("gone", name="off", enabled=False),
    ]

    def shown(**more: Any) -> list[str]:
        found = help_lines(aliases, lambda each: each.name != "secret", **more)
        return [line.display for line in found.items]

    assert shown() == ["run {{cmd}}", "deploy {{app}}"]
    assert shown(search="DEP") == ["deploy {{app}}"]
    assert shown(search="{{") == ["run {{cmd}}", "deploy {{app}}"]
    assert shown(pack="other") == []
    assert shown(part=Slice(1, 1)) == ["deploy {{app}}"]
