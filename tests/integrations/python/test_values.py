"""What is given to a Python action is a value, of its own type, and never code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from automation.actions.action import Parameter
from automation.actions.registry import Registry
from chat.errors import BadInput
from integrations.python.runner import PythonRunner
from tests.integrations.python.pythons import Pythons
from tests.integrations.shell.test_injection import ATTACKS

GIVES_BACK = "def run(**given):\n    return given\n"
TYPES: dict[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "enum": {"enum": list(ATTACKS)},
    "array": {"type": "array"},
    "object": {"type": "object"},
}


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("secret", [False, True])
async def test_attacks_arrive_as_they_are(pythons: Pythons, kind: str, secret: bool) -> None:
    action = pythons.module(GIVES_BACK, parameters=[Parameter("v", TYPES[kind], secret=secret)])
    for attack in (*ATTACKS, "\0", "__import__('os').system('touch owned')"):
        value: Any = {"array": [attack, [attack]], "object": {attack: attack}}.get(kind, attack)
        if kind == "enum" and value not in ATTACKS:
            continue

        if secret and isinstance(value, str) and len(value) < 4:
            with pytest.raises(BadInput, match="too short to be kept secret"):
                await pythons.run(action, v=value)
            continue
        outcome = await pythons.run(action, v=value)

        assert outcome.output["result"] == {"v": value}
    assert not [*pythons.files.parent.rglob("owned"), *Path.cwd().glob("owned")]


@pytest.mark.parametrize("kind", ["integer", "number", "boolean", "null"])
async def test_what_is_no_such_value_never_gets_that_far(pythons: Pythons, kind: str) -> None:
    action = pythons.module(
        "open('owned', 'w')\n" + GIVES_BACK, parameters=[Parameter("v", {"type": kind})]
    )

    for attack in (*ATTACKS, "1 if __import__('os').system('touch owned') else 2"):
        with pytest.raises(BadInput):
            await pythons.run(action, v=attack)
    assert not pythons.servers()


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("integer", "5", 5),
        ("number", "2.50", 2.5),
        ("boolean", "yes", True),
        ("array", "a, b", ["a", "b"]),
        ("array", '[1, "x"]', [1, "x"]),
        ("object", "{'a': 1}", {"a": 1}),
    ],
)
async def test_typed_text_arrives_as_its_type(
    pythons: Pythons, kind: str, text: str, value: Any
) -> None:
    action = pythons.module(GIVES_BACK, parameters=[Parameter("v", {"type": kind})])

    outcome = await pythons.run(action, v=text)

    assert outcome.output["result"] == {"v": value}
    assert type(outcome.output["result"]["v"]) is type(value)


async def test_an_object_is_not_taken_for_a_call(pythons: Pythons) -> None:
    """What looks like the reader's own words arrives as it is."""
    action = pythons.module(GIVES_BACK, parameters=[Parameter("v", {"type": "object"})])
    value = {"__class__": "os.system", "py/object": "os.system", "$ref": "x", "$sealed": "y"}

    assert (await pythons.run(action, v=value)).output["result"] == {"v": value}


@pytest.mark.parametrize("name", ["id", "module", "environment", "paths", "cwd", "memory", "name"])
async def test_parameters_may_be_called_as_parts_of_our_own_request(
    pythons: Pythons, name: str
) -> None:
    action = pythons.module(GIVES_BACK, parameters=[Parameter(name)])

    assert (await pythons.run(action, **{name: "x"})).output["result"] == {name: "x"}


async def test_a_parameter_that_the_function_does_not_take_is_told(pythons: Pythons) -> None:
    outcome = await pythons.run(
        pythons.module("def run(a):\n    return a\n", parameters=[Parameter("zz")]), zz="x"
    )

    assert "unexpected keyword argument 'zz'" in outcome.error


@pytest.mark.parametrize("name", ["restart", "re-start", "re.start", "os", "json", "2nd", "run"])
async def test_an_action_may_be_called_as_a_module_is(pythons: Pythons, name: str) -> None:
    """Its file does not stand in the way of the one that others import."""
    pythons.write(
        f"actions/{name}.yaml",
        f"name: '{name}'\nrunner_type: python-script\nentry_point: {name}.py\n",
    )
    pythons.write("pack.yaml", "name: ops\n")
    pythons.write(f"actions/{name}.py", "def run():\n    return __name__\n")
    registry = Registry({"python-script": PythonRunner.parameters}, (pythons.pack.parent,))

    outcome = await pythons.run(registry.find(f"ops.{name}"))

    assert registry.mistakes == ()
    assert outcome.ok, outcome.error
    assert outcome.output["result"].startswith("action_")


values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(),
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(value=values)
async def test_any_value_comes_back(value: Any, pythons: Pythons) -> None:
    action = pythons.module(GIVES_BACK, parameters=[Parameter("v", {"type": "object"})])

    outcome = await pythons.run(action, v={"inside": value})

    assert outcome.output["result"] == {"v": {"inside": value}}
