"""Nothing that is given to a command or a script ever becomes code."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from automation.actions.action import Action, Parameter
from automation.actions.schema import checked
from automation.runbooks import variables
from automation.runbooks.variables import refuse_chosen
from automation.templates import template
from automation.templates.shell import check_command, render_command
from chat.errors import BadInput
from integrations.python.runner import PythonRunner
from integrations.shell.command import LocalCommand
from integrations.shell.script import LocalScript
from integrations.ssh.command import RemoteCommand
from integrations.ssh.script import RemoteScript
from tests.integrations.shell.shells import SHOWS, Shells

CANARY = "owned"
ATTACKS = (
    "; touch owned",
    "$(touch owned)",
    "`touch owned`",
    "\ntouch owned\n",
    "\r\ntouch owned\r\n",
    "' ; touch owned ; '",
    '" ; touch owned ; "',
    '"$(touch owned)"',
    "'$(touch owned)'",
    "\\'; touch owned; \\'",
    "& touch owned &",
    "| touch owned",
    "|| touch owned",
    "> owned",
    ">owned",
    "<(touch owned)",
    "${IFS}touch${IFS}owned",
    "${x:=$(touch owned)}",
    "$((a[$(touch owned)]))",
    "a[$(touch owned)]=1",
    "() { :; }; touch owned",
    "--checkpoint-action=exec=touch owned",
    "-e touch owned",
    "{{ ''.__class__.__mro__ }}",
    "{{ cycler.__init__.__globals__.os.popen('touch owned').read() }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "__import__('os').system('touch owned')",
    "!!python/object/apply:os.system ['touch owned']",
    "\\",
    "\\\n",
    "#",
    "~root",
    "* ? [a-z] {a,b}",
    "$'\\x27; touch owned'",
    "\x1b]0;touch owned\x07",
    "\u2028touch owned\u2029",
)
TYPES: dict[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "secret": {"type": "string", "secret": True},
    "enum": {"type": "string", "enum": list(ATTACKS)},
    "array": {"type": "array"},
    "object": {"type": "object"},
    "untyped": {},
    "any": {"type": ["string", "integer", "null"]},
}
STRICT: dict[str, dict[str, Any]] = {
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "enum of others": {"enum": ["a", "b"]},
    "pattern": {"type": "string", "pattern": "^[a-z]+$"},
}


def shaped(kind: str, attack: str) -> Any:
    """The attack as a value of that type."""
    match kind:
        case "array":
            return [attack, 1, {"deep": attack}]
        case "object":
            return {attack: attack, "list": [attack]}
        case _:
            return attack


def unhurt(shells: Shells) -> bool:
    """Whether no attack has come through, wherever it might have run."""
    return not [*shells.files.rglob(CANARY), *Path.cwd().glob(CANARY)]


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("place", [{}, {"position": 0}])
async def test_a_scripts_arguments(shells: Shells, kind: str, place: dict[str, int]) -> None:
    rules = TYPES[kind]
    secret = {"secret": True} if rules.get("secret") else {}
    script = SHOWS.format(python=sys.executable)
    action = shells.action(script, parameters={"v": {**rules, **secret, **place}})

    for attack in ATTACKS:
        if secret and len(attack) < 4:
            with pytest.raises(BadInput, match="too short to be kept secret"):
                await shells.run(action, v=attack)
            continue
        outcome = await shells.run(action, v=shaped(kind, attack))

        assert outcome.ok, outcome.error
        ((word,), _) = outcome.output["stdout"]
        assert word.startswith("" if place else "--v=")
        if kind not in {"array", "object"}:
            assert word.removeprefix("" if place else "--v=") == attack
    assert unhurt(shells)


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize(
    "line",
    [
        "printf %s {{ v }}",
        "printf %s '{{ v }}'",
        'printf %s "{{ v }}"',
        'x="$(printf %s {{ v }})"; printf %s "$x"',
        "X={{ v }} /usr/bin/env >/dev/null",
        "printf %s a{{ v }}b > out; cat out",
    ],
)
async def test_a_command_line(shells: Shells, kind: str, line: str) -> None:
    parameter = Parameter("v", TYPES[kind])
    for attack in ATTACKS:
        given = checked(
            Action("ops.x", "x", parameters=(parameter,)),
            {"v": shaped(kind, attack)},
            place="parameters",
        )

        outcome = await shells.cmd(line, given)

        assert outcome.output["return_code"] == 0, outcome.error
    assert unhurt(shells)


REFUSED = (
    "{{ v }}",
    "if {{ v }}; then :; fi",
    "if true; then {{ v }}; fi",
    "while {{ v }}; do break; done",
    "for x in 1; do {{ v }}; done",
    "! {{ v }}",
    "time {{ v }}",
    "true && {{ v }}",
    "true | {{ v }}",
    "> out {{ v }}",
    "2> out {{ v }}",
    ">&2 {{ v }}",
    ">| out {{ v }}",
    "X=1 {{ v }}",
    "X=1 env Y=2 {{ v }}",
    "sudo {{ v }}",
    "sudo -n -u bob {{ v }}",
    "sudo --user bob -- {{ v }}",
    "sudo \\\n {{ v }}",
    "/usr/bin/env {{ v }}",
    "env -i {{ v }}",
    "env -S {{ v }}",
    "env -S 'sh -c' {{ v }}",
    "env -iS{{ v }}",
    "timeout 5 {{ v }}",
    "timeout -k 1 5 {{ v }}",
    "nohup {{ v }}",
    "nice -n 5 {{ v }}",
    "setsid nohup {{ v }}",
    "command {{ v }}",
    "command eval {{ v }}",
    "eval x >&2 {{ v }}",
    "if true; then eval {{ v }}; fi",
    "busybox {{ v }}",
    "sh {{ v }}",
    "bash -x {{ v }}",
    "python3 {{ v }}",
    "python3 -m {{ v }}",
    "find . -exec {{ v }} \\;",
    "test -v {{ v }}",
    "read {{ v }}",
    "unset {{ v }}",
    "alias x={{ v }}",
    "echo $(timeout 5 {{ v }})",
    'echo "$(sudo {{ v }})"',
)
PASSED = (
    "X={{ v }} true",
    "export X={{ v }}; true",
    "env X={{ v }} true",
    "env A=1 X={{ v }} true {{ v }}",
    "timeout -s {{ s }} 5 true {{ v }}",
    "timeout {{ t }} echo {{ v }}",
    "nice -n {{ t }} echo {{ v }}",
    "if test {{ v }} = x; then :; fi",
    "true >&2 {{ v }}",
    "true 2>&1 {{ v }} | cat",
    "true > {{ f }} {{ v }}",
    "sh script {{ v }}",
    "find . -name {{ v }} -exec echo {{ v }} \\;",
    "for x in {{ v }}; do echo $x; done",
    "case {{ v }} in {{ v }}) true;; esac",
)


@pytest.mark.parametrize("line", REFUSED)
def test_a_value_may_not_choose_what_is_run(line: str) -> None:
    for value in ("id", ["id"], ["a", "touch", "owned"], []):
        with pytest.raises(BadInput):
            render_command(line, {"v": value})
    assert check_command(line, "cmd", {"v"})


@pytest.mark.parametrize("line", PASSED)
async def test_a_list_adds_arguments_and_no_commands(shells: Shells, line: str) -> None:
    (shells.files / "script").write_text("true")
    context: dict[str, Any] = {"s": "TERM", "t": 5, "f": "file"}
    assert check_command(line, "cmd", {"v", *context}) == ()

    for value in (["a", "touch", "owned"], ["touch", "owned"], [], ["; touch owned"], ["a", 1]):
        outcome = await shells.cmd(line, {**context, "v": value})

        assert "not found" not in outcome.output["stderr"], outcome.output
    assert unhurt(shells)


async def test_variables(shells: Shells) -> None:
    for attack in ATTACKS:
        outcome = await shells.cmd('printf %s "$GIVEN"', env={"GIVEN": attack})

        assert outcome.output["stdout"] == attack.removesuffix("\n")
    assert unhurt(shells)


async def test_variables_that_a_template_fills_in(shells: Shells) -> None:
    for attack in ATTACKS:
        env = template.render({"GIVEN": "{{ v }}"}, {"v": attack}, place="env")

        outcome = await shells.cmd('test -n "$GIVEN"; printf %s "$GIVEN"', env=env)

        assert outcome.output["stdout"] == attack.removesuffix("\n")
    assert unhurt(shells)


@pytest.mark.parametrize(
    "runner", [LocalCommand, LocalScript, RemoteCommand, RemoteScript, PythonRunner]
)
@pytest.mark.parametrize("name", ["PATH", "LD_PRELOAD", "BASH_ENV", "PYTHONPATH", "IFS"])
def test_variables_that_change_what_is_run(runner: Any, name: str) -> None:
    """Whoever writes a runbook may set them; what fills in a template may not."""
    filled, taken = {"env": {name: "/srv/evil"}}, runner.parameters

    for written in ("{{ trigger.env }}", "{{ trigger.env }}{# #}"):
        assert list(variables.mistakes_in(written, "env"))
        with pytest.raises(BadInput, match=name):
            refuse_chosen(taken, {"env": written}, filled, "parameters")
    assert [each.place for each in variables.mistakes_in({name: "{{ v }}"}, "env")] == [
        f"env.{name}"
    ]
    with pytest.raises(BadInput, match=name):
        refuse_chosen(taken, {"env": {name: "{{ v }}"}}, filled, "parameters")

    for written in ({name: "/srv/evil"}, f'{{"{name}": "/tmp/evil"}}', {"$given": "env"}):
        assert not list(variables.mistakes_in(written, "env"))
        refuse_chosen(taken, {"env": written}, filled, "parameters")
    refuse_chosen(taken, {"env": {"WHO": "{{ v }}"}}, {"env": {"WHO": "x"}}, "parameters")


@pytest.mark.parametrize("kind", STRICT)
async def test_what_is_no_such_value_never_gets_that_far(shells: Shells, kind: str) -> None:
    action = shells.action("touch owned", parameters={"v": STRICT[kind]})

    for attack in (*ATTACKS, "1; touch owned", "1 $(touch owned)", "true; touch owned", "1e5`x`"):
        with pytest.raises(BadInput):
            await shells.run(action, v=attack)
    assert unhurt(shells)


async def test_a_default_that_reads_another_value(shells: Shells) -> None:
    """A command line that the pack's author wrote as a default quotes what it reads."""
    action = shells.action(
        "",
        runner_type="local-shell-cmd",
        parameters={"cmd": {"default": "printf %s {{ who }}"}, "who": {"type": "string"}},
    )

    for attack in ATTACKS:
        outcome = await shells.run(action, who=attack)

        assert outcome.output["stdout"] == attack.removesuffix("\n")
    assert unhurt(shells)


