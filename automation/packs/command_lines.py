"""Finds where values from outside land in a shell's command line as they are.

StackStorm fills in a command line without quoting anything, so that a value may hold
commands of its own. Looked at are the command lines of a pack's own actions, and what its
rules, aliases, chains and workflows hand to an action that takes one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import cast

from automation.actions.action import Action
from automation.actions.lines import Lines
from automation.packs.documents import CommandLine, Contents, Document
from automation.templates import template
from automation.values import Json

_SHELLS = frozenset({"local-shell-cmd", "remote-shell-cmd"})
CORE = frozenset({"core.local", "core.local_sudo", "core.remote", "core.remote_sudo"})
"""Actions of another pack that take a command line."""
_EXPRESSION = re.compile(r"\{\{.+?\}\}|<%.+?%>", re.DOTALL)
_INLINE = re.compile(r"""(?:^|\s)cmd=("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\S.*)""", re.DOTALL)
_PLACE = re.compile(r"\{\{\s*cmd\s*[=}]")


def command_lines(
    contents: Contents, described: Mapping[str, tuple[Document, Action]]
) -> Iterator[CommandLine]:
    """Every such place in a pack, by file.

    Args:
        contents: What it holds.
        described: Each of its actions, with the file that describes it.
    """
    taking = CORE | {ref for ref, (_, action) in described.items() if _takes_one(action)}
    for document, action in described.values():
        yield from _of_action(document, action)
    for rule in contents.rules:
        yield from _of_rule(rule, taking)
    for alias in contents.aliases:
        yield from _of_alias(alias, taking)
    for chain in contents.chains.values():
        yield from _of_chain(chain, taking)
    for workflow in contents.workflows.values():
        yield from _of_workflow(workflow, taking)


def _takes_one(action: Action) -> bool:
    """Whether whoever calls it may give the command line."""
    cmd = action.parameter("cmd")
    return action.runner in _SHELLS and cmd is not None and not cmd.immutable


def _of_action(document: Document, action: Action) -> Iterator[CommandLine]:
    """Its own command line, filled in from its parameters."""
    cmd = action.parameter("cmd")
    if action.runner not in _SHELLS or cmd is None or not isinstance(cmd.default, str):
        return
    fixed = {each.name: each for each in action.parameters if each.immutable}
    for expression in _expressions(cmd.default):
        names = {name.partition(".")[0] for name in template.names(expression)}
        if names and names <= fixed.keys():
            continue
        kinds = [
            f"“{each.name}” ({'one of a few words' if 'enum' in each.schema else each.type})"
            for each in action.parameters
            if each.name in names and each.name not in fixed
        ]
        what = f"the parameter {', '.join(kinds)}" if kinds else "what it reads"
        yield _line(
            document.lines,
            document,
            "parameters.cmd.default",
            expression,
            f"puts {what} into the command line of {action.ref}",
        )


def _of_rule(rule: Document, taking: frozenset[str]) -> Iterator[CommandLine]:
    action = rule.body.get("action")
    if not isinstance(action, dict):
        return
    body = cast("dict[str, Json]", action)
    if body.get("ref") in taking:
        yield from _given(rule, "action.parameters", body.get("parameters"), str(body["ref"]))


def _of_alias(alias: Document, taking: frozenset[str]) -> Iterator[CommandLine]:
    ref = alias.body.get("action_ref")
    if ref not in taking:
        return
    yield from _given(alias, "immutable_parameters", alias.body.get("immutable_parameters"), ref)
    formats = alias.body.get("formats")
    for number, each in enumerate(cast("list[Json]", formats) if isinstance(formats, list) else []):
        if _PLACE.search(str(each)):
            yield _line(
                alias.lines,
                alias,
                f"formats[{number}]",
                "",
                f"hands what somebody says in chat to {ref} as its command line",
            )


def _of_chain(chain: Document, taking: frozenset[str]) -> Iterator[CommandLine]:
    tasks = chain.body.get("chain")
    for number, each in enumerate(cast("list[Json]", tasks) if isinstance(tasks, list) else []):
        if isinstance(each, dict):
            task = cast("dict[str, Json]", each)
            ref = str(task.get("ref") or task.get("action") or "")
            for key in ("parameters", "params"):
                if ref in taking:
                    yield from _given(chain, f"chain[{number}].{key}", task.get(key), ref)


def _of_workflow(workflow: Document, taking: frozenset[str]) -> Iterator[CommandLine]:
    tasks = workflow.body.get("tasks")
    if not isinstance(tasks, dict):
        return
    for name, each in cast("dict[str, Json]", tasks).items():
        if not isinstance(each, dict):
            continue
        task = cast("dict[str, Json]", each)
        ref, _, rest = str(task.get("action") or "").strip().partition(" ")
        if ref not in taking:
            continue
        yield from _given(workflow, f"tasks.{name}.input", task.get("input"), ref)
        inline = _INLINE.search(f" {rest}")
        for expression in _expressions(inline[1] if inline else ""):
            yield _used(workflow, f"tasks.{name}.action", expression, ref)


def _given(document: Document, key: str, parameters: Json, ref: str) -> Iterator[CommandLine]:
    """What a use of an action puts into its command line."""
    if isinstance(parameters, dict):
        cmd = cast("dict[str, Json]", parameters).get("cmd")
        for expression in _expressions(cmd):
            yield _used(document, f"{key}.cmd", expression, ref)
    else:
        # Of a workflow, the whole input may be one expression.
        for expression in _expressions(parameters):
            yield _used(document, key, expression, ref)


def _used(document: Document, key: str, expression: str, ref: str) -> CommandLine:
    return _line(document.lines, document, key, expression, f"goes into the command line of {ref}")


def _expressions(value: Json) -> list[str]:
    return _EXPRESSION.findall(value) if isinstance(value, str) else []


def _line(lines: Lines, document: Document, key: str, expression: str, what: str) -> CommandLine:
    said = f"{expression} {what}, unquoted" if expression else f"{what}"
    return CommandLine(document.file, lines.line(key), key, expression, said)
