"""Shows what the chat answered, as a person reads it in a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import click

from bot.cli.chat_deed import Answer
from bot.cli.output import bold, safe

_SHOWN_ACTIONS = 12


def show(answer: Answer, user: str, url: str) -> None:
    """Print an answer: replies, then a form, then what is still to come.

    Args:
        answer: What the chat said.
        user: Who asked.
        url: What the addresses of our own pages begin with.
    """
    blocks = list(_blocks(answer, user, url))
    click.echo("\n\n".join(safe(block) for block in blocks))


def _blocks(answer: Answer, user: str, url: str) -> Iterator[str]:
    if "results" in answer:
        yield from (_line(message) for message in answer["results"])
        return
    posted = answer.get("message")
    if posted is not None:
        yield f"Posted in #{posted['channel']} (message {posted['id']})."
    for reply in answer.get("replies", ()):
        yield _reply(reply, url)
    if answer.get("form") is not None:
        yield _form(answer["form"], user)
    if answer.get("pending"):
        yield "More will follow in the channel."
    elif not any(answer.get(part) for part in ("message", "replies", "form")):
        yield "Done."


def _line(message: dict[str, Any]) -> str:
    """A message of a channel: when, who, what."""
    at = str(message["posted_at"])[:16].replace("T", " ")
    author = "" if message["system"] else f"{bold('@' + message['author']['name'])}: "
    return f"{at}  {author}{message['text']}"


def _reply(message: dict[str, Any], url: str) -> str:
    """An answer, where its links lead, its files, and how to press its buttons."""
    parts = [str(message["text"])]
    parts += [f"{text}: {url}{page}" for page, text in dict(_pages(message["card"])).items()]
    parts += [
        f"File: {file['name']} ({file['size']} bytes): {url}/api/chat/local/files/{file['id']}/"
        for file in message["files"]
    ]
    actions = message["actions"]
    if actions:
        shown = [_action(action) for action in actions[:_SHOWN_ACTIONS]]
        more = [f"  … and {len(actions) - _SHOWN_ACTIONS} more, see --json"]
        parts.append(f"Press with --message {message['id']} and one of:")
        parts += shown + (more if len(actions) > _SHOWN_ACTIONS else [])
    return "\n".join(parts)


def _pages(part: Any) -> Iterator[tuple[str, str]]:
    """Paths of our own pages that a card links to, with the words it does so by.

    Left out is what is linked by its own name, such as RUN-00042: commands take the name.
    """
    match part:
        case {"span": "link", "text": str(text), "url": str(url)}:
            if url.startswith("/") and url.rpartition("/")[2] != text:
                yield url, text
        case dict():
            for each in cast("dict[str, Any]", part).values():
                yield from _pages(each)
        case list():
            for each in cast("list[Any]", part):
                yield from _pages(each)
        case _:
            return


def _action(action: dict[str, Any]) -> str:
    value = f" --value {_quoted(action['value'])}" if action["value"] else ""
    if action["control"] == "select":
        choices = "|".join(option["value"] for option in action["options"][:_SHOWN_ACTIONS])
        value = f" --value {'PERSON' if action['people'] else choices}"
    return f"  --action {action['action']}{value}   ({action['label']})"


def _form(form: dict[str, Any], user: str) -> str:
    """A form, with the line that fills it in."""
    lines = [bold(str(form["title"]))]
    if form["intro"]:
        lines.append(str(form["intro"]))
    for field in form["fields"]:
        lines += _field(field)
        problem = form["errors"].get(field["name"])
        if problem:
            lines.append(f"    {problem}")
    wanted = " ".join(f"--set {field['name']}=…" for field in form["fields"] if field["required"])
    lines.append(f"Fill it in: tocsin chat --as {user} --form {form['id']} {wanted}".rstrip())
    return "\n".join(lines)


def _field(field: dict[str, Any]) -> list[str]:
    """A question: what it is, and what may be chosen."""
    notes = [
        "" if field["required"] else "may be left out",
        f"now {_quoted(field['value'])}" if field["value"] else "",
        str(field["hint"]),
    ]
    told = "; ".join(note for note in notes if note)
    lines = [f"  {field['name']}: {field['label']}" + (f" ({told})" if told else "")]
    for option in field["options"]:
        label = "" if option["label"] == option["value"] else f"  {option['label']}"
        lines.append(f"    {_quoted(option['value'])}{label}")
    return lines


def _quoted(text: str) -> str:
    return f"'{text}'" if any(letter in text for letter in " '\"\n") else text