async def test_what_a_value_holds_is_no_template(shells: Shells) -> None:
    action = shells.action(
        SHOWS.format(python=sys.executable),
        parameters={"v": {}, "w": {"default": "{{ v }}"}},
    )

    outcome = await shells.run(action, v="{{ 7 * 7 }}")

    assert outcome.output["stdout"][0] == ["--v={{ 7 * 7 }}", "--w={{ 7 * 7 }}"]


async def test_a_folder_of_that_name_is_only_missed(shells: Shells) -> None:
    for attack in ("; touch owned", "$(touch owned)", "\0"):
        with pytest.raises(Exception, match="cannot be"):
            await shells.cmd("true", cwd=attack)
    assert unhurt(shells)


async def test_what_stands_before_a_name_is_no_code(shells: Shells) -> None:
    action = shells.action(SHOWS.format(python=sys.executable), parameters={"v": {}})

    for attack in ATTACKS:
        outcome = await shells.run(action, v="x", kwarg_op=attack)

        assert outcome.output["stdout"][0] == [f"{attack}v=x"]
    assert unhurt(shells)


texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)
tricky = st.text(st.sampled_from(" \t\n'\"`$(){}[];&|<>*?~#!\\-=a%/,.:"), max_size=20)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), texts, tricky),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(tricky, inner, max_size=3)
    ),
    max_leaves=5,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(value=values)
