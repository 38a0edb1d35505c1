"""When a runbook begins by itself: conditions over an incident's fields.

A condition names a field and what it must be: one value, several of which one must fit,
or an object of operators. All conditions must hold.

    {"severity": ["CRITICAL", "EMERGENCY"], "name": {"contains": "checkout"}}

Source: `trigger_conditions` of the Automation & Orchestration API document, which gives
values and lists; the operators are ours.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from math import prod
from typing import TypeAlias, cast

import regex

from automation.values import Json
from incidents.incident import Incident, Severity, Status

Facts: TypeAlias = Mapping[str, str]

FIELDS = (
    "severity",
    "status",
    "name",
    "summary",
    "playbook",
    "category",
    "key",
    "team",
    "public",
)
"""What may be asked about. `category` holds when the word stands in name, summary or playbook."""

_log = logging.getLogger("tocsin.triggers")
_ACCEPTED: Mapping[str, tuple[str, ...]] = {
    "severity": tuple(Severity),
    "status": tuple(Status),
    "public": ("true", "false"),
}
"""Fields that only ever have one of some values."""
_ONGOING = (Status.ONGOING.value,)
"""What the status is whenever conditions are asked: a closed incident begins nothing."""
_LONGEST = 200
_SECONDS = 0.2
"""A pattern may take so long; one that takes longer would hold up every incident."""


_COUNT = re.compile(r"\{([0-9]*),?([0-9]*)\}")
_FUZZY = re.compile(r"\{[^{}]*<")
_MOST = 1000
"""What all counts of a pattern may come to: nested ones multiply, and so does the memory."""


class _NoPattern(ValueError):
    """It cannot be searched for; the message says why."""


@lru_cache(maxsize=1024)
def _pattern(text: str) -> regex.Pattern[str]:
    r"""The pattern as it is written: folded, `\D` would become `\d`.

    Raises:
        _NoPattern: It is none, or too large to be searched for.
    """
    counts = (max(int(least or 1), int(most or 1)) for least, most in _COUNT.findall(text))
    if prod(max(count, 1) for count in counts) > _MOST:
        raise _NoPattern(f"repeats more than {_MOST} times; use * or + instead")
    if _FUZZY.search(text):
        raise _NoPattern("matches approximately, which there is not here; write {< as \\{<")
    try:
        return regex.compile(text, regex.IGNORECASE | regex.FULLCASE)
    except (regex.error, RecursionError, OverflowError) as wrong:
        raise _NoPattern(f"is no regular expression: {wrong}") from None


def _matches(fact: str, wanted: str) -> bool:
    try:
        return _pattern(wanted).search(fact[:4000], timeout=_SECONDS, concurrent=True) is not None
    except TimeoutError:
        _log.warning("the pattern %r takes too long and counts as not matching", wanted)
    except _NoPattern as wrong:
        _log.warning("the pattern %r %s; it counts as not matching", wanted, wrong)
    return False


_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "equals": lambda fact, wanted: fact == wanted,
    "not": lambda fact, wanted: fact != wanted,
    "contains": lambda fact, wanted: wanted in fact,
    "not_contains": lambda fact, wanted: wanted not in fact,
    "starts_with": lambda fact, wanted: fact.startswith(wanted),
    "ends_with": lambda fact, wanted: fact.endswith(wanted),
    "matches": _matches,
}
_ORDERED = {"at_least", "at_most"}
OPERATORS = (*_OPERATORS, *sorted(_ORDERED))


def facts_of(incident: Incident, team: str, playbook: str) -> Facts:
    """What conditions see of an incident, texts folded.

    Args:
        incident: The incident.
        team: Name of its team.
        playbook: Handle of its playbook; empty when that is gone.
    """
    words = f"{incident.name}\n{incident.summary}\n{incident.playbook_name}\n{playbook}"
    return {
        "severity": incident.severity.casefold(),
        "status": incident.status.casefold(),
        "name": incident.name.casefold(),
        "summary": incident.summary.casefold(),
        "playbook": playbook.casefold(),
        "playbook_name": incident.playbook_name.casefold(),
        "category": words.casefold(),
        "key": incident.key.casefold(),
        "team": team.casefold(),
        "public": str(incident.public).casefold(),
    }


def holds(conditions: Mapping[str, Json], facts: Facts) -> bool:
    """Whether every condition holds; no conditions hold for no incident."""
    return bool(conditions) and all(
        _fits(field, wanted, facts) for field, wanted in conditions.items()
    )


def _fits(field: str, wanted: Json, facts: Facts) -> bool:
    if isinstance(wanted, list):
        return any(_fits(field, each, facts) for each in cast("list[Json]", wanted))
    if isinstance(wanted, dict):
        asked = cast("dict[str, Json]", wanted)
        return bool(asked) and all(
            _operator(field, name, value, facts) for name, value in asked.items()
        )
    return _equal(field, _text(wanted), facts)


def _equal(field: str, wanted: str, facts: Facts) -> bool:
    fact = facts.get(field, "")
    if field == "category":
        return re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", fact) is not None
    if field == "playbook":
        return wanted in {fact, facts["playbook_name"]}
    return fact == wanted


def _operator(field: str, name: str, wanted: Json, facts: Facts) -> bool:
    if name in _ORDERED:
        fact, bound = _rank(facts.get(field, "")), _rank(_text(wanted))
        return fact >= bound if name == "at_least" else fact <= bound
    wishes: list[Json] = cast("list[Json]", wanted) if isinstance(wanted, list) else [wanted]
    fact = facts.get(field, "")
    found = (_OPERATORS[name](fact, _wish(name, each)) for each in wishes)
    return all(found) if name.startswith("not") else any(found)


def _rank(word: str) -> int:
    return Severity.parse(word).rank


def _text(value: Json) -> str:
    return str(value).casefold()


def _wish(operator: str, value: Json) -> str:
    """What an operator compares with; a pattern stays as it is written."""
    return str(value) if operator == "matches" else _text(value)


def mistakes_in(
    conditions: Mapping[str, Json], place: str = "trigger_conditions"
) -> dict[str, str]:
    """Place to what is wrong there; empty when all is well."""
    found: dict[str, str] = {}
    if not conditions:
        found[place] = f"is empty; say which incidents, by {', '.join(FIELDS)}"
    for field, wanted in conditions.items():
        where = f"{place}.{field}"
        if field not in FIELDS:
            found[where] = f"is no field of an incident; there are {', '.join(FIELDS)}"
            continue
        found |= _mistakes(field, wanted, where)
    return found


def _mistakes(field: str, wanted: Json, place: str) -> dict[str, str]:
    match wanted:
        case list():
            items = cast("list[Json]", wanted)
            if not items:
                return {place: "is an empty list, which nothing fits"}
            found: dict[str, str] = {}
            for number, each in enumerate(items):
                found |= _mistakes(field, each, f"{place}[{number}]")
            return found
        case dict():
            found = {}
            for name, value in cast("dict[str, Json]", wanted).items():
                found |= _operator_mistakes(field, name, value, f"{place}.{name}")
            return found or ({} if wanted else {place: "is empty; name an operator"})
        case str() | int() | float():
            return _value_mistakes(field, _text(wanted), place)
        case _:
            return {place: "must be a text, a list of texts, or operators"}


def _operator_mistakes(field: str, name: str, wanted: Json, place: str) -> dict[str, str]:
    if name not in OPERATORS:
        return {place: f"is no operator; there are {', '.join(OPERATORS)}"}
    if name in _ORDERED:
        if field != "severity":
            return {place: "goes with severity only"}
        return _value_mistakes(field, _text(wanted), place)
    if not isinstance(wanted, list):
        return _wish_mistakes(field, name, wanted, place)
    found: dict[str, str] = {}
    for number, each in enumerate(cast("list[Json]", wanted)):
        found |= _wish_mistakes(field, name, each, f"{place}[{number}]")
    return found if wanted else {place: "is an empty list, which nothing fits"}


def _wish_mistakes(field: str, name: str, wanted: Json, place: str) -> dict[str, str]:
    if not isinstance(wanted, str | int | float):
        return {place: "must be a text or a list of texts"}
    wish = _wish(name, wanted)
    if name in {"equals", "not"}:
        return _value_mistakes(field, wish, place, name)
    if len(wish) > _LONGEST:
        return {place: f"is longer than {_LONGEST} characters"}
    if name == "matches":
        try:
            _pattern(wish)
        except _NoPattern as wrong:
            return {place: str(wrong)}
    return _never(field, name, wish, place)


def _never(field: str, name: str, wish: str, place: str) -> dict[str, str]:
    """The mistake where no value that a field may have fits."""
    known = _ACCEPTED.get(field)
    if known is None:
        return {}
    real = _ONGOING if field == "status" else known
    if any(_OPERATORS[name](each.casefold(), wish) for each in real):
        return {}
    return {place: f"can never hold; {field} is {' or '.join(real)} when a runbook begins"}


def _value_mistakes(field: str, wanted: str, place: str, name: str = "equals") -> dict[str, str]:
    accepted = _ACCEPTED.get(field)
    if accepted is not None and wanted not in {each.casefold() for each in accepted}:
        what = f"no {field}" if field != "public" else "neither true nor false"
        return {place: f"is {what}; there are {', '.join(accepted)}"}
    if len(wanted) > _LONGEST:
        return {place: f"is longer than {_LONGEST} characters"}
    return _never(field, name, wanted, place)
