"""What docs/aliases.md shows is true."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from automation.aliases.alias import Alias
from automation.aliases.answers import acknowledged, answered, given_to_action
from automation.aliases.matching import AliasIndex
from automation.aliases.reading import read_alias
from automation.templates.datastore import scopes

TEXT = (Path(__file__).parents[2] / "docs/aliases.md").read_text(encoding="utf-8")
ALIAS = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)[0]
ROWS = re.findall(r"^\| `(.*?)` \| (?:`(\{.*?\})`|none)", TEXT, re.MULTILINE)


def alias(tmp_path: Path) -> Alias:
    file = tmp_path / "deploy.yaml"
    file.write_text(ALIAS)
    found, mistakes = read_alias(file, "ops")
    assert mistakes == ()
    assert found is not None
    return found


@pytest.mark.parametrize(("said", "taken"), ROWS)
def test_each_sentence_gives_what_is_shown(tmp_path: Path, said: str, taken: str) -> None:
    found = [each.parameters for each in AliasIndex([alias(tmp_path)]).matches(said)]

    assert found == ([(json.loads(taken),)] if taken else [])


def test_the_answers_can_be_said(tmp_path: Path) -> None:
    one = alias(tmp_path)
    given = given_to_action(AliasIndex([one]).match("undo web"), {"user": "ann"}, scopes())
    execution = {
        "id": "1",
        "status": "succeeded",
        "parameters": given[0],
        "result": {"stdout": "x"},
    }

    begun, ended = acknowledged(one, execution), answered(one, execution)

    assert given == ({"app": "web", "where": "staging", "notify": "ann"},)
    assert begun is not None
    assert ended is not None
    assert begun.text == "Deploying web."
    assert (ended.before, ended.text) == ("web is succeeded.", "x")
    assert (begun.problem, ended.problem) == ("", "")
