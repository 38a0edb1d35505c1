"""Messages as the SDK wants them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from botbuilder.schema import Activity, Attachment  # pyright: ignore[reportMissingTypeStubs]

CARD = "application/vnd.microsoft.card.adaptive"


def carrying(content: dict[str, Any], summary: str, more: Sequence[Attachment] = ()) -> Activity:
    """A message that is a card.

    Args:
        content: The Adaptive Card.
        summary: What a notification shows.
        more: What is attached besides.
    """
    card = Attachment(content_type=CARD, content=content)
    line = " ".join(summary.split())[:200]
    return Activity(type="message", summary=line, attachments=[card, *more])


def marked(content: dict[str, Any], key: str) -> tuple[dict[str, Any], str]:
    """A card that can be told from every other one of ours, and what it can be told by.

    Args:
        content: The Adaptive Card; its first element gets an id, which nobody sees.
        key: What it is sent under.
    """
    mark = f"tocsin-{hashlib.sha256(key.encode()).hexdigest()[:32]}"
    first, *others = content["body"]
    return {**content, "body": [{**first, "id": mark}, *others]}, mark


def mark_of(content: str) -> str:
    """What a card is marked with, given as JSON; empty without a mark."""
    try:
        mark = json.loads(content)["body"][0]["id"]
    except (ValueError, KeyError, TypeError, IndexError):
        return ""
    return mark if isinstance(mark, str) else ""


def file_consent(name: str, size: int, about: str, context: dict[str, str]) -> Activity:
    """A question whether a file may be put into somebody's own files.

    Source: Microsoft Learn, "Send and receive files through the bot".
    """
    content = {
        "description": " ".join(about.split())[:200],
        "sizeInBytes": size,
        "acceptContext": context,
        "declineContext": context,
    }
    kind = "application/vnd.microsoft.teams.card.file.consent"
    return Activity(
        type="message",
        summary=name,
        attachments=[Attachment(content_type=kind, name=name, content=content)],
    )


def file_info(name: str, url: str, unique: str, kind: str) -> Activity:
    """Where the file is now."""
    content = {"uniqueId": unique, "fileType": kind}
    info = "application/vnd.microsoft.teams.card.file.info"
    attachment = Attachment(content_type=info, name=name, content=content, content_url=url)
    return Activity(type="message", summary=name, attachments=[attachment])
