"""What docs/workflows.md shows is what happens."""

from __future__ import annotations

import json
import re
from pathlib import Path

from automation.workflows.cases import case_of
from automation.workflows.functions import FUNCTIONS
from automation.workflows.rehearsing import prepared, rehearse
from bot.cli.workflow import facts

TEXT = (Path(__file__).parents[2] / "docs/workflows.md").read_text(encoding="utf-8")
WORKFLOW = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)[0]
CASE, ANSWER = (json.loads(each) for each in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL))


def test_the_rehearsal_goes_as_shown() -> None:
    inputs, mocks = case_of(CASE)

    found = rehearse(prepared(WORKFLOW, mocks), inputs, mocks)

    assert facts(found) == ANSWER


def test_every_function_is_named() -> None:
    assert [name for name in FUNCTIONS if not re.search(rf"`{name}[`(]", TEXT)] == []
