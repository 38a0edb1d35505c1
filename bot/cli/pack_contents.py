"""What `tocsin pack validate` and `tocsin pack show PATH` say of a pack's folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from automation.actions.action import Parameter
from automation.actions.lines import FileMistake
from automation.executions.inside import RUNNERS
from automation.packs.documents import CommandLine, Contents, Unsupported
from automation.packs.reading import read_pack
from automation.values import Json
from bot.cli.output import safe, show_table
from bot.settings_check import load
from bot.workshop import load_runners


def contents_of(path: str) -> Contents:
    """What lies in a folder, read with the runners that are installed.

    Raises:
        BadInput: It is no pack, or a runner's package cannot be loaded.
    """
    installed = {name: each.parameters for name, each in load_runners(load()).items()}
    return read_pack(Path(path), {**installed, **RUNNERS})


def verdict(contents: Contents) -> dict[str, object]:
    """What is wrong in a pack, for programs; files are named from the pack's folder on."""
    inside = contents.manifest.folder
    return {
        "ref": contents.manifest.ref,
        "version": contents.manifest.version or None,
        "valid": not contents.mistakes,
        "counts": dict(_counts(contents)),
        "mistakes": [
            _place(each, inside) | {"problem": each.problem} for each in contents.mistakes
        ],
        "unsupported": [
            {
                "file": _within(each.file, inside),
                "line": each.line,
                "action": each.ref,
                "runner": each.runner,
                "why": each.why,
            }
            for each in contents.unsupported
        ],
        "command_lines": [
            _place(each, inside) | {"expression": each.expression, "what": each.what}
            for each in contents.command_lines
        ],
    }


def show_verdict(contents: Contents) -> None:
    """The same for people."""
    inside = contents.manifest.folder
    click.echo(_headline(contents))
    for each in contents.mistakes:
        key = f"{each.key} " if each.key else ""
        click.echo(safe(f"{_where(each, inside)}: {key}{each.problem}"))
    for each in contents.unsupported:
        said = f"{each.ref} is of the runner {each.runner}, which is not supported: {each.why}"
        click.echo(safe(f"{_where(each, inside)}: {said}"))
    if contents.command_lines:
        click.echo("Values from outside land in command lines as they are here:")
    for each in contents.command_lines:
        click.echo(safe(f"{_where(each, inside)}: {each.key} {' '.join(each.what.split())}"))
    wrong = len(contents.mistakes)
    click.echo(_number(wrong, "mistake") + "." if wrong else "Nothing is wrong in its files.")


def all_of(contents: Contents) -> dict[str, object]:
    """Everything in a pack, for programs."""
    said = contents.manifest
    return verdict(contents) | {
        "name": said.name,
        "folder": str(said.folder),
        "description": said.description,
        "author": said.author,
        "dependencies": list(said.dependencies),
        "actions": [
            {"ref": each.ref, "runner": each.runner, "description": each.description}
            for each in contents.actions
        ],
        "rules": [each.body["name"] for each in contents.rules],
        "aliases": [each.body["name"] for each in contents.aliases],
        "sensors": [
            {"ref": each.ref, "triggers": [kind.ref for kind in each.triggers]}
            for each in contents.sensors
        ],
        "triggers": [each.ref for each in contents.triggers],
        "policies": [
            {"ref": each.ref, "type": each.policy_type, "for": each.resource_ref}
            for each in contents.policies
        ],
        "config": [
            {
                "name": each.name,
                "type": each.type,
                "required": each.required,
                "secret": each.secret,
                # A default that is secret stands in the file for everybody, and not here.
                "default": None if each.secret else each.default,
            }
            for each in contents.config
        ],
    }


def show_all(contents: Contents) -> None:
    """The same for people."""
    said = contents.manifest
    click.echo(_headline(contents))
    click.echo(safe(f"{said.description}\nBy {said.author or 'nobody named'}, in {said.folder}"))
    for title, rows in _lists(contents):
        if rows:
            click.echo("")
            show_table((title, "", ""), rows, empty="")
    if contents.mistakes:
        click.echo(f"\n{_number(len(contents.mistakes), 'mistake')}: tocsin pack validate tells.")


def _lists(contents: Contents) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    yield "ACTION", [(each.ref, each.runner, each.description) for each in contents.actions]
    yield (
        "RULE",
        [(str(each.body["name"]), "", _about(each.body)) for each in contents.rules],
    )
    yield (
        "ALIAS",
        [
            (str(each.body["name"]), str(each.body.get("action_ref") or ""), _about(each.body))
            for each in contents.aliases
        ],
    )
    yield (
        "SENSOR",
        [
            (each.ref, ", ".join(kind.ref for kind in each.triggers), each.description)
            for each in contents.sensors
        ],
    )
    yield "TRIGGER", [(each.ref, "", each.description) for each in contents.triggers]
    yield (
        "POLICY",
        [(each.ref, each.policy_type, f"for {each.resource_ref}") for each in contents.policies],
    )
    yield (
        "CONFIG",
        [
            (
                each.name,
                ", ".join((each.type, *_marks(each))),
                each.description,
            )
            for each in contents.config
        ],
    )


def _marks(field: Parameter) -> Iterator[str]:
    yield from ("required",) if field.required else ()
    yield from ("secret",) if field.secret else ()


def _about(body: Mapping[str, Json]) -> str:
    return str(body.get("description") or "").strip()


def _headline(contents: Contents) -> str:
    said = contents.manifest
    counts = [_number(count, what) for what, count in _counts(contents) if count]
    return safe(f"{said.ref} {said.version}: {', '.join(counts) or 'nothing in it'}")


def _counts(contents: Contents) -> Iterator[tuple[str, int]]:
    yield "action", len(contents.actions)
    yield "rule", len(contents.rules)
    yield "alias", len(contents.aliases)
    yield "sensor", len(contents.sensors)
    yield "trigger", len(contents.triggers) + sum(len(each.triggers) for each in contents.sensors)
    yield "policy", len(contents.policies)
    yield "workflow", len(contents.workflows)
    yield "chain", len(contents.chains)


def _number(count: int, what: str) -> str:
    several = {"policy": "policies", "alias": "aliases"}.get(what, f"{what}s")
    return f"{count} {what if count == 1 else several}"


def _place(each: FileMistake | CommandLine, inside: Path) -> dict[str, object]:
    return {"file": _within(each.file, inside), "line": each.line, "key": each.key}


def _where(each: FileMistake | CommandLine | Unsupported, inside: Path) -> str:
    return f"{_within(each.file, inside)}:{each.line}"


def _within(file: Path, folder: Path) -> str:
    return str(file.relative_to(folder)) if file.is_relative_to(folder) else str(file)
