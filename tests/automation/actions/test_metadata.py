"""What an action file says, and the exact place of what is wrong in it."""

from __future__ import annotations

import json

import pytest

from automation.actions.action import Parameter
from automation.actions.schema import checked
from tests.automation.actions.pack import RUNNERS, Pack

NO_RUNNER = (
    "is “nop”; there are http-request, local-shell-cmd, local-shell-script, noop, python-script. "
    "Did you mean “noop”?"
)
NO_TYPE = (
    "is 'text', and there are array, boolean, integer, null, number, object, string; it is taken "
    "as a string"
)
HEAD = "name: do\nrunner_type: noop\n"


def test_a_whole_file(pack: Pack) -> None:
    entry = pack.write("restart.sh", "true")

    action = pack.good("""---
name: restart
pack: ops
description: >
  Restart a service
runner_type: local-shell-script
entry_point: restart.sh
enabled: true
timeout: 90
idempotent: true
undo: ops.start
tags: [fast, {name: team, value: core}]
parameters:
  service:
    type: string
    description: Which one.
    required: true
    position: 0
  force:
    type: boolean
    default: false
  token:
    type: string
    secret: true
  cwd:
    default: /srv
    immutable: true
output_schema:
  stdout:
    type: string
""")

    assert action.ref == "ops.restart"
    assert (action.pack, action.name, action.runner) == ("ops", "restart", "local-shell-script")
    assert action.description == "Restart a service"
    assert action.entry_point == entry
    assert (action.timeout, action.idempotent, action.undo) == (90.0, True, "ops.start")
    assert action.tags == ("fast", "team")
    assert action.secrets == {"token"}
    names = ["service", "force", "token", "cwd", "env", "sudo", "kwarg_op"]
    assert [each.name for each in action.parameters] == names
    assert action.parameter("service") == Parameter(
        "service", {"type": "string"}, "Which one.", required=True, position=0
    )
    cwd = action.parameter("cwd")
    assert cwd is not None
    assert (cwd.default, cwd.immutable) == ("/srv", True)
    assert action.output_schema == {"type": "object", "properties": {"stdout": {"type": "string"}}}


def test_json_says_the_same_as_yaml(pack: Pack) -> None:
    text = HEAD + "parameters:\n  n: {type: integer, default: 5}\n"
    same = {"name": "do", "runner_type": "noop"}
    same |= {"parameters": {"n": {"type": "integer", "default": 5}}}

    yaml, js = pack.good(text), pack.good(json.dumps(same, indent="\t"), "do.json")

    assert yaml.parameters == js.parameters


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ("", [(1, "", "must be an object with name and runner_type")]),
        ("- a\n", [(1, "", "must be an object with name and runner_type")]),
        (
            "\n\n# nothing\nrunner_type: noop\n",
            [(4, "name", "is missing")],
        ),
        (
            "runner_type: noop\nname: 'a b'\n",
            [(2, "name", "is 'a b'; letters, digits, _, - and . are accepted")],
        ),
        (
            "runner_type: noop\nname: 5\n",
            [(2, "name", "is 5; letters, digits, _, - and . are accepted")],
        ),
        (
            "name: do\n\nrunner_type: nop\n",
            [
                (
                    3,
                    "runner_type",
                    NO_RUNNER,
                )
            ],
        ),
        (
            HEAD + "descripton: x\n",
            [(3, "descripton", "is unknown and passed over. Did you mean “description”?")],
        ),
        (HEAD + "pack: other\n", [(3, "pack", "is “other”, and the file lies in ops")]),
        (HEAD + "timeout: soon\n", [(3, "timeout", "is 'soon'; give seconds as a number above 0")]),
        (HEAD + "timeout: -1\n", [(3, "timeout", "is -1; give seconds as a number above 0")]),
        (HEAD + "timeout: true\n", [(3, "timeout", "is True; give seconds as a number above 0")]),
        (HEAD + "enabled: 'no'\n", [(3, "enabled", "is 'no'; give true or false")]),
        (HEAD + "idempotent: 1\n", [(3, "idempotent", "is 1; give true or false")]),
        (
            HEAD + "output_schema: text\n",
            [(3, "output_schema", "must be a JSON schema; the output is not checked")],
        ),
        (
            HEAD + "parameters: [a, b]\n",
            [
                (
                    3,
                    "parameters",
                    "must be an object of parameters by name; none are taken from it",
                )
            ],
        ),
        (
            HEAD + "parameters:\n  a: {}\n  b: text\n",
            [(5, "parameters.b", "must be an object such as {type: string}; it is left out")],
        ),
        (
            HEAD + "parameters:\n  a:\n    description: x\n    type: text\n",
            [
                (
                    6,
                    "parameters.a.type",
                    NO_TYPE,
                )
            ],
        ),
        (
            HEAD + "parameters:\n  a:\n    required: 'yes'\n    secret: 1\n",
            [
                (5, "parameters.a.required", "is 'yes'; give true or false"),
                (6, "parameters.a.secret", "is 1; give true or false"),
            ],
        ),
        (
            HEAD + "parameters:\n  a: {position: 0}\n  b:\n    position: 0\n  c: {position: -1}\n",
            [
                (7, "parameters.c.position", "is -1; give a whole number from 0"),
                (6, "parameters.b.position", "is 0, which a has already"),
            ],
        ),
        (
            HEAD + "parameters:\n  a: {position: true}\n",
            [(4, "parameters.a.position", "is True; give a whole number from 0")],
        ),
        (
            HEAD + "parameters:\n  a:\n    immutable: true\n",
            [(4, "parameters.a", "is immutable and has no default, so no value at all")],
        ),
        (
            HEAD + "parameters:\n  a:\n    default: 'x {{ bb }} {{ a }}'\n  b: {}\n",
            [
                (
                    5,
                    "parameters.a.default",
                    "reads “bb”, which is no parameter of this action",
                )
            ],
        ),
        (
            "name: do\nrunner_type: local-shell-cmd\nparameters:\n  cmd:\n    type: integer\n",
            [(5, "parameters.cmd.type", "cannot be changed for a runner's own parameter")],
        ),
        (
            "name: do\nrunner_type: python-script\n",
            [(1, "entry_point", "is missing, and python-script needs one")],
        ),
        (
            "name: do\nrunner_type: python-script\nentry_point: no.py\n",
            [(3, "entry_point", "is “no.py”, and there is no such file")],
        ),
        (
            "name: do\nname: do2\nrunner_type: noop\n",
            [(2, "name", "is there twice; the later one counts")],
        ),
        (
            HEAD + "parameters:\n  a:\n    type: string\n    type: integer\n",
            [(6, "parameters.a.type", "is there twice; the later one counts")],
        ),
    ],
)
def test_each_mistake_has_its_line_and_its_key(
    pack: Pack, text: str, mistakes: list[tuple[int, str, str]]
) -> None:
    assert pack.wrong(text) == mistakes


