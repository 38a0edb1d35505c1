"""A record as a syslog message.

Source: RFC 5424; section 6 for the format, 6.3.5 for the enterprise number.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterable

from integrations.audit.facts import Facts, cut, facts, gist, line
from security.audit import Outcome, Sealed

_LOG_AUDIT = 13
_WARNING, _NOTICE = 4, 5
_APP = "tocsin"
_ENTERPRISE = 32473
"""The number that RFC 5612 gives to whoever has none of their own."""
_CUTS = (None, 1024, 256, 64, 16)
_LONGEST_PARAM = 256
_NAME = 32

# A control character may end the message for a receiver; its picture never does.
_PICTURES = {
    **{code: 0x2400 + code for code in range(0x20)},
    0x7F: 0x2421,
    **dict.fromkeys((*range(0x80, 0xA0), 0x2028, 0x2029), 0xFFFD),
}


def message(sealed: Sealed, limit: int) -> bytes:
    """A record as one message, without framing.

    Texts are cut until it fits: its JSON stays whole JSON and says that it was cut.

    Args:
        sealed: The record.
        limit: Bytes that it may take, 1400 at least.
    """
    header = _header(sealed)
    for longest in _CUTS:
        made = _made(header, facts(sealed, longest))
        if len(made) <= limit:
            return made
    return _made(header, gist(sealed))


def octet_counted(content: bytes) -> bytes:
    """A message for a stream, with its length before it.

    Source: RFC 6587 section 3.4.1 and RFC 5425 section 4.3.
    """
    return b"%d %s" % (len(content), content)


def ended(content: bytes) -> bytes:
    """A message for a stream on this machine, with a line end behind it.

    Source: RFC 6587 section 3.4.2. None of our messages holds a line end.
    """
    return content + b"\n"


def _made(header: bytes, shown: Facts) -> bytes:
    return b" ".join((header, _data(shown), line(shown)))


def _header(sealed: Sealed) -> bytes:
    entry = sealed.record
    severity = _NOTICE if entry.outcome is Outcome.OK else _WARNING
    parts = (
        f"<{_LOG_AUDIT * 8 + severity}>1",
        str(facts(sealed)["at"]),
        _word(socket.gethostname(), 255),
        _APP,
        str(os.getpid()),
        _word(entry.action, 32),
    )
    return " ".join(parts).encode("ascii")


def _word(text: str, longest: int) -> str:
    """A part of the header: printable ASCII without spaces; `-` for nothing."""
    return re.sub(r"[^!-~]", "_", text)[:longest] or "-"


def _data(shown: Facts) -> bytes:
    """The structured data: the record's fields, and its details in an element of their own."""
    fields: list[tuple[str, str]] = []
    details: list[tuple[str, str]] = []
    for name, value in shown.items():
        if isinstance(value, dict):
            details.extend(value.items())
        elif value not in {None, ""} and name != "truncated":
            fields.append((name, str(value)))
    made = _element(_APP, fields) + (_element("details", details) if details else "")
    return made.encode("utf-8", "replace")


def _element(name: str, params: Iterable[tuple[str, str]]) -> str:
    told = "".join(f' {_param_name(key)}="{_escaped(value)}"' for key, value in params)
    return f"[{name}@{_ENTERPRISE}{told}]"


def _param_name(text: str) -> str:
    return re.sub(r'[^!-~]|[="\]]', "_", text)[:_NAME] or "_"


def _escaped(text: str) -> str:
    shown = cut(text, _LONGEST_PARAM).translate(_PICTURES)
    return re.sub(r'(["\\\]])', r"\\\1", shown)
