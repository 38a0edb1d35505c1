"""What an action returned, as JSON can hold it.

Source: StackStorm's Python runner: a value, or a pair of whether it went well and the value.
What its JSON library writes of itself (times, enumerations, UUIDs, data classes; nothing for
what is no number) is written the same; of anything else the text is taken.
"""

# pyright: basic

import dataclasses
import datetime
import enum
import inspect
import json
import math
import uuid

_PLAIN = (str, bool, int, type(None))


def outcome(value):
    """Whether it went well, the value as JSON, and what is wrong with it.

    Returns:
        A tuple `(ok, JSON text, error)`; the error is empty unless nothing can be made of it.
    """
    good = True
    if isinstance(value, tuple) and len(value) == 2:
        good, value = value
        if good is None:
            good = True
        if not isinstance(good, bool):
            return (
                False,
                "null",
                (
                    "returned a pair that does not begin with True or False; return a list "
                    "instead, or (True, value)"
                ),
            )
    if inspect.iscoroutine(value):
        value.close()
        return False, "null", "returned a coroutine; actions run without a loop"
    try:
        return good, json.dumps(_shown(value), allow_nan=False), ""
    except (TypeError, ValueError, RecursionError):
        return good, json.dumps(str(value)), ""


def _shown(value):
    if isinstance(value, enum.Enum):
        return _shown(value.value)
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {_name(name): _shown(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_shown(each) for each in value]
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: _shown(getattr(value, each.name)) for each in dataclasses.fields(value)}
    raise TypeError(type(value).__name__)


def _name(name):
    if isinstance(name, (str, int)) and not isinstance(name, bool):
        return name
    raise TypeError("keys must be texts")
