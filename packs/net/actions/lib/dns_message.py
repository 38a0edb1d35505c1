"""DNS messages as they are on the wire: a question out, an answer in.

Source: RFC 1035 section 4 (messages, compression), RFC 3596 (AAAA), RFC 6891 (EDNS).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28}
_NAMES = {number: name for name, number in TYPES.items()}
_OPT = 41
_IN = 1
_CODES = ("NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED")
_HEAD = struct.Struct("!6H")
_FIXED = struct.Struct("!HHIH")
_ROOM = 1232
"""Bytes of an answer over UDP that get through everywhere without being cut up."""
_LONGEST_NAME = 255
_LONGEST_LABEL = 63
_POINTER = 0xC0


class Malformed(ValueError):
    """It is no DNS message, or no name."""


@dataclass(frozen=True)
class Record:
    """One record of an answer.

    Attributes:
        name: Whose it is, in small letters, without the last dot.
        type: Such as `A`; `TYPE65` for one that is not known here.
        ttl: Seconds it may be kept.
        value: An address; a name; `10 mail.example.org` for MX; the text of a TXT; otherwise
            hexadecimal digits.
    """

    name: str
    type: str
    ttl: int
    value: str


@dataclass(frozen=True)
class Message:
    """An answer.

    Attributes:
        question: Name and type that it answers.
        code: `NOERROR`, `NXDOMAIN` and so on.
        truncated: Whether it did not fit, so that TCP is to be asked.
    """

    number: int
    question: tuple[str, str]
    code: str
    authoritative: bool
    truncated: bool
    records: tuple[Record, ...]


def question(number: int, name: str, kind: str) -> bytes:
    """A message that asks for one type of record.

    Raises:
        Malformed: The name cannot be one.
    """
    head = _HEAD.pack(number, 0x0100, 1, 0, 0, 1)
    asked = packed_name(name) + struct.pack("!HH", TYPES[kind], _IN)
    return head + asked + b"\0" + _FIXED.pack(_OPT, _ROOM, 0, 0)


def packed_name(name: str) -> bytes:
    """A name as labels.

    Raises:
        Malformed: A label is empty or too long, or the whole is.
    """
    text = name.removesuffix(".")
    packed = b""
    for label in text.split(".") if text else []:
        raw = _label(label)
        if not raw or len(raw) > _LONGEST_LABEL:
            raise Malformed(f"“{name[:80]}” is no name: each part has 1 to 63 letters")
        packed += bytes((len(raw),)) + raw
    if len(packed) + 1 > _LONGEST_NAME:
        raise Malformed(f"“{name[:80]}” is longer than any name may be")
    return packed + b"\0"


def _label(label: str) -> bytes:
    """A label; what is not ASCII as IDNA has it."""
    if label.isascii():
        return label.encode()
    try:
        return label.encode("idna")
    except UnicodeError:
        raise Malformed(f"“{label[:80]}” can be no part of a name") from None


def read(data: bytes) -> Message:
    """The answer in a message.

    Raises:
        Malformed: It is cut off, goes in circles, or is no answer to one question.
    """
    try:
        return _Reader(data).message()
    except (struct.error, IndexError):
        raise Malformed("it is cut off") from None


class _Reader:
    """Reads a message from its start."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def message(self) -> Message:
        number, flags, questions, answers, _, _ = self._unpacked(_HEAD)
        if not flags & 0x8000 or questions != 1:
            raise Malformed("it answers nothing")
        name = self._name()
        kind, _ = self._unpacked(struct.Struct("!HH"))
        truncated = bool(flags & 0x0200)
        # One that did not fit is asked for anew.
        records = () if truncated else tuple(self._record() for _ in range(answers))
        code = flags & 0xF
        return Message(
            number=number,
            question=(name, _NAMES.get(kind, f"TYPE{kind}")),
            code=_CODES[code] if code < len(_CODES) else f"RCODE{code}",
            authoritative=bool(flags & 0x0400),
            truncated=truncated,
            records=records,
        )

    def _unpacked(self, parts: struct.Struct) -> tuple[int, ...]:
        found = parts.unpack_from(self._data, self._at)
        self._at += parts.size
        return found

    def _name(self) -> str:
        """The name here; it may go on in an earlier place, and then does not come back."""
        labels: list[str] = []
        at, end, size = self._at, 0, 1
        while length := self._data[at]:
            if length & _POINTER == _POINTER:
                target = (length & ~_POINTER) << 8 | self._data[at + 1]
                end = end or at + 2
                if target >= at:
                    raise Malformed("a name in it points forward")
                at = target
                continue
            if length & _POINTER:
                raise Malformed("a name in it is of an unknown kind")
            label = self._data[at + 1 : at + 1 + length]
            size += length + 1
            if len(label) < length or size > _LONGEST_NAME:
                raise Malformed("a name in it is too long")
            labels.append(_shown(label))
            at += length + 1
        self._at = end or at + 1
        return ".".join(labels)

    def _record(self) -> Record:
        name = self._name()
        kind, _, ttl, length = self._unpacked(_FIXED)
        end = self._at + length
        if end > len(self._data):
            raise Malformed("a record in it is cut off")
        value = self._value(kind, end)
        self._at = end
        # A time with the highest bit set is to be read as none (RFC 2181 section 8).
        return Record(name, _NAMES.get(kind, f"TYPE{kind}"), ttl if ttl < 1 << 31 else 0, value)

    def _value(self, kind: int, end: int) -> str:
        data = self._data[self._at : end]
        match _NAMES.get(kind):
            case "A" if len(data) == 4:  # noqa: PLR2004 - bytes of an address
                return str(IPv4Address(data))
            case "AAAA" if len(data) == 16:  # noqa: PLR2004 - the same
                return str(IPv6Address(data))
            case "A" | "AAAA":
                raise Malformed("an address in it has a wrong length")
            case "NS" | "CNAME" | "PTR":
                return self._name_until(end)
            case "MX":
                (preference,) = self._unpacked(struct.Struct("!H"))
                return f"{preference} {self._name_until(end) or '.'}"
            case "TXT":
                return _texts(data)
            case _:
                return data.hex()

    def _name_until(self, end: int) -> str:
        found = self._name()
        if self._at != end:
            raise Malformed("a name in it does not fill its record")
        return found


def _texts(data: bytes) -> str:
    """The pieces of a TXT as one text, as those who use them put them together."""
    found, at = b"", 0
    while at < len(data):
        length = data[at]
        piece = data[at + 1 : at + 1 + length]
        if len(piece) < length:
            raise Malformed("a text in it is cut off")
        found += piece
        at += length + 1
    return found.decode("utf-8", "backslashreplace")


def _shown(label: bytes) -> str:
    """A label as text; dots and what cannot be printed as a backslash and the byte's number."""
    return "".join(
        chr(byte) if 0x20 < byte < 0x7F and chr(byte) not in ".\\" else f"\\{byte:03}"  # noqa: PLR2004 - what ASCII prints
        for byte in label.lower()
    )
