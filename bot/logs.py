"""The log: plain lines for people or JSON for machines, without secrets."""

from __future__ import annotations

import json
import logging
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Literal, TextIO

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Id of the HTTP request at hand; also sent back as `X-Request-Id`."""

_SECRETS = (
    (re.compile(r"\btoc_[A-Za-z0-9_-]{8,}"), "toc_…"),
    (re.compile(r"(/sign-in/)[A-Za-z0-9_-]{8,}"), r"\1…"),
    (re.compile(r"(://[^:/@\s]+:)[^@\s]+@"), r"\1…@"),
    (re.compile(r"\b(Token|Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}"), r"\1 …"),
    (
        re.compile(
            r"((?:password|passwd|secret|api[_-]?key)\"?\s*[=:]\s*\"?)[^\s\",;&]+", re.IGNORECASE
        ),
        r"\1…",
    ),
)
_QUIET = {"aiohttp.access": logging.WARNING, "dbos": logging.WARNING, "alembic": logging.WARNING}
_ACCESS = "tocsin.access"
"""One line a request; written at the level `debug` only."""
_SELDOM = 30.0
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime"}
Style = Literal["plain", "json"]


def redact(text: str) -> str:
    """`text` without what looks like a token, a sign-in link or a password."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


class PlainFormatter(logging.Formatter):
    """`12:03:11 WARNING tocsin.delivery: …`, times in UTC."""

    def format(self, record: logging.LogRecord) -> str:
        """One record, redacted; a traceback follows on lines of its own."""
        at = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
        line = f"{at} {record.levelname} {record.name}: {record.getMessage()}"
        if request := request_id.get():
            line = f"{line} [request {request}]"
        if record.exc_info:
            line = f"{line}\n{self.formatException(record.exc_info)}"
        return redact(line)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: at, level, logger, message, request, error, and extras."""

    def format(self, record: logging.LogRecord) -> str:
        """One record, redacted."""
        entry: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request := request_id.get():
            entry["request"] = request
        if record.exc_info:
            entry["error"] = self.formatException(record.exc_info)
        entry |= {
            name: value
            for name, value in record.__dict__.items()
            if name not in _STANDARD and isinstance(value, str | int | float | bool)
        }
        # Redacted piece by piece, since afterwards quotes are escaped.
        clean = {name: redact(v) if isinstance(v, str) else v for name, v in entry.items()}
        return json.dumps(clean, ensure_ascii=False)


class Seldom(logging.Filter):
    """Lets a message through once in half a minute.

    Where a library says the same thing in a loop, a database that is away for a minute
    would otherwise fill the disk.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, int], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is to be written; told apart by where it was logged."""
        place = (record.pathname, record.lineno)
        if record.created - self._said.get(place, -_SELDOM) < _SELDOM:
            return False
        self._said[place] = record.created
        return True


def set_up(level: str, style: Style, stream: TextIO = sys.stderr) -> None:
    """Log everything of `level` and above to `stream`."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter() if style == "json" else PlainFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(max(least, logging.getLevelNamesMapping()[level.upper()]))
    if root.level > logging.DEBUG:
        logging.getLogger(_ACCESS).setLevel(logging.WARNING)
    talkative = logging.getLogger("dbos")
    if not any(isinstance(known, Seldom) for known in talkative.filters):
        talkative.addFilter(Seldom())
