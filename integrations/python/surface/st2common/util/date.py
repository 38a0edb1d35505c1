"""Times, with their zone.

Source: StackStorm's `st2common.util.date`.
"""

# pyright: basic

import datetime
import re

UTC = datetime.UTC

_ISO = re.compile(
    r"(\d{4})-?(\d{2})-?(\d{2})(?:[T\s]\s*(\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?)?)?"
    r"\s*(Z|[+-]\d{2}(?::?\d{2})?)?"
)


def get_datetime_utc_now():
    """This moment, in UTC."""
    return datetime.datetime.now(UTC)


def add_utc_tz(dt):
    """A time without a zone, as one in UTC.

    Raises:
        ValueError: It has another zone.
    """
    if dt.tzinfo and dt.tzinfo.utcoffset(dt) != datetime.timedelta(0):
        raise ValueError("the time is of another zone already")
    return dt.replace(tzinfo=UTC)


def convert_to_utc(dt):
    """The same moment in UTC; without a zone it is taken for one."""
    return dt.astimezone(UTC) if dt.tzinfo else add_utc_tz(dt)


def append_milliseconds_to_time(date, millis):
    """The moment so many milliseconds later."""
    return convert_to_utc(date + datetime.timedelta(milliseconds=millis))


def parse(value, preserve_original_tz=False):
    """A text as a time with a zone, UTC where it names none.

    ISO 8601 is read here; anything else by `dateutil` where the pack has it.
    """
    text = str(value).strip()
    found = _ISO.fullmatch(text)
    if found is None:
        import dateutil.parser

        read = dateutil.parser.parse(text)
    else:
        *numbers, fraction, zone = found.groups()
        year, month, day, hour, minute, second = (int(each or 0) for each in numbers)
        micro = int((fraction or "0").ljust(6, "0")[:6])
        read = datetime.datetime(year, month, day, hour, minute, second, micro, _zone(zone))
    if not read.tzinfo:
        read = add_utc_tz(read)
    return read if preserve_original_tz else convert_to_utc(read)


def _zone(text):
    if not text:
        return None
    if text == "Z":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    away = datetime.timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return datetime.timezone(-away if text[0] == "-" else away) if away else UTC
