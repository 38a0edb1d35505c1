"""Whatever answers with a form is declared so: a platform is told beforehand."""

from __future__ import annotations

import inspect
import re
from typing import Any, cast

from commands import wiring
from commands.command import Declared, DeclaredAnswer
from commands.looking_up import Lookup

_FORM = re.compile(r"\bAskForm\(")
_LINES = frozenset({"run_line", "fill_in"})
"""What runs the command of a step, which may be any."""


def _asks(group: type, found: object, seen: frozenset[object] = frozenset()) -> bool:
    """Whether a method, or what it calls of its group or of these modules, makes a form."""
    method = getattr(found, "_method", found)
    if not inspect.isfunction(method) or method in seen:
        return False
    if not method.__module__.startswith("commands."):
        return False
    source = inspect.getsource(method)
    if _FORM.search(source):
        return True
    own = set(re.findall(r"\bself\.(\w+)\(", source))
    free = set(re.findall(r"(?<![.\w])(\w+)\(", source))
    called = [vars(group).get(name) for name in own] + [method.__globals__.get(n) for n in free]
    return bool(own & _LINES) or any(_asks(group, one, seen | {method}) for one in called)


def test_whatever_answers_with_a_form_says_so_beforehand() -> None:
    nobody = cast("Any", None)
    made = wiring.Dispatch(nobody, nobody, nobody, nobody, nobody)
    said: dict[str, bool] = {}
    done: dict[str, bool] = {}
    for group in wiring._groups(nobody, nobody, Lookup(nobody), nobody, made):  # pyright: ignore[reportPrivateUsage]
        for member in vars(type(group)).values():
            held = cast("object", member)
            if isinstance(member, Declared):
                verb = cast("Declared[Any, Any]", member).of(group)
                said[verb.name], done[verb.name] = verb.asks, _asks(type(group), held)
            elif isinstance(member, DeclaredAnswer):
                answer = cast("DeclaredAnswer[Any, Any]", member).of(group)
                if answer.kind != "form":
                    key = f"{answer.kind} {answer.action}"
                    said[key], done[key] = answer.asks, _asks(type(group), held)

    assert said == done
    assert sum(said.values()) > 10
