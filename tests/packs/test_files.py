"""The files of the shipped packs: every action is read without a mistake, every runbook saved."""

from __future__ import annotations

from pathlib import Path

import pytest

from automation.actions.registry import SHIPPED
from automation.runbook import Content
from automation.runbooks.checking import mistakes_of, unknown_actions
from automation.runbooks.documents import read_text
from tests.packs.acting import Acting

RUNBOOKS = sorted(SHIPPED.glob("*/runbooks/*.yaml"))
WANTED = (
    *("gather-diagnostics", "http-probe", "tls-expiry", "dns-check", "disk-cleanup"),
    *("service-restart", "prometheus-picture"),
)


def shipped(path: Path) -> tuple[Content, str | None]:
    """A runbook and the version that it names."""
    return read_text(path.read_text(encoding="utf-8"))


def test_the_wanted_runbooks_are_there() -> None:
    assert set(WANTED) <= {path.stem for path in RUNBOOKS}


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.stem)
async def test_a_runbook_has_no_mistake(act: Acting, path: Path) -> None:
    content, label = shipped(path)

    found = mistakes_of(content, act.registry)
    found.refuse("This runbook is wrong")
    assert unknown_actions(content, act.registry) == {}
    assert label == "1.0"
    assert content.description
    assert content.estimated_duration
    assert all(each.description for each in content.parameters)
    assert all(each.required or each.has_default for each in content.parameters)
    # What it has found is told in the incident, or where it was asked for in chat.
    posts = [step for step in content.steps if step.action == "chat.post"]
    assert any(step.when.startswith("incident") for step in posts)


@pytest.mark.parametrize("name", ["disk-cleanup", "service-restart", "service-restart-remote"])
def test_what_changes_a_machine_is_agreed_to_first(name: str) -> None:
    (path,) = (path for path in RUNBOOKS if path.stem == name)
    content, _ = shipped(path)

    changing = [
        step
        for step in content.steps
        if step.action.startswith(("linux.service_re", "linux.disk_cl"))
        and step.parameters.get("dry_run") is not True
    ]
    assert changing
    assert all(step.approval is not None for step in changing)


async def test_every_action_is_read_without_a_mistake(act: Acting) -> None:
    assert act.registry.mistakes == ()
    ours = [
        each
        for each in act.registry.all()
        if each.ref.startswith(("linux.", "net.", "prometheus."))
    ]
    assert len(ours) == 20
    for action in ours:
        assert action.description
        of_runner = {each.name for each in act.runners[action.runner].parameters}
        for parameter in action.parameters:
            assert parameter.description or parameter.immutable or parameter.name in of_runner


async def test_what_can_be_done_here_can_be_done_elsewhere_too(act: Acting) -> None:
    refs = {each.ref for each in act.registry.all() if each.ref.startswith("linux.")}

    assert {f"{ref}_remote" for ref in refs if not ref.endswith("_remote")} <= refs
