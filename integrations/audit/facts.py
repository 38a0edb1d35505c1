"""A record as one line of JSON, whole or shortened to fit."""

from __future__ import annotations

import json
from datetime import UTC

from security.audit import Sealed

Facts = dict[str, "str | int | bool | dict[str, str] | None"]

_NEVER_CUT = frozenset({"at", "hash"})
_ELLIPSIS = "…"


def facts(sealed: Sealed, longest: int | None = None) -> Facts:
    """A record's fields, as `/api/audit/` names them.

    Args:
        sealed: The record.
        longest: Characters of a text, after which it is cut; None cuts none. A record of
            which something was cut says `"truncated": true`.
    """
    entry = sealed.record
    whole: Facts = {
        "id": sealed.id,
        "number": sealed.number,
        "hash": sealed.hash,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "actor": entry.actor_name,
        "actor_id": entry.actor_id,
        "via": entry.via,
        "action": entry.action,
        "outcome": entry.outcome.value,
        "object_kind": entry.object_kind,
        "object_id": entry.object_id,
        "object_name": entry.object_name,
        "team_id": entry.team_id,
        "cause": entry.cause,
        "details": dict(entry.details),
    }
    if longest is None:
        return whole
    shown: Facts = {
        name: value if name in _NEVER_CUT else _shortened(value, longest)
        for name, value in whole.items()
    }
    return shown if shown == whole else {**shown, "truncated": True}


def gist(sealed: Sealed) -> Facts:
    """What tells a record apart, and no more: for what has room for nothing else."""
    kept = ("id", "number", "hash", "at", "action", "outcome", "truncated")
    shown: Facts = {"truncated": True, **facts(sealed, 32)}
    return {name: shown[name] for name in kept}


def line(shown: Facts) -> bytes:
    """One line of JSON, in plain ASCII, without a line end.

    Nothing in it can break a line, steer a terminal, or ask for a byte order mark.
    """
    return json.dumps(shown, separators=(",", ":")).encode("ascii")


def cut(text: str, longest: int) -> str:
    """The beginning of a text, with an ellipsis where some of it is missing."""
    return text if len(text) <= longest else f"{text[: longest - 1]}{_ELLIPSIS}"


def _shortened(
    value: str | int | bool | dict[str, str] | None, longest: int
) -> str | int | bool | dict[str, str] | None:
    match value:
        case str():
            return cut(value, longest)
        case dict():
            return {cut(name, longest): cut(text, longest) for name, text in value.items()}
        case _:
            return value
