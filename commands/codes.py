"""Codes of a second factor in what people type: used once, and kept nowhere."""

from __future__ import annotations

import re
from dataclasses import replace
from difflib import get_close_matches

from chat.inbound import Command, FormSubmission, Payload
from commands.words import words

CODE_FIELD = "second_factor_code"
"""Name of the field that takes a code in every form."""
_CODE = re.compile(
    r"(?<![\w-])(?:\d{3}[ -]?\d{3}|(?:[a-z2-7]{4}-){3}[a-z2-7]{4})(?![\w-])", re.IGNORECASE
)
"""Six digits of an app, or a recovery code, standing alone."""
CODE_OPTION = "code"
_TAKING = ("approve", "reject")
"""Commands that take a code, however they are misspelt."""


def without_codes(payload: Payload) -> Payload:
    """The event as it is kept: what may be a code is cut out.

    Somebody whose answer is taken up again from there is asked for a code once more.
    """
    match payload:
        case Command():
            return replace(payload, text=_without(payload.text))
        case FormSubmission():
            values = {k: v for k, v in payload.values.items() if k != CODE_FIELD}
            return replace(payload, values=values)
        case _:
            return payload


def _without(line: str) -> str:
    if CODE_OPTION not in line.casefold() and not _CODE.search(line):
        # Nearly every line; what comes in waits for this.
        return line
    found = list(words(line))
    cut = [
        (word.start, following.end if word.value is None and following else word.end)
        for word, following in zip(found, (*found[1:], None), strict=False)
        if word.option == CODE_OPTION
    ]
    verb = found[0].text.removeprefix("/").casefold() if found else ""
    if get_close_matches(verb, _TAKING, n=1):
        # The first word names the approval.
        begin = found[1].end if len(found) > 1 else len(line)
        cut += [match.span() for match in _CODE.finditer(line, begin)]
    kept, at = "", 0
    for start, end in sorted(cut):
        kept += line[at:start]
        at = max(at, end)
    return kept + line[at:]


def code_before(note: str) -> tuple[str, str]:
    """The code that a note begins with, and the rest; no code when it begins otherwise."""
    match = _CODE.match(note.strip())
    return (match[0], note.strip()[match.end() :].strip()) if match else ("", note)