async def test_any_value_in_a_command_line_is_one_or_more_words(value: Any, shells: Shells) -> None:
    code = "import json, sys; print(json.dumps(sys.argv[1:]))"
    (shells.files / "shows.py").write_text(code)

    line = f"{sys.executable} shows.py {{{{ v }}}} end"
    outcome = await shells.cmd(line, {"v": value})

    words = outcome.output["stdout"]
    assert words[-1] == "end"
    match value:
        case str():
            assert words[:-1] == [value]
        case list():
            assert len(words) == len(value) + 1  # pyright: ignore[reportUnknownArgumentType] - JSON
        case dict():
            assert json.loads(words[0]) == value
        case _:
            assert len(words) == 2
    assert {each.name for each in shells.files.iterdir()} == {"shows.py"}


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(value=st.one_of(texts, tricky), name=st.sampled_from(["named", "placed"]))
async def test_any_text_as_a_scripts_argument(value: str, name: str, shells: Shells) -> None:
    action = shells.action(
        SHOWS.format(python=sys.executable), parameters={"named": {}, "placed": {"position": 0}}
    )

    outcome = await shells.run(action, env={"GIVEN": value}, **{name: value})

    words, variable = outcome.output["stdout"]
    by_name = [f"--named={value}"] if value else []
    assert words == ([*by_name, ""] if name == "named" else [value])
    assert variable == value
    assert unhurt(shells)


@given(value=st.one_of(texts, tricky))
def test_a_value_never_changes_how_many_words_a_line_has(value: str) -> None:
    plain = render_command("echo {{ v }} x", {"v": "a"})

    line = render_command("echo {{ v }} x", {"v": value})

    assert (line.split(" ")[0], line.rsplit(" ", 1)[1]) == (
        plain.split(" ")[0],
        plain.rsplit(" ", 1)[1],
    )
