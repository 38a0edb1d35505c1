"""The filters that StackStorm gives to its templates.

Source: StackStorm's reference of Jinja filters.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import TemplateError

from automation.templates.datastore import Kept
from automation.templates.expressions import TooSlow
from automation.templates.st2_functions import FUNCTIONS


def _decrypt_kv(value: Any) -> str:
    if isinstance(value, Kept):
        return value.in_the_clear
    raise TemplateError("decrypt_kv reads values of the datastore, such as st2kv.system.name")


def _to_complex(value: Any) -> str:
    return json.dumps(value)


def _in_our_words(call: Callable[..., Any]) -> Callable[..., Any]:
    """What goes wrong in a filter is told as the template's own mistake."""

    def apply(*given: Any, **named: Any) -> Any:
        try:
            return call(*given, **named)
        except (ValueError, TypeError, LookupError, TooSlow) as wrong:
            raise TemplateError(str(wrong)) from None

    return apply


FILTERS: Mapping[str, Callable[..., Any]] = {
    "decrypt_kv": _decrypt_kv,
    "to_complex": _to_complex,
    **{name: _in_our_words(call) for name, call in FUNCTIONS.items()},
}
