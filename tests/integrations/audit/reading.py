"""A reader of syslog messages, written after the grammar of RFC 5424 section 6 alone."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

_HEADER = re.compile(
    rb"<(?P<pri>\d{1,3})>(?P<version>[1-9]\d{0,2}) "
    rb"(?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)) "
    rb"(?P<host>[!-~]{1,255}) (?P<app>[!-~]{1,48}) (?P<process>[!-~]{1,128}) "
    rb"(?P<kind>[!-~]{1,32}) "
)
_NAME = re.compile(rb"[!#-<>-\\^-~]{1,32}")  # printable, without = " ]
_VALUE = re.compile(rb'"((?:[^"\\\]]|\\["\\\]])*)"', re.DOTALL)


@dataclass
class Message:
    """What a message says.

    Attributes:
        data: Structured data: element to parameter to value.
        body: The JSON it carries.
    """

    facility: int
    severity: int
    at: datetime
    host: str
    app: str
    kind: str
    body: Any
    data: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])


def read(content: bytes) -> Message:
    """One message.

    Raises:
        AssertionError: It breaks the grammar.
    """
    header = _HEADER.match(content)
    assert header is not None, content[:200]
    assert header["version"] == b"1"
    data, end = _structured(content, header.end())
    assert content[end : end + 1] == b" ", content[end : end + 20]
    body = content[end + 1 :]
    assert all(0x20 <= byte < 0x7F for byte in body), "it needs a byte order mark"
    pri = int(header["pri"])
    return Message(
        facility=pri // 8,
        severity=pri % 8,
        at=datetime.fromisoformat(header["at"].decode()),
        host=header["host"].decode(),
        app=header["app"].decode(),
        kind=header["kind"].decode(),
        body=json.loads(body),
        data=data,
    )


def _structured(content: bytes, at: int) -> tuple[dict[str, dict[str, str]], int]:
    found: dict[str, dict[str, str]] = {}
    while content[at : at + 1] == b"[":
        name = _NAME.match(content, at + 1)
        assert name is not None
        params: dict[str, str] = {}
        at = name.end()
        while content[at : at + 1] == b" ":
            key = _NAME.match(content, at + 1)
            assert key is not None
            assert content[key.end() : key.end() + 1] == b"="
            value = _VALUE.match(content, key.end() + 1)
            assert value is not None, content[key.end() : key.end() + 80]
            params[key[0].decode()] = re.sub(rb'\\(["\\\]])', rb"\1", value[1]).decode("utf-8")
            at = value.end()
        assert content[at : at + 1] == b"]", content[at : at + 20]
        assert name[0].decode() not in found
        found[name[0].decode()] = params
        at += 1
    assert found
    return found, at


def octet_counted(stream: bytes) -> list[bytes]:
    """The messages in a stream, framed as RFC 6587 section 3.4.1 says.

    Raises:
        AssertionError: It is framed otherwise.
    """
    found: list[bytes] = []
    while stream:
        length = re.match(rb"([1-9]\d*) ", stream)
        assert length is not None, stream[:50]
        end = length.end() + int(length[1])
        assert len(stream) >= end
        found.append(stream[length.end() : end])
        stream = stream[end:]
    return found
