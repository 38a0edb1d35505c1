"""The parameters of an action file: its own, merged with those of its runner.

Source: StackStorm's action parameters (`util/schema/action_params.json`): JSON Schema with
`required`, `secret`, `immutable` and `position` beside it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from automation.actions.action import Parameter
from automation.actions.defaults import is_filled_in, reads
from automation.actions.dialect import modern
from automation.actions.lines import Wrong
from automation.values import Json

TYPES = frozenset({"string", "integer", "number", "boolean", "array", "object", "null"})
_MAY_OVERRIDE = frozenset({"default", "description", "enum", "immutable", "required"})
_MARKS = frozenset({"required", "secret", "immutable", "position", "description"})
_BESIDE = frozenset({"action_context", "config_context", "st2kv"})
"""What defaults of StackStorm's actions read besides other parameters."""
_FLAGS = ("required", "secret", "immutable")


def read_parameters(
    given: Json, of_runner: tuple[Parameter, ...], wrong: Wrong
) -> tuple[Parameter, ...]:
    """All that an action takes: what its file names, in that order, then the runner's rest."""
    its_runner = {each.name: each for each in of_runner}
    found: dict[str, Parameter] = {}
    if given is not None and not isinstance(given, dict):
        wrong("parameters", "must be an object of parameters by name; none are taken from it")
        given = None
    for name, rules in cast("dict[str, Json]", given or {}).items():
        key = f"parameters.{name}"
        if not isinstance(rules, dict):
            wrong(key, "must be an object such as {type: string}; it is left out")
            continue
        rules = cast("dict[str, Json]", rules)
        for flag in _FLAGS:
            if not isinstance(rules.get(flag, False), bool):
                wrong(f"{key}.{flag}", f"is {rules[flag]!r}; give true or false")
        if name in its_runner:
            found[name] = _overridden(its_runner[name], rules, key, wrong)
        else:
            found[name] = _own(name, rules, key, wrong)
    rest = (each for each in of_runner if each.name not in found)
    parameters = (*found.values(), *rest)
    _check_positions(parameters, wrong)
    _check_defaults(parameters, wrong)
    return parameters


def _overridden(old: Parameter, rules: dict[str, Json], key: str, wrong: Wrong) -> Parameter:
    """A runner's parameter as an action wants it; what is secret stays so."""
    narrower = _narrows(old, rules.get("type"))
    for rule in sorted(rules.keys() - _MAY_OVERRIDE - ({"type"} if narrower else set())):
        same = rules[rule] == (getattr(old, rule, None) if rule in _MARKS else old.schema.get(rule))
        if not same and (rule, rules[rule]) != ("secret", True):
            wrong(f"{key}.{rule}", "cannot be changed for a runner's own parameter")
    schema = dict(old.schema)
    taken = ("default", "enum", "type") if narrower else ("default", "enum")
    schema |= {rule: rules[rule] for rule in taken if rule in rules}
    return replace(
        old,
        schema=schema,
        description=str(rules.get("description") or old.description),
        required=rules.get("required", old.required) is True,
        immutable=rules.get("immutable", old.immutable) is True,
        secret=old.secret or rules.get("secret") is True,
    )


def _narrows(old: Parameter, kind: Json) -> bool:
    """Whether a type is one of those that the runner takes, so that no more gets through."""
    kinds = old.schema.get("type", "string")
    there = set(map(str, cast("list[Json]", kinds if isinstance(kinds, list) else [kinds])))
    if "number" in there:
        there.add("integer")
    return isinstance(kind, str) and kind in there


def _own(name: str, rules: dict[str, Json], key: str, wrong: Wrong) -> Parameter:
    schema = modern({rule: value for rule, value in rules.items() if rule not in _MARKS})
    kind = schema.get("type")
    kinds = cast("list[Json]", kind if isinstance(kind, list) else [kind])
    if kind is not None and not set(map(str, kinds)) <= TYPES:
        there = ", ".join(sorted(TYPES))
        wrong(f"{key}.type", f"is {kind!r}, and there are {there}; it is taken as a string")
        schema["type"] = "string"
    position = rules.get("position")
    if position is not None and (type(position) is not int or position < 0):
        wrong(f"{key}.position", f"is {position!r}; give a whole number from 0")
        position = None
    return Parameter(
        name=name,
        schema=schema,
        description=str(rules.get("description") or ""),
        required=rules.get("required") is True,
        secret=rules.get("secret") is True,
        immutable=rules.get("immutable") is True,
        position=position,
    )


def _check_positions(parameters: tuple[Parameter, ...], wrong: Wrong) -> None:
    taken: dict[int, str] = {}
    for each in parameters:
        if each.position is not None and each.position in taken:
            wrong(
                f"parameters.{each.name}.position",
                f"is {each.position}, which {taken[each.position]} has already",
            )
        elif each.position is not None:
            taken[each.position] = each.name


def _check_defaults(parameters: tuple[Parameter, ...], wrong: Wrong) -> None:
    """A default may be a template that reads other parameters, and nothing else."""
    names = {each.name for each in parameters} | _BESIDE
    for each in parameters:
        if each.immutable and not each.has_default:
            wrong(f"parameters.{each.name}", "is immutable and has no default, so no value at all")
        if is_filled_in(each):
            for name in sorted(reads(each) - names):
                wrong(
                    f"parameters.{each.name}.default",
                    f"reads “{name}”, which is no parameter of this action",
                )
