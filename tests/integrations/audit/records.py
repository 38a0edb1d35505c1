"""Records to be sent, ordinary and hostile ones."""

from __future__ import annotations

from security.audit import Outcome, Record, Sealed
from tests.clock import START

HASH = "0f" * 32
HOSTILE = {
    "newline": "one\r\ntwo\n<0>1 - - - - - - forged",
    "quotes": 'say "x" \\" [a]b] \\',
    "nul and escape": "\x00\x1b[31mred\x7f\x85\u2028",
    'ünï=] "': "Größe 🚨 日本",
    "": "no name",
    "empty": "",
}


def sealed(
    number: int = 1,
    action: str = "incident.started",
    outcome: Outcome = Outcome.OK,
    **details: str,
) -> Sealed:
    """A record of @ana's, sealed."""
    return Sealed(
        number + 1000,
        number,
        Record(
            START,
            "account-1",
            "ana",
            "web",
            action,
            outcome,
            "incident",
            "incident-1",
            "INC-00001",
            "main",
            None,
            details,
        ),
        HASH,
    )


def hostile(number: int = 1, huge: int = 0) -> Sealed:
    """A record full of what breaks naïve receivers, with a text of that length in it."""
    return sealed(
        number, "odd]\n action", Outcome.FAILED, **HOSTILE, huge="\U0001f6a8x" * (huge // 2)
    )
