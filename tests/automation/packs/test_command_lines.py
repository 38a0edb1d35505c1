"""Where a value from outside lands in a command line is pointed at, and nowhere else."""

from __future__ import annotations

from tests.automation.packs.conftest import Folder


def places(pack: Folder) -> list[tuple[str, int, str, str]]:
    """File, line, key and expression of each place."""
    return [
        (str(each.file.relative_to(pack.path)), each.line, each.key, each.expression)
        for each in pack.good().command_lines
    ]


def test_an_actions_own_command_line(pack: Folder) -> None:
    pack.write(
        "actions/ping.yaml",
        "name: ping\nrunner_type: local-shell-cmd\nparameters:\n"
        "  cmd:\n    immutable: true\n    default: ping -c {{ count }} {{host}} {{ flag }}\n"
        "  host: {type: string}\n  count: {type: integer}\n"
        "  flag: {type: string, immutable: true, default: -q}\n",
    )
    pack.write(
        "actions/up.yaml",
        "name: up\nrunner_type: local-shell-cmd\nparameters:\n  cmd: {default: uptime}\n",
    )

    assert places(pack) == [
        ("actions/ping.yaml", 6, "parameters.cmd.default", "{{ count }}"),
        ("actions/ping.yaml", 6, "parameters.cmd.default", "{{host}}"),
    ]
    assert "the parameter “host” (string)" in pack.good().command_lines[1].what


def test_a_script_is_given_its_arguments_safely(pack: Folder) -> None:
    pack.write("actions/do.sh")
    pack.write(
        "actions/do.yaml",
        "name: do\nrunner_type: local-shell-script\nentry_point: do.sh\n"
        "parameters:\n  host: {type: string, position: 0}\n",
    )

    assert places(pack) == []


def test_what_rules_aliases_chains_and_workflows_hand_on(pack: Folder) -> None:
    pack.write(
        "actions/sh.yaml",
        "name: sh\nrunner_type: remote-shell-cmd\nparameters:\n  hosts: {default: web}\n",
    )
    pack.write(
        "actions/fixed.yaml",
        "name: fixed\nrunner_type: local-shell-cmd\n"
        "parameters:\n  cmd: {immutable: true, default: uptime}\n",
    )
    for name, runner in (("flow", "orquesta"), ("chain", "action-chain")):
        pack.write(
            f"actions/{name}.yaml",
            f"name: {name}\nrunner_type: {runner}\nentry_point: {name}.txt\n",
        )
    pack.write(
        "actions/flow.txt",
        "version: 1.0\ntasks:\n"
        '  one:\n    action: core.local cmd="echo <% ctx().a %>"\n'
        "  two:\n    action: ops.sh\n    input:\n"
        "      cmd: ls {{ ctx().b }}\n      hosts: <% ctx().h %>\n"
        "  three:\n    action: ops.fixed\n    input: <% ctx() %>\n"
        "  four:\n    action: core.local_sudo\n    input: <% ctx().all %>\n",
    )
    pack.write(
        "actions/chain.txt",
        "chain:\n  - name: one\n    ref: core.remote\n    params:\n      cmd: ls {{ one }}\n"
        "  - name: two\n    ref: core.noop\n    parameters: {cmd: '{{ x }}'}\n",
    )
    pack.write(
        "rules/r.yaml",
        "name: r\naction:\n  ref: core.local\n  parameters:\n    cmd: echo {{ trigger.body }}\n",
    )
    pack.write(
        "aliases/a.yaml", "name: a\naction_ref: ops.sh\nformats:\n  - up\n  - do {{ cmd }}\n"
    )

    assert places(pack) == [
        ("rules/r.yaml", 5, "action.parameters.cmd", "{{ trigger.body }}"),
        ("aliases/a.yaml", 5, "formats[1]", ""),
        ("actions/chain.txt", 5, "chain[0].params.cmd", "{{ one }}"),
        ("actions/flow.txt", 4, "tasks.one.action", "<% ctx().a %>"),
        ("actions/flow.txt", 8, "tasks.two.input.cmd", "{{ ctx().b }}"),
        ("actions/flow.txt", 15, "tasks.four.input", "<% ctx().all %>"),
    ]
