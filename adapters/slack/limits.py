"""How much Slack takes, and how texts are brought within it. Pure.

Sources: https://docs.slack.dev/reference/block-kit, and for the whole of a message a limit
that is written nowhere: it refuses blocks with more than about 13,200 characters.
"""

from __future__ import annotations

import re

from chat.capabilities import Limits
from chat.fit import shorten_units

BLOCKS = 50
TEXTS = 12_000
"""UTF-16 units of all texts in one message, which keeps clear of the unwritten limit."""
TEXT = 3000
HEADER = 150
ELEMENTS = 25
BUTTON = 75
OPTIONS = 100
OPTION = 75
OPTION_VALUE = 150
ACTION_ID = 255
PLACEHOLDER = 150
URL = 3000
CONTEXT = 10
CHANNEL_NAME = 80

LIMITS = Limits(
    text_chars=9000,
    buttons=60,
    options=OPTIONS,
    channel_name=CHANNEL_NAME,
    # Slack takes 50 edits a minute in a whole workspace.
    edits_every=1.5,
)
"""What composers keep to."""

_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")

_UNSEEN = "\u200b"
_ALIVE = re.compile(r"(?<!\w)[*_~`](?=\S)|:(?=[\w+'-]+:|//)|\bwww(?=\.)", re.IGNORECASE)
_QUOTE = re.compile(r"^\s*>", re.MULTILINE)


def clean(text: str) -> str:
    """The text without what JSON readers and terminals stumble over."""
    return _UNFIT.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def cut(text: str, most: int) -> str:
    """The cleaned text in at most `most` units, with an ellipsis where it was longer."""
    return shorten_units(clean(text), most)


def label(text: str, most: int) -> str:
    """A text where Slack takes none that is empty."""
    short = cut(text, most)
    return short if short.strip() else "…"


def escaped(text: str) -> str:
    """The text as it stands in Slack's own markup, where it shall mean nothing.

    Slack knows no escape for `*big*`, `_slanted_`, `:faces:`, addresses and quotes, so a space
    that nobody sees stands behind what would begin one.

    Source: https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    still = _ALIVE.sub(lambda found: found[0] + _UNSEEN, _QUOTE.sub(_UNSEEN + ">", text))
    return still.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
