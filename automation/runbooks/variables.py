"""Variables that an action's process is given, and which of them data may fill in.

Some change which program is run, or what it reads as code: `PATH`, `LD_PRELOAD` and their
like. Whoever writes a runbook may set them; what comes from chat, a webhook or a result may
not, neither their values nor their names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from automation.actions.action import Parameter
from automation.actions.casting import kinds_of
from automation.templates.mistake import Mistake
from automation.templates.programs import NAMES
from automation.templates.template import is_template
from automation.values import Json
from chat.errors import BadInput

_WHY = "changes what is run; write its value out, or use another name"


def holds_variables(parameter: Parameter) -> bool:
    """Whether an action's parameter is the variables that its process is given."""
    kinds = kinds_of(parameter.schema)
    return parameter.name == "env" and (not kinds or "object" in kinds)


def mistakes_in(written: Json, place: str) -> Iterator[Mistake]:
    """What is wrong with variables as they are written in a runbook.

    Args:
        written: The parameter's value.
        place: Where it stands: `steps[0].parameters.env`.
    """
    if isinstance(written, str) and is_template(written):
        yield Mistake(
            place,
            "is filled in as a whole, so that data could name variables that change what is run; "
            "write the names out: NAME: “{{ … }}”",
        )
    if isinstance(written, dict):
        for name, value in cast("dict[str, Json]", written).items():
            if NAMES.fullmatch(name) and isinstance(value, str) and is_template(value):
                yield Mistake(f"{place}.{name}", f"is filled in, and {name} {_WHY}")


def refuse_chosen(
    parameters: tuple[Parameter, ...],
    written: Mapping[str, Json],
    given: Mapping[str, Json],
    place: str,
) -> None:
    """Refuse variables that change what is run and that nobody has written out.

    Args:
        parameters: The action's.
        written: Values as they stand in the runbook.
        given: The same, filled in.
        place: Where they stand: `steps[0].parameters`.

    Raises:
        BadInput: There is one; the message names it.
    """
    for parameter in filter(holds_variables, parameters):
        found: Json = given.get(parameter.name)
        if not isinstance(found, dict):
            continue
        source = written.get(parameter.name)
        literal = _literal(parameter.default if source is None else source)
        for name in cast("dict[str, Json]", found):
            if NAMES.fullmatch(name) and literal is not None and name not in literal:
                where = f"{place}.{parameter.name}.{name}"
                raise BadInput(f"{where}: {name} {_WHY}.", details={where: _WHY})


def _literal(source: Json) -> frozenset[str] | None:
    """The names whose values are written out; None where all are."""
    match source:
        case str():
            return frozenset() if is_template(source) else None
        case {"$sealed": str()} | {"$given": str()}:
            return None
        case dict():
            items = cast("dict[str, Json]", source).items()
            return frozenset(
                name for name, value in items if not (isinstance(value, str) and is_template(value))
            )
        case _:
            return None
