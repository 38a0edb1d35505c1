"""Passwords and tokens that stand in a runbook as plain text, where all its readers see them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from automation.templates.mistake import Mistake
from automation.templates.template import is_template
from automation.values import Json

_NAMES = frozenset(("authorization", "proxy-authorization", "cookie"))
_NAME = re.compile(
    r"(?:passw(?:or)?d|passphrase|secret|token|(?:api|access|private)[-_]?key)$", re.IGNORECASE
)
_NAMED = frozenset(("headers", "env", "params"))
"""Parameters whose values stand under names that say what they are."""
_IN_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/@:]*:(?P<what>[^\s/@]+)@", re.IGNORECASE)
_IN_HEADER = re.compile(
    r"\bauthorization:\s*(?:bearer|basic|token)\s+(?P<what>[^\s\"']+)", re.IGNORECASE
)
_GIVEN_LATER = ("$", "{{", "<", "`")
"""How something begins that a shell or a template puts in."""
_INSTEAD = (
    "for everybody who may read the runbook. Give it to a parameter that is kept secret, such as "
    "bearer_token, or write {{ parameters.NAME }} and declare the parameter NAME with secret: true"
)


def is_credential(name: str) -> bool:
    """Whether a header or an environment variable of that name says who asks."""
    return name.casefold() in _NAMES or _NAME.search(name) is not None


def credentials_in(name: str, value: Json, place: str) -> Iterator[Mistake]:
    """Places in a parameter's value where a credential stands as plain text.

    Args:
        name: The parameter's.
        value: As it is written in the runbook.
        place: Where it stands: `steps[0].parameters.headers`.
    """
    match value:
        case str() if not value.strip():
            return
        case str():
            for pattern, what in ((_IN_URL, "a password in an address"), (_IN_HEADER, "a token")):
                found = pattern.search(value)
                if found is not None and not found["what"].startswith(_GIVEN_LATER):
                    yield Mistake(place, f"holds {what}, {_INSTEAD}")
        case dict():
            for key, each in cast("dict[str, Json]", value).items():
                inside = f"{place}.{key}"
                plain = isinstance(each, str) and each.strip() and not is_template(each)
                if name in _NAMED and plain and is_credential(key):
                    yield Mistake(inside, f"is a credential in plain text, {_INSTEAD}")
                else:
                    yield from credentials_in(name, each, inside)
        case list():
            for number, each in enumerate(cast("list[Json]", value)):
                yield from credentials_in(name, each, f"{place}[{number}]")
        case _:
            return