def test_a_mistake_in_json_has_its_line_too(pack: Pack) -> None:
    text = '{\n\t"name": "do",\n\t"runner_type": "noop",\n\t"timeout":\n\t\t"soon"\n}\n'

    assert pack.wrong(text, "do.json") == [
        (4, "timeout", "is 'soon'; give seconds as a number above 0")
    ]


def test_a_mistake_is_one_line_for_people(pack: Pack) -> None:
    _, (mistake,) = pack.read(HEAD + "timeout: soon\n")

    path = pack.folder / "actions" / "do.yaml"
    assert str(mistake) == f"{path}:3: timeout is 'soon'; give seconds as a number above 0"


@pytest.mark.parametrize(
    "named",
    ["../pack.yaml", "/etc/passwd", "../../other/actions/x.sh", ".", "sub/../../pack.yaml"],
)
def test_a_script_lies_in_its_pack(pack: Pack, named: str) -> None:
    text = f"name: do\nrunner_type: local-shell-script\nentry_point: {named}\n"
    action, _ = pack.read(text)

    assert pack.wrong(text) == [(3, "entry_point", "must lie in the pack's folder “actions”")]
    assert action is not None
    assert action.entry_point is None


def test_a_link_out_of_the_pack_is_no_way_out(pack: Pack) -> None:
    (pack.folder / "actions" / "link.sh").symlink_to("/etc/passwd")

    assert pack.wrong("name: do\nrunner_type: local-shell-script\nentry_point: link.sh\n") == [
        (3, "entry_point", "must lie in the pack's folder “actions”")
    ]


def test_a_runners_own_parameter_keeps_what_it_is(pack: Pack) -> None:
    action = pack.good("""
name: do
runner_type: local-shell-cmd
parameters:
  cmd:
    type: string
    default: echo {{ who }}
    immutable: true
  who:
    type: string
  env:
    secret: true
""")

    cmd, env = action.parameter("cmd"), action.parameter("env")
    assert cmd is not None
    assert env is not None
    assert (cmd.command_line, cmd.immutable, cmd.schema["minLength"]) == (True, True, 1)
    assert env.secret
    assert checked(action, {"who": "a; b"}, place="parameters")["cmd"] == "echo 'a; b'"


def test_what_is_secret_stays_secret(pack: Pack) -> None:
    text = "name: do\nrunner_type: http-request\nparameters:\n  {}: {{secret: false}}\n"
    secret = next((each.name for each in RUNNERS["http-request"] if each.secret), None)
    if secret is None:
        pytest.skip("the runner has no secret of its own")

    action, _ = pack.read(text.format(secret))

    assert action is not None
    assert secret in action.secrets


def test_timeouts_as_stackstorm_has_them(pack: Pack) -> None:
    assert pack.good(HEAD).timeout == 60
    assert pack.good(HEAD + "timeout: 0.5\n").timeout == 0.5
    of_parameter = "parameters:\n  timeout: {type: integer, default: 120}\n"
    assert pack.good(HEAD + of_parameter).timeout == 120
    assert pack.good(HEAD + "timeout: 5\n" + of_parameter).timeout == 5


def test_the_digest_changes_with_all_that_counts(pack: Pack) -> None:
    text = "name: do\nrunner_type: local-shell-script\nentry_point: do.sh\n"
    pack.write("do.sh", "true")
    first = pack.good(text).digest

    assert pack.good(text).digest == first
    pack.write("do.sh", "false")
    second = pack.good(text).digest
    third = pack.good(text + "description: x\n").digest
    assert len({first, second, third}) == 3
