"""What is wrong with a runbook, each mistake at its exact place, before it can be saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from automation.actions.action import Action, Parameter
from automation.actions.patterns import problem_of
from automation.actions.registry import Registry
from automation.actions.schema import check_literal, checked
from automation.approval import OnExpiry, Policy
from automation.ports import AutomationStores
from automation.runbook import Content, Step, TriggerType
from automation.runbooks import conditions, schedule, variables
from automation.runbooks.credentials import credentials_in
from automation.runbooks.readable import ITEM, Readable
from automation.runbooks.variables import holds_variables
from automation.templates import shell, template
from automation.templates.mistake import Mistake, near
from automation.values import Json
from chat.errors import BadInput, NotFound
from playbooks.mistakes import Mistakes


def mistakes_of(content: Content, registry: Registry) -> Mistakes:
    """Every mistake that shows without asking who is in the team."""
    found = Mistakes()
    if not content.steps:
        found.add("steps", "is empty; a runbook needs at least one step")
    _triggers(content, found)
    _parameters(content.parameters, found)
    _given_by_nobody(content, found)
    if content.approval is not None:
        _policy(content.approval, "approval", found)
    earlier: dict[str, str] = {}
    for number, step in enumerate(content.steps):
        place = f"steps[{number}]"
        if step.slug in earlier:
            found.add(
                f"{place}.name",
                f"“{step.name}” is too much like “{earlier[step.slug]}”: "
                f"templates would call both steps.{step.slug}",
            )
        if step.parallel and not number:
            found.add(f"{place}.parallel", "cannot be true for the first step")
        _step(step, place, Readable.at(content, number), registry, found)
        earlier[step.slug] = step.name
    return found


def unknown_actions(content: Content, registry: Registry) -> Mapping[str, str]:
    """Places that name an action nobody knows, to what is wrong; a draft may have them."""
    found: dict[str, str] = {}
    for number, step in enumerate(content.steps):
        names = [(f"steps[{number}].action", step.action)]
        if step.rollback is not None:
            names.append((f"steps[{number}].rollback.action", step.rollback.action))
        for place, name in names:
            try:
                registry.find(name)
            except NotFound:
                there = {word for each in registry.all() for word in (each.ref, each.name)}
                found[place] = f"is “{name[:60]}”, which is not installed.{near(name, there)}"
            except BadInput as several:
                found[place] = next(iter(several.details.values()), several.message)
    return found


def _triggers(content: Content, found: Mistakes) -> None:
    match content.trigger_type:
        case TriggerType.AUTOMATIC:
            wrong = conditions.mistakes_in(content.trigger_conditions)
        case TriggerType.SCHEDULED:
            wrong = schedule.mistakes_in(content.trigger_conditions)
        case _:
            wrong = {}
    for place, problem in wrong.items():
        found.add(place, problem)


def _parameters(parameters: tuple[Parameter, ...], found: Mistakes) -> None:
    seen: set[str] = set()
    for number, each in enumerate(parameters):
        place = f"parameters[{number}]"
        if each.name in seen:
            found.add(f"{place}.name", f"“{each.name}” is there twice")
        seen.add(each.name)
        pattern = each.schema.get("pattern")
        if pattern is not None and (problem := problem_of(pattern)):
            found.add(f"{place}.pattern", problem)
            continue
        if each.secret and each.default not in (None, ""):
            found.add(f"{place}.default", "cannot be given for a secret; everybody would read it")
        elif each.has_default:
            lone = Action("runbook.parameters", "runbook", parameters=(each,))
            try:
                checked(lone, {each.name: each.default}, place=place)
            except BadInput as wrong:
                found.add(f"{place}.default", next(iter(wrong.details.values()), wrong.message))


def _given_by_nobody(content: Content, found: Mistakes) -> None:
    """What begins by itself is given nothing but what its own schedule says."""
    given: Json = {}
    match content.trigger_type:
        case TriggerType.AUTOMATIC:
            who = "an incident"
        case TriggerType.SCHEDULED:
            who, given = "its schedule", content.trigger_conditions.get("parameters")
        case _:
            return
    names = cast("dict[str, Json]", given) if isinstance(given, dict) else {}
    for number, each in enumerate(content.parameters):
        if each.secret and names.get(each.name) not in (None, ""):
            found.add(
                f"trigger_conditions.parameters.{each.name}",
                "cannot be given for a secret; everybody would read it. Give it to the step's own "
                "secret parameter, which is kept sealed",
            )
        if each.required and not each.has_default and each.name not in names:
            found.add(
                f"parameters[{number}].required",
                f"cannot be true, since {who} begins it and gives no {each.name}; add a default",
            )


def _policy(policy: Policy, place: str, found: Mistakes) -> None:
    eligible = {*policy.people, *policy.escalate_to}
    if policy.people and not policy.role and policy.needed > len(eligible):
        found.add(
            f"{place}.needed", f"is {policy.needed}, and only {len(eligible)} may answer at all"
        )
    if policy.second_factor and policy.on_expiry is OnExpiry.APPROVE:
        found.add(
            f"{place}.on_expiry",
            "cannot be approve where second_factor is true: time that passes gives no code. "
            "Give reject, or expires_after: null",
        )
    if policy.escalate_to and policy.escalate_after is None:
        found.add(f"{place}.escalate_after", "is missing; say after how many seconds to escalate")
    if policy.escalate_after is not None and not policy.escalate_to:
        found.add(f"{place}.escalate_to", "is empty; name who is asked then")
    late = policy.escalate_after is not None and policy.expires_after is not None
    if late and (policy.escalate_after or 0) >= (policy.expires_after or 0):
        found.add(f"{place}.escalate_after", "must come before expires_after")


def _step(step: Step, place: str, reads: Readable, registry: Registry, found: Mistakes) -> None:
    if step.for_each is not None:
        _for_each(step.for_each, f"{place}.for_each", reads.before_items(), found)
    elif step.concurrency != 1:
        found.add(f"{place}.concurrency", "goes with for_each only; add it, or leave this out")
    if step.when:
        for mistake in template.check_condition(step.when, f"{place}.when", reads.words):
            found.add(mistake.place, _hinted(mistake, reads))
        for mistake in reads.strangers({"when": f"{{{{ {_bare(step.when)} }}}}"}, place):
            found.add(mistake.place, mistake.problem)
    if step.approval is not None:
        _policy(step.approval, f"{place}.approval", found)
    _values(step.action, step.parameters, place, reads, registry, found)
    if step.rollback is not None:
        undo = step.rollback
        _values(
            undo.action,
            undo.parameters,
            f"{place}.rollback",
            reads.after(step),
            registry,
            found,
        )


def _for_each(given: Json, place: str, reads: Readable, found: Mistakes) -> None:
    """What a list, or the expression that gives one, reads."""
    if isinstance(given, str):
        wrong = template.check_condition(given, place, reads.words)
        read: Json = f"{{{{ {template.bare(given)} }}}}"
    else:
        wrong, read = template.check(given, place=place, known=reads.words), given
    for mistake in wrong:
        found.add(mistake.place, _hinted(mistake, reads))
    for mistake in reads.strangers({"": read}, place):
        found.add(mistake.place, mistake.problem)


def _hinted(mistake: Mistake, reads: Readable) -> str:
    """What is wrong, with where an item is there when there is none."""
    word = next((each for each in ITEM if mistake.problem.startswith(f"reads “{each}”")), None)
    if word is None or reads.items:
        return mistake.problem
    return f"reads “{word}”, which is there only within a step that has for_each"


def _bare(condition: str) -> str:
    """The expression without braces around it."""
    text = condition.strip()
    return text[2:-2].strip() if text.startswith("{{") and text.endswith("}}") else text


def _values(
    ref: str,
    given: Mapping[str, Json],
    place: str,
    reads: Readable,
    registry: Registry,
    found: Mistakes,
) -> None:
    try:
        action = registry.find(ref)
    except NotFound:
        action = None
    for name, value in given.items():
        where = f"{place}.parameters.{name}"
        parameter = action.parameter(name) if action is not None else None
        if parameter is not None and parameter.command_line and isinstance(value, str):
            wrong = shell.check_command(value, where, reads.words)
        else:
            wrong = template.check(value, place=where, known=reads.words)
        if parameter is None or not parameter.secret:
            wrong = (*wrong, *credentials_in(name, value, where))
        if holds_variables(parameter or Parameter(name, {"type": "object"})):
            wrong = (*wrong, *variables.mistakes_in(value, where))
        for mistake in wrong:
            found.add(mistake.place, _hinted(mistake, reads))
    for mistake in reads.strangers(given, f"{place}.parameters"):
        found.add(mistake.place, mistake.problem)
    if action is not None:
        for mistake in check_literal(action, given, place=f"{place}.parameters"):
            found.add(mistake.place, mistake.problem)


def strangers(stores: AutomationStores, team_id: str, content: Content) -> Mapping[str, str]:
    """Places that name an account or a role which the team does not have."""
    policies = [("approval", content.approval)]
    policies += [
        (f"steps[{number}].approval", step.approval) for number, step in enumerate(content.steps)
    ]
    asked = [(place, policy) for place, policy in policies if policy is not None]
    if not asked:
        return {}
    members = {account.name for account in stores.people.members(team_id)}
    roles = {role.name for role in stores.people.roles()}
    found: dict[str, str] = {}
    for place, policy in asked:
        for field in ("people", "escalate_to"):
            for number, name in enumerate(getattr(policy, field)):
                if name not in members:
                    found[f"{place}.{field}[{number}]"] = f"names @{name}, who is not in this team"
        if policy.role and policy.role not in roles:
            found[f"{place}.role"] = (
                f"names the role “{policy.role}”; there are {', '.join(sorted(roles))}"
            )
    return found
