"""What a platform can do, declared by its adapter and checked at start."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one message may hold; None means no limit that matters.

    Attributes:
        card_bytes: Of the rendered payload, UTF-8.
        buttons: Controls in one message.
        checklist_items: Items in one message, at most 10 by convention.
        options: Options in one select.
        channel_name: Characters of a channel's name.
        edits_every: Seconds between two edits of one message; what changes meanwhile is one
            edit.
    """

    text_chars: int | None = None
    card_bytes: int | None = None
    buttons: int | None = None
    checklist_items: int = 10
    options: int = 25
    channel_name: int = 64
    edits_every: float = 0.25


@dataclass(frozen=True, slots=True)
class Capabilities:
    """True where the platform can; `chat/degrade.py` chooses the next best otherwise.

    A platform can do everything but what its adapter names; the contract suite holds it to
    the rest.

    Attributes:
        channels: Public channels can be made.
        hears: What people say reaches us without a mention of the bot.
        hears_by: What an administrator does so that it does; empty where it does.
        verified_email: The platform vouches for `Person.email`, so that people are known by it.
        forms_in_a_row: A form may be answered with another one.
    """

    channels: bool = True
    private_channels: bool = True
    invite: bool = True
    edit: bool = True
    pin: bool = True
    ephemeral: bool = True
    forms: bool = True
    message_menu: bool = True
    threads: bool = True
    files: bool = True
    history: bool = True
    topic: bool = True
    archive: bool = True
    direct: bool = True
    verified_email: bool = False
    forms_in_a_row: bool = True
    hears: bool = True
    hears_by: str = ""
    limits: Limits = Limits()
