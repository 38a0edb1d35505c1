"""Times as ISO 8601 writes them.

Source: StackStorm's `st2common.util.isotime`.
"""

# pyright: basic

import datetime
import re

from st2common.util import date as date_utils

__all__ = ["format", "parse", "validate"]

ISO8601_FORMAT = "%Y-%m-%dT%H:%M:%S"
ISO8601_FORMAT_MICROSECOND = "%Y-%m-%dT%H:%M:%S.%f"
ISO8601_UTC_REGEX = r"^\d{4}-\d{2}-\d{2}(\s|T)\d{2}:\d{2}:\d{2}(\.\d{3,6})?(Z|\+00|\+0000|\+00:00)$"


def format(dt, usec=True, offset=True):  # noqa: A001 - the name that packs import
    """A time, a text or seconds since 1970 as ISO 8601; `Z` instead of an offset on wish."""
    if isinstance(dt, str):
        dt = parse(dt)
    elif isinstance(dt, int):
        dt = datetime.datetime.fromtimestamp(dt, date_utils.UTC)
    if offset:
        away = dt.strftime("%z")
        zone = "%s:%s" % (away[:3], away[3:]) if away else "+00:00"
    else:
        name = dt.tzinfo.tzname(dt) if dt.tzinfo else "UTC"
        zone = "Z" if name == "UTC" else str(name)
    return dt.strftime(ISO8601_FORMAT_MICROSECOND if usec else ISO8601_FORMAT) + zone


def validate(value, raise_exception=True):
    """Whether it is a time, or a text that is one in UTC.

    Raises:
        ValueError: It is not, and that is to be raised.
    """
    if isinstance(value, datetime.datetime):
        return True
    if isinstance(value, str) and re.match(ISO8601_UTC_REGEX, value):
        return True
    if raise_exception:
        raise ValueError("%r is no time such as 2026-01-31T09:30:00Z" % (value,))
    return False


def parse(value, preserve_original_tz=False, validate_value=True):
    """A text as a time with a zone, in UTC unless its own is to be kept.

    Raises:
        ValueError: It is none, or of another zone where that is looked at.
    """
    if validate_value:
        validate(value)
    return date_utils.parse(value, preserve_original_tz)
