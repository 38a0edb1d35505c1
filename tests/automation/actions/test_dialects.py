"""Action files of StackStorm, schemas of older drafts, and the registry over all packs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from automation.actions.registry import Registry
from automation.actions.schema import as_json_schema, checked, output_mistake
from chat.errors import BadInput, NotFound
from tests.automation.actions.pack import RUNNERS, Pack

HEAD = "name: do\nrunner_type: noop\n"


STACKSTORM = """
name: check_load
pack: ops
description: "Check CPU load"
runner_type: "local-shell-script"
enabled: true
entry_point: "checks/load.py"
notify:
  on-complete:
    routes: [slack]
parameters:
  period:
    enum: ["1", "5", "15", all]
    type: "string"
    description: "Time period"
    default: "all"
    position: 0
  threshold:
    type: number
    minimum: 0
    exclusiveMinimum: true
    required: false
    position: 1
  count:
    type: integer
    divisibleBy: 2
  anything:
    type: any
  target:
    type: object
    additionalProperties: false
    properties:
      host: {type: string, required: true}
      port: {type: integer}
  pairs:
    type: array
    items: [{type: string}, {type: integer}]
    additionalItems: false
  sudo:
    default: true
    immutable: true
"""


def test_a_file_of_stackstorm(pack: Pack) -> None:
    pack.write("checks/load.py", "print(1)")
    action, mistakes = pack.read(STACKSTORM)

    assert action is not None
    assert mistakes == ()
    given: dict[str, Any] = {
        "period": "5",
        "threshold": "0.5",
        "count": "4",
        "target": {"host": "a", "port": 22},
        "pairs": '["a", 1]',
    }
    values = checked(action, given, place="parameters")
    assert values["threshold"] == 0.5
    assert values["count"] == 4
    assert values["pairs"] == ["a", 1]
    assert values["sudo"] is True


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"threshold": 0}, "parameters.threshold"),
        ({"count": 3}, "parameters.count"),
        ({"period": "2"}, "parameters.period"),
        ({"target": {"port": 1}}, "parameters.target"),
        ({"target": {"host": "a", "x": 1}}, "parameters.target"),
        ({"pairs": ["a", "b"]}, "parameters.pairs[1]"),
        ({"pairs": ["a", 1, 2]}, "parameters.pairs"),
        ({"sudo": False}, "parameters.sudo"),
        ({"perod": "5"}, "parameters.perod"),
    ],
)
def test_older_drafts_are_checked_as_they_are_meant(
    pack: Pack, given: dict[str, Any], place: str
) -> None:
    pack.write("checks/load.py", "print(1)")
    action, _ = pack.read(STACKSTORM)
    assert action is not None

    with pytest.raises(BadInput) as caught:
        checked(action, given, place="parameters")

    assert list(caught.value.details) == [place]


def test_a_schema_that_names_its_draft_is_read_by_it(pack: Pack) -> None:
    draft = "http://json-schema.org/draft-04/schema#"
    action = pack.good(
        HEAD + "output_schema:\n"
        f"  $schema: {draft}\n  type: object\n"
        "  properties: {n: {type: integer, minimum: 0, exclusiveMinimum: true}}\n"
        "  required: [n]\n"
    )

    assert output_mistake(action, {"n": 1}) == ""
    assert "output.n" in output_mistake(action, {"n": 0})
    assert "lacks n" in output_mistake(action, {})


def test_a_schema_fetches_nothing(pack: Pack) -> None:
    action = pack.good(
        HEAD + "parameters:\n  a:\n    $ref: http://127.0.0.1:9/x.json\n  b: {$ref: '#/$defs/c'}\n"
    )

    for name in ("a", "b"):
        with pytest.raises(BadInput, match="cannot be checked, since its schema is wrong"):
            checked(action, {name: "x"}, place="parameters")


def test_a_form_is_made_without_what_is_secret(pack: Pack) -> None:
    action = pack.good(
        HEAD + "parameters:\n"
        "  a: {type: integer, required: true, description: How many.}\n"
        "  b: {type: string, secret: true, default: hunter2}\n"
        "  c: {type: string, default: '{{ a }}', position: 0}\n"
        "  d: {type: string, required: true, default: x, immutable: true}\n"
    )

    schema = as_json_schema(action)

    assert schema["required"] == ["a"]
    assert "hunter2" not in json.dumps(schema)
    assert schema["properties"] == {
        "a": {"type": "integer", "description": "How many."},
        "b": {"type": "string", "secret": True},
        "c": {"type": "string", "position": 0},
        "d": {"type": "string", "default": "x", "immutable": True},
    }


def test_a_registry_reads_all_packs_and_sees_changes(pack: Pack, tmp_path: Path) -> None:
    pack.write("one.yaml", "name: one\nrunner_type: noop\n")
    pack.write("bad.yaml", "name: [\n")
    pack.write("notes.txt", "no action")
    other = Pack(tmp_path / "more")
    other.write("one.json", '{"name": "one", "runner_type": "noop"}')
    (other.folder / "pack.yaml").write_text("")
    (tmp_path / "no-pack" / "actions").mkdir(parents=True)

    registry = Registry(RUNNERS, (tmp_path,))

    assert [each.ref for each in registry.all()] == ["more.one", "ops.one"]
    (mistake,) = registry.mistakes
    assert (mistake.file.name, mistake.line) == ("bad.yaml", 2)
    with pytest.raises(BadInput, match="Several packs"):
        registry.find("one")
    with pytest.raises(NotFound, match=r"Did you mean “ops\.one”"):
        registry.find("ops.oen")
    assert not registry.reload_if_changed()

    pack.write("two.yaml", "name: two\nrunner_type: noop\n")
    (pack.folder / "actions" / "bad.yaml").unlink()

    assert registry.reload_if_changed()
    assert registry.find("two").ref == "ops.two"
    assert registry.mistakes == ()


def test_an_older_file_that_is_put_back_is_seen(pack: Pack, tmp_path: Path) -> None:
    pack.write("one.yaml", "name: one\nrunner_type: noop\ndescription: bad\n")
    registry = Registry(RUNNERS, (tmp_path,))
    path = pack.folder / "actions" / "one.yaml"
    was = path.stat()

    # As a backup does it: as long as the other one, and as old.
    old = tmp_path / "old.yaml"
    old.write_text("name: one\nrunner_type: noop\ndescription: old\n")
    os.utime(old, ns=(was.st_atime_ns, was.st_mtime_ns))
    old.replace(path)

    assert registry.find("ops.one").description == "bad"
    assert registry.current("ops.one").description == "old"
    assert not registry.reload_if_changed()
    path.unlink()
    with pytest.raises(NotFound):
        registry.current("ops.one")


def test_the_later_folder_counts(pack: Pack, tmp_path: Path) -> None:
    pack.write("one.yaml", "name: one\nrunner_type: noop\ndescription: first\n")
    mine = Pack(tmp_path / "mine" / "ops")
    mine.write("one.yaml", "name: one\nrunner_type: noop\ndescription: second\n")
    (mine.folder / "pack.yaml").write_text("")

    registry = Registry(RUNNERS, (tmp_path, tmp_path / "mine"))

    assert [each.description for each in registry.all()] == ["second"]
