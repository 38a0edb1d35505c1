"""Our commands as Discord's application commands, and lines typed in them read back.

Discord knows a command, groups in it, and subcommands, 25 to each. Whatever a command takes
is typed in one field, `options`, as on every other platform. What finds no place among the
25 goes into the group `more`; `/tocsin` takes any line whatever.

Source: discord.com/developers/docs/interactions/application-commands.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable

from adapters.discord.controls import fitted
from adapters.discord.raw import Json
from chat.fit import units
from chat.phrase import Phrase, Suggestion

LINE_COMMAND = "tocsin"
START_MENU = "Start incident"
MENU_ACTION = "incident.start"
MOST_CHILDREN = 25
MOST_CHOICES = 25
MOST_CHOICE = 100

_COMMAND, _MESSAGE_MENU = 1, 3
_SUBCOMMAND, _GROUP, _STRING, _ATTACHMENT = 1, 2, 3, 11
_IN_GUILD = 0
_MORE = "more"
_NAME = re.compile(r"[-_a-z0-9]{1,32}")
_ABOUT = 100


def registered(phrases: Iterable[Phrase]) -> list[Json]:
    """Every command, as they are registered with one call."""
    roots: dict[str, list[Phrase]] = {}
    for phrase in phrases:
        if 1 <= len(phrase.path) <= 3 and all(map(_NAME.fullmatch, phrase.path)):  # noqa: PLR2004 - as deep as Discord goes
            roots.setdefault(phrase.path[0], []).append(phrase)
    made = [_root(name, held) for name, held in roots.items() if name != LINE_COMMAND]
    line = _option("line", "A command as /help shows it, such as: incident list", required=True)
    file = {"type": _ATTACHMENT, "name": "file", "description": "A file that goes with it"}
    made.append(_command(LINE_COMMAND, "Type any command of Tocsin", [line, file]))
    made.append({"type": _MESSAGE_MENU, "name": START_MENU, "contexts": [_IN_GUILD]})
    return made


def digest(commands: list[Json]) -> str:
    """The same for the same commands."""
    return hashlib.sha256(json.dumps(commands, sort_keys=True).encode()).hexdigest()


def line(data: Json) -> str:
    """The line that somebody typed, with its slash."""
    words = [str(data["name"])]
    options: list[Json] = data.get("options", [])
    while options and options[0]["type"] in {_SUBCOMMAND, _GROUP}:
        words.append(str(options[0]["name"]))
        options = options[0].get("options", [])
    typed = next((str(o["value"]) for o in options if o["type"] == _STRING), "")
    if words == [LINE_COMMAND]:
        return f"/{typed.strip().removeprefix('/')}"
    return f"/{_path(words)} {typed}".rstrip()


def begun(data: Json) -> tuple[str, str]:
    """A line that is being typed: what stands before the field, and what is in it."""
    words = [str(data["name"])]
    options: list[Json] = data.get("options", [])
    while options and options[0]["type"] in {_SUBCOMMAND, _GROUP}:
        words.append(str(options[0]["name"]))
        options = options[0].get("options", [])
    typed = next((str(o.get("value", "")) for o in options if o.get("focused")), "")
    if words == [LINE_COMMAND]:
        return "/", typed.removeprefix("/")
    return f"/{_path(words)} ", typed


def choices(before: str, suggestions: Iterable[Suggestion]) -> list[Json]:
    """Completions of what is in the field; those longer than Discord takes are left out."""
    made: dict[str, Json] = {}
    for suggestion in suggestions:
        value = suggestion.text.removeprefix(before).rstrip()
        if not suggestion.text.startswith(before) or not value or units(value) > MOST_CHOICE:
            continue
        shown = f"{value} · {suggestion.hint}" if suggestion.hint else value
        made.setdefault(value, {"name": fitted(shown, MOST_CHOICE), "value": value})
    return list(made.values())[:MOST_CHOICES]


def _root(name: str, held: list[Phrase]) -> Json:
    alone = next((phrase for phrase in held if len(phrase.path) == 1), None)
    if alone is not None and len(held) == 1:
        return _command(name, alone.about, _options(alone))
    groups: dict[str, list[Json]] = {}
    leaves: list[Json] = []
    for phrase in held:
        if len(phrase.path) == 3:  # noqa: PLR2004 - command, group, subcommand
            groups.setdefault(phrase.path[1], []).append(_leaf(phrase))
        elif len(phrase.path) == 2:  # noqa: PLR2004 - command, subcommand
            leaves.append(_leaf(phrase))
    leaves = [leaf for leaf in leaves if leaf["name"] not in groups]
    options = [*leaves, *(_group(group, inner) for group, inner in groups.items())]
    if len(options) > MOST_CHILDREN:
        room = max(MOST_CHILDREN - 1 - len(groups), 0)
        options = [*leaves[:room], *options[len(leaves) :], _group(_MORE, leaves[room:])]
    return _command(name, f"Commands about {name}s", options[:MOST_CHILDREN])


def _command(name: str, about: str, options: list[Json]) -> Json:
    return {
        "type": _COMMAND,
        "name": name,
        "description": fitted(about, _ABOUT),
        "options": options,
        "contexts": [_IN_GUILD],
    }


def _group(name: str, inner: list[Json]) -> Json:
    about = "More commands" if name == _MORE else f"Commands about a {name}"
    return {
        "type": _GROUP,
        "name": name,
        "description": about,
        "options": inner[:MOST_CHILDREN],
    }


def _leaf(phrase: Phrase) -> Json:
    return {
        "type": _SUBCOMMAND,
        "name": phrase.path[-1],
        "description": fitted(phrase.about, _ABOUT),
        "options": _options(phrase),
    }


def _options(phrase: Phrase) -> list[Json]:
    if not phrase.takes:
        return []
    made = [_option("options", phrase.takes, required=False)]
    if phrase.takes in {"[JSON]", "[YAML]"}:
        file = {"type": _ATTACHMENT, "name": "file", "description": "The file to read it from"}
        made.append(file)
    return made


def _option(name: str, about: str, required: bool) -> Json:
    return {
        "type": _STRING,
        "name": name,
        "description": fitted(about, _ABOUT),
        "required": required,
        "autocomplete": True,
    }


def _path(words: list[str]) -> str:
    return " ".join(word for at, word in enumerate(words) if not (at == 1 and word == _MORE))
