"""The action `net.dns_check`: what DNS says about a name, and whether it is what is expected."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from lib.dns_message import Malformed, Message, Record
from lib.dns_resolver import Answer, NoAnswer, ask

_MOST, _LONGEST = 8, 100


def run(
    *,
    name: str,
    type: str = "A",  # noqa: A002 - what the field calls it
    resolver: str = "",
    expected: list[str] | None = None,
    exact: bool = False,
    attempts: int = 2,
    wait_seconds: float = 3.0,
    fail_on: str = "never",
) -> tuple[bool, Any]:
    """Ask, and compare; the step's success and what it gives back.

    Args:
        name: What is asked about.
        type: Of record.
        resolver: Whom to ask; empty for the machine's own.
        expected: Values that must be among the answers.
        exact: Whether nothing else may be among them.
        attempts: How often each resolver is asked.
        wait_seconds: Seconds to wait each time.
        fail_on: `never`, or `critical` to fail when it is not as expected.
    """
    try:
        answer = ask(name.strip(), type, resolver.strip(), tries=attempts, patience=wait_seconds)
    except Malformed as wrong:
        return False, f"{str(wrong).rstrip('.')}."
    except NoAnswer as nobody:
        status, said = "critical", str(nobody)
        found = _told(name, type, status, said, [])
        return fail_on == "never", found
    records = chain(answer.message, type)
    values = [record.value for record in records if record.type == type]
    problem = _problem(name, type, answer.message, values, expected or [], exact=exact)
    found = _told(name, type, "critical" if problem else "ok", problem, values) | _facts(
        answer, records
    )
    return not problem or fail_on == "never", found


def chain(message: Message, kind: str) -> list[Record]:
    """The records that lead from the name that was asked for to values of that type."""
    name, found = message.question[0], list[Record]()
    for _ in message.records:
        here = [each for each in message.records if each.name == name]
        wanted = [each for each in here if each.type == kind]
        if wanted:
            return found + wanted
        aliases = [each for each in here if each.type == "CNAME" and each not in found]
        if not aliases:
            break
        found.append(aliases[0])
        name = aliases[0].value
    return found


def _problem(
    name: str, kind: str, message: Message, values: list[str], expected: list[str], *, exact: bool
) -> str:
    """What is wrong, in a sentence; empty when nothing is."""
    if message.code != "NOERROR":
        meant = {"NXDOMAIN": "there is no such name", "SERVFAIL": "the resolver is in trouble"}
        more = f", {meant[message.code]}" if message.code in meant else ""
        return f"{name}: the answer is {message.code}{more}."
    if not values:
        return f"{name} has no {kind} record."
    there = {normal(value, kind) for value in values}
    wanted = {normal(value, kind): value for value in expected}
    missing = [value for key, value in wanted.items() if key not in there]
    if missing:
        return f"{name} has {_listed(values)} as {kind}, and not {_listed(missing)}."
    odd = [value for value in values if normal(value, kind) not in wanted]
    if exact and odd:
        return f"{name} has {_listed(odd)} as {kind} besides what is expected."
    return ""


def _listed(values: list[str]) -> str:
    """Values in a sentence, the first few and of each the beginning."""
    shown = [value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…" for value in values]
    left = len(shown) - _MOST
    return ", ".join([*shown[:_MOST], *([f"{left} more"] if left > 0 else [])])


def normal(value: str, kind: str) -> str:
    """A value so that two that mean the same are the same."""
    text = value.strip()
    if kind == "TXT":
        return text
    if kind in {"A", "AAAA"}:
        try:
            return str(ip_address(text))
        except ValueError:
            return text.casefold()
    return " ".join(text.casefold().rstrip(".").split())


def _told(name: str, kind: str, status: str, error: str, values: list[str]) -> dict[str, Any]:
    said = error or f"{name} has {_listed(values)} as {kind}."
    return {
        "error": error,
        "status": status,
        "name": name,
        "type": kind,
        "values": values,
        "text": said,
    }


def _facts(answer: Answer, records: list[Record]) -> dict[str, Any]:
    message = answer.message
    return {
        "code": message.code,
        "records": [
            {"name": each.name, "type": each.type, "ttl": each.ttl, "value": each.value}
            for each in records
        ],
        "authoritative": message.authoritative,
        "resolver": answer.resolver,
        "over": answer.over,
        "milliseconds": round(answer.seconds * 1000, 1),
    }
