"""Alias files: what is read, and what is wrong by file, line and key."""

from __future__ import annotations

from pathlib import Path

from automation.aliases.alias import Answer, Format
from automation.aliases.reading import read_alias

GOOD = """\
---
name: run
pack: ops
action_ref: core.remote
description: Run a command
formats:
  - "run {{cmd}} on {{hosts}}"
  - display: run {{cmd}}
    representation: ["(run|execute) {{cmd}}"]
  - display: only shown
ack: {format: "On it", append_url: false}
result: {enabled: false, extra: {slack: {color: red}}}
extra: {audit: true}
immutable_parameters: {sudo: true}
"""
BAD = """\
name: run
action_refs: core.remote
formats:
  - "run ("
  - {display: x, representations: [y]}
  - {}
  - 5
ack:
  format: "{{ x"
  url: 1
enabled: 1
"""


def test_everything_is_read(tmp_path: Path) -> None:
    file = tmp_path / "run.yaml"
    file.write_text(GOOD)

    alias, mistakes = read_alias(file, "ops")

    assert mistakes == ()
    assert alias is not None
    assert (alias.ref, alias.action_ref, alias.enabled) == ("ops.run", "core.remote", True)
    assert alias.formats == (
        Format("run {{cmd}} on {{hosts}}", ("run {{cmd}} on {{hosts}}",)),
        Format("run {{cmd}}", ("(run|execute) {{cmd}}",)),
        Format("only shown", ()),
    )
    assert alias.ack == Answer(format="On it", append_url=False)
    assert alias.result == Answer(enabled=False, extra={"slack": {"color": "red"}})
    assert (alias.extra, alias.immutable_parameters) == ({"audit": True}, {"sudo": True})


def test_what_is_wrong_is_told_by_line_and_key(tmp_path: Path) -> None:
    file = tmp_path / "run.yaml"
    file.write_text(BAD)

    alias, mistakes = read_alias(file, "ops")

    assert alias is None
    assert {each.key: each.line for each in mistakes} == {
        "action_refs": 2,
        "action_ref": 1,
        "formats[0]": 4,
        "formats[1].representations": 5,
        "formats[2]": 6,
        "formats[3]": 7,
    }
    told = {each.key: each.problem for each in mistakes}
    assert told["action_refs"] == "is unknown and passed over. Did you mean “action_ref”?"
    assert "is no regular expression" in told["formats[0]"]


def test_an_alias_with_a_bad_answer_is_there_all_the_same(tmp_path: Path) -> None:
    file = tmp_path / "run.yaml"
    file.write_text(BAD.replace("action_refs", "action_ref"))

    alias, mistakes = read_alias(file, "ops")

    assert alias is not None
    keys = [each.key for each in mistakes]
    assert [key for key in keys if not key.startswith("formats")] == [
        "enabled",
        "ack.url",
        "ack.format",
    ]
