"""Whatever answers with a form is declared so: a platform is told beforehand."""

from __future__ import annotations

import inspect
import re
from typing import Any, cast

from commands import wiring
from commands.command import Declared, DeclaredAnswer
from commands.looking_up import Lookup

_FORM = re.compile(r"\bAskForm\(")
_RUN = re.compile(r"\bself\.(\w+)\(")
_LINES = frozenset({"run_line", "fill_in"})
"""What runs the command of a step, which may be any."""


def _asks(group: type, name: str, seen: frozenset[str] = frozenset()) -> bool:
    """Whether a method, or one that it calls, makes a form."""
    if name in _LINES:
        return True
    found = vars(group).get(name)
    method = getattr(found, "_method", found)
    if name in seen or not inspect.isfunction(method):
        return False
    source = inspect.getsource(method)
    called = set(_RUN.findall(source))
    return bool(_FORM.search(source)) or any(_asks(group, one, seen | {name}) for one in called)


def test_whatever_answers_with_a_form_says_so_beforehand() -> None:
    nobody = cast("Any", None)
    made = wiring.Dispatch(nobody, nobody, nobody, nobody, nobody)
    said: dict[str, bool] = {}
    done: dict[str, bool] = {}
    for group in wiring._groups(nobody, nobody, Lookup(nobody), nobody, made):  # pyright: ignore[reportPrivateUsage]
        for name, member in vars(type(group)).items():
            if isinstance(member, Declared):
                verb = cast("Declared[Any, Any]", member).of(group)
                said[verb.name], done[verb.name] = verb.asks, _asks(type(group), name)
            elif isinstance(member, DeclaredAnswer):
                answer = cast("DeclaredAnswer[Any, Any]", member).of(group)
                if answer.kind != "form":
                    key = f"{answer.kind} {answer.action}"
                    said[key], done[key] = answer.asks, _asks(type(group), name)

    assert said == done
    assert sum(said.values()) > 10
