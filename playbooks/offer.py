"""Offering a playbook where one of its keywords is said: when, and how often."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache

from playbooks.playbook import Playbook

QUIET_FOR = timedelta(minutes=15)
"""A playbook is offered in a channel once in each such stretch of the day."""


def keyword_in(playbook: Playbook, text: str) -> str | None:
    """The playbook's keyword that `text` holds as a whole word, case ignored, as it stands there.

    None when it holds none.
    """
    keywords = playbook.settings.keywords
    found = _pattern(keywords).search(text) if keywords else None
    return found[0] if found else None


def offer_key(playbook: Playbook, lane: str, now: datetime) -> str:
    """The key an offer is sent under: the second one with it is not sent.

    The outbox knows its keys for longer than `QUIET_FOR`, so that the rule outlives a
    restart and holds for several processes.
    """
    stretch = int(now.timestamp() // QUIET_FOR.total_seconds())
    return f"offer:{playbook.id}:{lane}:{stretch}"


@lru_cache(maxsize=500)
def _pattern(keywords: tuple[str, ...]) -> re.Pattern[str]:
    choices = "|".join(re.escape(word) for word in sorted(keywords, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{choices})(?!\w)", re.IGNORECASE)
