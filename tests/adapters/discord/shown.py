"""What a person sees of a message: Discord's Markdown read by rules of its own.

Whatever was not escaped shows here as what it would do: a mention as `(pings …)`, a link as
its text alone, formatting as nothing.
"""

from __future__ import annotations

import re
from typing import Any

_RULES = re.compile(
    r"(?P<escape>\\[^0-9A-Za-z\s])"
    r"|(?P<ticks>`+)(?P<code>[\s\S]*?[^`])(?P=ticks)(?!`)"
    r"|(?P<everyone>@everyone|@here)"
    r"|<(?P<mention>@!?|@&|\#)(?P<id>\w+)>"
    r"|<t:(?P<time>\d+)(?::\w)?>"
    r"|\[(?P<text>(?:\\.|[^\]\\])*)\]\(<?(?P<url>[^)\s>]+)>?\)"
    r"|(?P<raw>https?://\S+)"
    r"|(?P<emoji>:\w+:)"
    r"|(?P<marks>\*\*|__|~~|\|\||\*|_)"
)
_LINE = re.compile(r"(?m)^(?P<kind>#{1,3} |-# |>>> |> |[-*+] )")
Json = dict[str, Any]


def shown(text: str) -> str:
    """The text as it is displayed."""
    return _RULES.sub(_read, _LINE.sub("", text))


def small_print(text: str) -> bool:
    """Whether a line is in small print."""
    return text.startswith("-# ")


def lines(message: Json) -> list[str]:
    """What a message displays, its buttons' labels at the end."""
    found = [message["content"]] if message.get("content") else []
    labels: list[str] = []
    _gather(message.get("components") or [], found, labels)
    split = [line for text in found for line in text.split("\n") if not small_print(line)]
    return [*map(shown, split), *labels]


def _gather(parts: list[Json], found: list[str], labels: list[str]) -> None:
    for part in parts:
        if part["type"] == 10:
            found.append(part["content"])
        if part["type"] == 2:
            labels.append(part["label"])
        _gather(part.get("components", []), found, labels)
        if "accessory" in part:
            _gather([part["accessory"]], found, labels)


def _read(found: re.Match[str]) -> str:  # noqa: PLR0911 - one for each rule
    if found["escape"]:
        return found["escape"][1:]
    if found["code"] is not None:
        return found["code"].strip()
    if found["everyone"]:
        return f"(pings {found['everyone'][1:]})"
    if found["mention"]:
        return f"({found['mention']}{found['id']})"
    if found["time"]:
        return f"(at {found['time']})"
    if found["text"] is not None:
        return shown(found["text"])
    if found["raw"]:
        return f"(link {found['raw']})"
    return "" if found["marks"] else f"({found['emoji']})"
