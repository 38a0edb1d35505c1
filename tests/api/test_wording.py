"""Errors speak of calls where a person in chat would read of commands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.wording import for_programs


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("/playbook list shows yours.", "GET /api/playbooks/ shows yours."),
        (
            "Make somebody else one first: /playbook share outage @person --admin",
            "Make somebody else one first: POST /api/playbooks/outage/members/",
        ),
        (
            "To go on with it, type /incident restart INC-00007.",
            "To go on with it, call POST /api/incidents/INC-00007/restart/.",
        ),
        (
            "It is done; type /incident uncheck 1.2 first.",
            "It is done; call POST /api/incidents/7/steps/1.2/uncheck/ first.",
        ),
        (
            "Stage “S” has no steps yet; /incident step add TITLE adds one.",
            "Stage “S” has no steps yet; POST /api/incidents/7/steps/ adds one.",
        ),
        (
            "For the commander use /incident commander @person.",
            "For the commander use POST /api/incidents/7/commander/.",
        ),
        ("/runbook list shows yours.", "GET /api/automation/runbooks/ shows yours."),
        ("/runbook status shows the newest", "GET /api/automation/executions/ shows the newest"),
        ("/approvals shows what waits", "GET /api/automation/approvals/ shows what waits"),
        ("/action list shows them", "GET /api/automation/actions/ shows them"),
        ("Look at /approvals/APR-00001.", None),
        ("must begin with /, such as /incident update", None),
    ],
)
def test_a_command_becomes_the_call_that_does_the_same(said: str, told: str | None) -> None:
    assert for_programs(said, "7") == (told or said)


def test_a_command_stays_where_nothing_says_which_incident_is_meant() -> None:
    assert for_programs("Type /incident end.", None) == "Type /incident end."


@given(st.text(), st.none() | st.text())
def test_what_speaks_of_no_command_stays_as_it_is(text: str, ref: str | None) -> None:
    said = text.replace("/", "")

    assert for_programs(said, ref) == said
