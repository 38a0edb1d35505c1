"""A whole pack is read, and what is wrong in one file costs nothing of the others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from automation.packs.documents import TriggerType
from automation.packs.manifest import read_manifest
from automation.packs.reading import read_pack
from chat.errors import BadInput
from tests.automation.packs.conftest import MANIFEST, Folder

KINDS = {
    "local": "local-shell-cmd",
    "run_local": "run-local",
    "script": "local-shell-script\nentry_point: do.sh",
    "old_script": "run-local-script\nentry_point: do.sh",
    "remote": "remote-shell-cmd",
    "remote_script": "run-remote-script\nentry_point: do.sh",
    "python": "run-python\nentry_point: do.py",
    "http": "http-runner",
    "chain": "action-chain\nentry_point: chains/do.yaml",
    "flow": "orquesta\nentry_point: workflows/do.yaml",
    "ask": "inquirer",
    "tell": "announcement",
    "nothing": "noop",
}


def fill(pack: Folder) -> None:
    """One of each."""
    for name, runner in KINDS.items():
        pack.write(f"actions/{name}.yaml", f"name: {name}\nrunner_type: {runner}\n")
    for name in ("do.sh", "do.py"):
        pack.write(f"actions/{name}")
    pack.write("actions/chains/do.yaml", "chain:\n  - name: one\n    ref: core.noop\n")
    pack.write("actions/workflows/do.yaml", "version: 1.0\ntasks:\n  one:\n    action: core.noop\n")
    pack.write(
        "rules/r.yaml", "name: r\ntrigger: {type: core.st2.webhook}\naction: {ref: ops.local}\n"
    )
    pack.write("aliases/a.yaml", "name: a\naction_ref: ops.local\nformats: [do it]\n")
    pack.write("sensors/look.py")
    pack.write(
        "sensors/look.yaml",
        "class_name: Look\nentry_point: look.py\npoll_interval: 30\n"
        "trigger_types:\n  - name: seen\n    payload_schema: {type: object}\n    tags:\n"
        "      - {name: kind, value: x}\n",
    )
    pack.write("triggers/t.yaml", "name: heard\ndescription: A bell\n")
    pack.write(
        "policies/p.yaml",
        "name: p\nresource_ref: ops.local\npolicy_type: action.retry\nparameters: {delay: 3}\n",
    )
    pack.write("config.schema.yaml", "token:\n  type: string\n  secret: true\n  required: true\n")


def test_everything_in_it_is_read(pack: Folder) -> None:
    fill(pack)

    found = pack.good()

    assert {each.name: each.runner for each in found.actions} == {
        "local": "local-shell-cmd",
        "run_local": "local-shell-cmd",
        "script": "local-shell-script",
        "old_script": "local-shell-script",
        "remote": "remote-shell-cmd",
        "remote_script": "remote-shell-script",
        "python": "python-script",
        "http": "http-request",
        "chain": "action-chain",
        "flow": "orquesta",
        "ask": "inquirer",
        "tell": "announcement",
        "nothing": "noop",
    }
    assert next(each for each in found.actions if each.name == "python").timeout == 600
    assert [each.body["name"] for each in found.rules] == ["r"]
    assert found.rules[0].lines.line("trigger") == 2
    assert [each.body["action_ref"] for each in found.aliases] == ["ops.local"]
    assert found.workflows["ops.flow"].lines.line("tasks.one.action") == 4
    assert found.chains["ops.chain"].body["chain"] == [{"name": "one", "ref": "core.noop"}]
    (sensor,) = found.sensors
    assert (sensor.ref, sensor.poll_interval, sensor.enabled) == ("ops.Look", 30, True)
    assert sensor.triggers == (
        TriggerType("ops.seen", payload_schema={"type": "object"}, tags=("kind",)),
    )
    assert [each.ref for each in found.triggers] == ["ops.heard"]
    assert [(each.ref, each.parameters) for each in found.policies] == [("ops.p", {"delay": 3})]
    assert [(each.name, each.secret, each.required) for each in found.config] == [
        ("token", True, True)
    ]
    assert (found.manifest.version, found.manifest.author) == ("1.2.0", "Maria")


def test_what_cannot_be_done_is_named_with_its_reason(pack: Folder) -> None:
    for name, runner in (("w", "winrm-ps-cmd"), ("m", "mistral-v2"), ("n", "noop")):
        pack.write(f"actions/{name}.yaml", f"name: {name}\nrunner_type: {runner}\n")

    found = pack.good()

    assert [each.ref for each in found.actions] == ["ops.n"]
    assert [(each.ref, each.runner, each.line) for each in found.unsupported] == [
        ("ops.m", "mistral-v2", 2),
        ("ops.w", "winrm-ps-cmd", 2),
    ]
    assert "Mistral was taken out of StackStorm itself" in found.unsupported[0].why
    assert "WinRM" in found.unsupported[1].why


def test_what_is_wrong_is_told_with_its_place_and_the_rest_is_read(pack: Folder) -> None:
    fill(pack)
    pack.write("actions/local.yaml", "name: local\nrunner_type: local-shel-cmd\n")
    pack.write("actions/flow.yaml", "name: flow\nrunner_type: orquesta\nentry_point: none.yaml\n")
    pack.write("actions/broken.yaml", "name: [\n")
    pack.write("rules/unnamed.yaml", "trigger: {type: x}\n")
    pack.write("aliases/list.yaml", "- name: a\n")
    pack.write("sensors/other.yaml", "class_name: Other\nentry_point: ../do.py\nenabled: perhaps\n")
    pack.write("policies/p.yaml", "name: p\nresource_ref: ops.local\npolicy_type: action.retri\n")
    pack.write("triggers/t.yaml", "name: heard\npack: other\npayload: {}\n")

    wrong = pack.wrong()

    assert [each[:3] for each in wrong] == [
        ("actions/broken.yaml", 2, ""),
        ("actions/flow.yaml", 3, "entry_point"),
        ("actions/local.yaml", 2, "runner_type"),
        ("rules/unnamed.yaml", 1, "name"),
        ("aliases/list.yaml", 1, ""),
        ("sensors/other.yaml", 2, "entry_point"),
        ("sensors/other.yaml", 3, "enabled"),
        ("triggers/t.yaml", 3, "payload"),
        ("triggers/t.yaml", 2, "pack"),
        ("policies/p.yaml", 3, "policy_type"),
    ]
    assert "Did you mean “local-shell-cmd”?" in wrong[2][3]
    assert "there is no such file" in wrong[1][3]
    found = pack.read()
    assert len(found.actions) == len(KINDS) - 1
    assert [each.body["name"] for each in found.rules] == ["r"]
    assert [each.ref for each in found.sensors] == ["ops.Look"]
    assert [each.ref for each in found.triggers] == ["ops.heard"]


def test_two_of_one_name_are_told(pack: Folder) -> None:
    for name in ("a", "b"):
        pack.write(f"actions/{name}.yaml", "name: same\nrunner_type: noop\n")
        pack.write(f"rules/{name}.yaml", "name: same\n")

    assert pack.wrong() == [
        ("actions/b.yaml", 1, "name", "is that of a.yaml, too"),
        ("rules/b.yaml", 1, "name", "is that of a.yaml, too"),
    ]


@pytest.mark.parametrize(
    ("text", "ref", "keys"),
    [
        (MANIFEST, "ops", []),
        (MANIFEST + "ref: other_ops\n", "other_ops", []),
        (MANIFEST + "keywords: one\nanything: {else: 1}\n", "ops", []),
        (MANIFEST.replace("name: ops", "name: My Ops"), "my_ops", ["name"]),
        (MANIFEST + "ref: My-Ops\n", "my_ops", ["ref"]),
        (MANIFEST.replace("1.2.0", "1.2"), "ops", ["version"]),
        (MANIFEST + "stackstorm_version: '>=3.0.0, <4.0.0'\n", "ops", []),
        (MANIFEST + "stackstorm_version: three\n", "ops", ["stackstorm_version"]),
        ("name: ops\n", "ops", ["description", "version", "author"]),
    ],
)
def test_what_a_pack_says_of_itself(tmp_path: Path, text: str, ref: str, keys: list[str]) -> None:
    (tmp_path / "pack.yaml").write_text(text)

    found, mistakes = read_manifest(tmp_path)

    assert found.ref == ref
    assert [each.key for each in mistakes] == keys


def test_a_folder_that_is_no_pack_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"is no pack: it has no pack\.yaml"):
        read_pack(tmp_path)
    (tmp_path / "pack.yaml").write_text("just words\n")
    with pytest.raises(BadInput, match="holds no object"):
        read_pack(tmp_path)


FILES = (
    *("actions/x.yaml", "rules/x.yaml", "aliases/x.yaml", "sensors/x.yaml", "triggers/x.yaml"),
    *("policies/x.yaml", "config.schema.yaml", "actions/workflows/do.yaml"),
)
KEYS = (
    *("name", "runner_type", "parameters", "cmd", "tasks", "action", "chain", "formats", "tags"),
    *("trigger_types", "class_name", "entry_point", "type", "default", "pack"),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    where=st.sampled_from(FILES),
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
        ),
        max_leaves=12,
    ),
)
def test_nothing_in_a_file_keeps_the_others_from_being_read(
    pack: Folder, where: str, value: object
) -> None:
    fill(pack)
    path = pack.write(where, json.dumps(value))

    found = pack.read()

    assert {"ops.local", "ops.flow"} <= {each.ref for each in found.actions}
    path.unlink()
