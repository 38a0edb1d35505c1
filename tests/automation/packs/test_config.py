"""A pack's config: what it takes, read leniently, and the values it is given."""

from __future__ import annotations

from typing import Any

import pytest

from automation.packs.config_schema import read_config_schema
from automation.packs.config_values import Dynamic, read_config, resolved
from tests.automation.packs.conftest import Folder

SCHEMA = """
token: {type: string, secret: true, required: true}
url: {type: string, default: "https://example.org"}
level: {type: string, enum: [low, high]}
limits:
  type: object
  properties:
    count: {type: integer, default: 30}
    key: {type: string, secret: true}
  additionalProperties: {type: string}
hosts:
  type: array
  items:
    type: object
    properties:
      name: {type: string, required: true}
      port: {type: integer, default: 22}
"""


def config(pack: Folder, given: dict[str, Any], schema: str = SCHEMA) -> Any:
    pack.write("config.schema.yaml", schema)
    fields, mistakes = read_config_schema(pack.path)
    assert mistakes == ()
    return read_config(fields, given)


def test_defaults_are_filled_in_at_every_depth(pack: Folder) -> None:
    given = {"token": "t0ken", "hosts": [{"name": "a"}, {"name": "b", "port": 2222}]}

    found = config(pack, given)

    assert found.values == {
        "token": "t0ken",
        "url": "https://example.org",
        "limits": {"count": 30},
        "hosts": [{"name": "a", "port": 22}, {"name": "b", "port": 2222}],
    }
    assert found.problems == ()
    assert given["hosts"] == [{"name": "a"}, {"name": "b", "port": 2222}], "left as it was"


def test_dynamic_values_are_marked_and_looked_up(pack: Folder) -> None:
    found = config(
        pack,
        {
            "token": "{{ st2kv.system.token }}",
            "limits": {"key": "clear-key", "other": "{{st2kv.user.other}}"},
            "hosts": [{"name": "{{ st2kv.system.host }}"}],
        },
        SCHEMA + "region: {type: string, default: '{{ st2kv.system.region }}'}\n",
    )

    assert set(found.dynamic) == {
        Dynamic(("token",), "{{ st2kv.system.token }}", secret=True, is_default=False),
        Dynamic(("limits", "other"), "{{st2kv.user.other}}", secret=False, is_default=False),
        Dynamic(("hosts", 0, "name"), "{{ st2kv.system.host }}", secret=False, is_default=False),
        Dynamic(("region",), "{{ st2kv.system.region }}", secret=False, is_default=True),
    }
    values, hidden = resolved(found, lambda each: f"<{each.key}>")
    assert values["token"] == "<token>"
    assert values["hosts"] == [{"name": "<hosts[0].name>", "port": 22}]
    assert values["region"] == "<region>"
    assert hidden == {"<token>", "clear-key"}
    assert found.values["token"] == "{{ st2kv.system.token }}"


def test_what_does_not_fit_is_told_without_its_secrets(pack: Folder) -> None:
    found = config(
        pack,
        {
            "token": 12345,
            "level": "middling",
            "limits": {"count": "many"},
            "hosts": [{"port": True}],
            "colour": "red",
        },
    )

    assert dict(found.problems) == {
        "token": "is what it is; give string",
        "level": "is middling; there are low, high",
        "limits.count": "is many; give integer",
        "hosts[0].name": "is missing",
        "hosts[0].port": "is True; give integer",
        "colour": "is unknown to the pack",
    }
    assert found.values["colour"] == "red"


def test_what_is_required_and_missing_is_told(pack: Folder) -> None:
    assert dict(config(pack, {}).problems) == {"token": "is missing"}


def test_a_pack_without_a_schema_takes_anything(pack: Folder) -> None:
    fields, mistakes = read_config_schema(pack.path)

    assert (fields, mistakes) == ((), ())
    assert read_config(fields, {"any": 1}).problems == ()


@pytest.mark.parametrize(
    ("text", "names", "wrong"),
    [
        ("token: {type: str}\n", ["token"], [(1, "token.type")]),
        ("token: text\nurl: {type: string}\n", ["url"], [(1, "token")]),
        ("token:\n  type: string\n  secret: maybe\n", ["token"], [(3, "token.secret")]),
        ("a: {type: object, required: [b], properties: {b: {type: string}}}\n", ["a"], []),
        ("- token\n", [], [(1, "")]),
        ("token: [\n", [], [(2, "")]),
        ("", [], []),
        ("a: {type: [string, integer]}\n", ["a"], []),
    ],
)
def test_schemas_are_read_leniently(
    pack: Folder, text: str, names: list[str], wrong: list[tuple[int, str]]
) -> None:
    pack.write("config.schema.yaml", text)

    found = pack.read()

    assert [each.name for each in found.config] == names
    assert [(each.line, each.key) for each in found.mistakes] == wrong
