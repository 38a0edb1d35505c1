"""What a certificate says, read from its bytes, also when nobody trusts it.

Source: X.690 (DER) and RFC 5280 section 4.1 (certificates).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address

_SEQUENCE, _SET, _INTEGER, _OID = 0x30, 0x31, 0x02, 0x06
_UTC_TIME, _TIME = 0x17, 0x18
_VERSION, _EXTENSIONS = 0xA0, 0xA3
_DNS_NAME, _IP_ADDRESS = 0x82, 0x87
_UTF16, _UTF32, _LATIN = 0x1E, 0x1C, 0x14
_ALTERNATIVE = "2.5.29.17"
_PARTS = {
    "2.5.4.3": "CN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
}


class Malformed(ValueError):
    """It is no certificate."""


@dataclass(frozen=True)
class Certificate:
    """What people want to know of one.

    Attributes:
        subject: Such as `CN=example.org, O=Example`.
        issuer: The same.
        names: Names and addresses that it is for.
        since: When it begins to be valid.
        until: When it stops.
        serial: Hexadecimal digits.
    """

    subject: str
    issuer: str
    names: tuple[str, ...]
    since: datetime
    until: datetime
    serial: str

    def days_left(self, now: datetime) -> float:
        """Days until it stops to be valid; below 0 when it has."""
        return (self.until - now).total_seconds() / 86_400


def days(count: float) -> str:
    """A span of days, to the whole day: `1 day`, `12 days`."""
    whole = round(count)
    return f"{whole} day" if whole == 1 else f"{whole} days"


def read(data: bytes) -> Certificate:
    """What a certificate in DER says.

    Raises:
        Malformed: It is none.
    """
    try:
        return _certificate(data)
    except (IndexError, ValueError, OverflowError) as wrong:
        raise Malformed(f"a certificate cannot be read: {wrong}") from None


def _certificate(data: bytes) -> Certificate:
    signed = _one(_parts(_one(_parts(data), _SEQUENCE)), _SEQUENCE)
    parts = list(_parts(signed))
    if parts and parts[0][0] == _VERSION:
        del parts[0]
    serial, _, issuer, validity, subject = (
        _expected(part, kind)
        for part, kind in zip(
            parts[:5], (_INTEGER, _SEQUENCE, _SEQUENCE, _SEQUENCE, _SEQUENCE), strict=True
        )
    )
    since, until = (_moment(*part) for part in _parts(validity))
    names: list[str] = []
    for kind, value in parts[5:]:
        if kind == _EXTENSIONS:
            names += _names(_one(_parts(value), _SEQUENCE))
    return Certificate(
        subject=_name(subject),
        issuer=_name(issuer),
        names=tuple(names),
        since=since,
        until=until,
        serial=serial.hex(),
    )


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and content of each value in a row of them."""
    at = 0
    while at < len(data):
        kind, length = data[at], data[at + 1]
        at += 2
        if length & 0x80:
            count = length & 0x7F
            if not 0 < count <= 4:  # noqa: PLR2004 - no certificate is longer than that says
                raise ValueError("a length is none")
            length = int.from_bytes(data[at : at + count], "big")
            at += count
        content = data[at : at + length]
        if len(content) < length:
            raise ValueError("it is cut off")
        yield kind, content
        at += length


def _one(parts: Iterator[tuple[int, bytes]], kind: int) -> bytes:
    """The content of the first."""
    found = next(parts, None)
    if found is None:
        raise ValueError("something is missing")
    return _expected(found, kind)


def _expected(part: tuple[int, bytes], kind: int) -> bytes:
    if part[0] != kind:
        raise ValueError("something stands in it that does not belong there")
    return part[1]


def _moment(kind: int, content: bytes) -> datetime:
    text = content.decode("ascii")
    if kind == _UTC_TIME:
        # Years from 50 are of the last century.
        text = ("19" if int(text[:2]) >= 50 else "20") + text  # noqa: PLR2004 - RFC 5280
    elif kind != _TIME:
        raise ValueError("a time is none")
    form = "%Y%m%d%H%M%SZ" if len(text) == len("20260101000000Z") else "%Y%m%d%H%MZ"
    return datetime.strptime(text, form).replace(tzinfo=UTC)


def _name(content: bytes) -> str:
    found: list[str] = []
    for kind, group in _parts(content):
        if kind != _SET:
            raise ValueError("a name in it is none")
        for _, pair in _parts(group):
            parts = _parts(pair)
            which = _dotted(_one(parts, _OID))
            kind_of_text, text = next(parts, (0, b""))
            found.append(f"{_PARTS.get(which, which)}={_text(kind_of_text, text)}")
    return ", ".join(found)


def _text(kind: int, content: bytes) -> str:
    coding = {_UTF16: "utf-16-be", _UTF32: "utf-32-be", _LATIN: "latin-1"}.get(kind, "utf-8")
    return content.decode(coding, "replace")


def _dotted(content: bytes) -> str:
    numbers: list[int] = []
    value = 0
    for byte in content:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(value)
            value = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))


def _names(extensions: bytes) -> Iterator[str]:
    for _, extension in _parts(extensions):
        parts = list(_parts(extension))
        if _dotted(_expected(parts[0], _OID)) != _ALTERNATIVE:
            continue
        for kind, value in _parts(_one(_parts(parts[-1][1]), _SEQUENCE)):
            if kind == _DNS_NAME:
                yield value.decode("ascii", "backslashreplace")
            elif kind == _IP_ADDRESS:
                yield str(ip_address(value))
