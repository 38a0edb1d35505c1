"""A runbook as a document: what the API, files and editors read and write.

Source: the request and response bodies of runbooks in the Automation & Orchestration
API document; the optional parts of a step are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Annotated, Any, Literal, TypeAlias, cast

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from automation.actions.action import Parameter
from automation.actions.lines import Lines
from automation.approval import DAY, OnExpiry, Policy
from automation.runbook import (
    MAX_ITEMS,
    Content,
    OnFailure,
    Retry,
    Rollback,
    Step,
    TriggerType,
)
from automation.runbooks.span import read_span
from automation.runbooks.unfit import unfit_in
from automation.templates.mistake import near
from automation.values import Json, reserved_in
from chat.errors import BadInput
from playbooks.mistakes import Mistakes

MAX_STEPS = 200
MAX_PARAMETERS = 100
MAX_AT_ONCE = 50
_MOST_SECONDS = 86_400.0 * 7
_MOST_WAIT = 86_400.0 * 365

Seconds: TypeAlias = Annotated[float, Field(gt=0, le=_MOST_SECONDS)]
LongSeconds: TypeAlias = Annotated[float, Field(gt=0, le=_MOST_WAIT)]
Ref: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]
Handle: TypeAlias = Annotated[
    str,
    BeforeValidator(lambda v: v.strip().removeprefix("@").casefold() if isinstance(v, str) else v),
    Field(pattern=r"^[a-z0-9._-]{1,40}$"),
]
Values: TypeAlias = dict[str, Json]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RetryDocument(_Document):
    """How often a failed step is tried again."""

    count: int = Field(0, ge=0, le=50, description="Further attempts after the first.")
    delay: float = Field(0.0, ge=0, le=86_400, description="Seconds before the second attempt.")
    backoff: float = Field(1.0, ge=1, le=10, description="The delay grows by this each time.")


class PolicyDocument(_Document):
    """Who must say yes before it is done."""

    people: list[Handle] = Field([], max_length=50, description="Accounts that may answer.")
    role: str = Field("", max_length=40, description="Everybody with this role may answer.")
    needed: int = Field(1, ge=1, le=20, description="How many must say yes.")
    reason_required: bool = Field(default=False, description="Whether an answer needs a note.")
    expires_after: LongSeconds | None = Field(
        DAY, description="Seconds until it expires; null never does. A day when not given."
    )
    on_expiry: OnExpiry = OnExpiry.REJECT
    escalate_after: LongSeconds | None = Field(
        None, description="Seconds until `escalate_to` may answer, too."
    )
    escalate_to: list[Handle] = Field([], max_length=50)
    requester_may_approve: bool = False
    second_factor: bool = Field(
        default=False, description="Whether an answer needs a code of the second factor."
    )

    def policy(self) -> Policy:
        """As the domain has it."""
        given = {name: getattr(self, name) for name in type(self).model_fields}
        given |= {name: tuple(dict.fromkeys(given[name])) for name in ("people", "escalate_to")}
        return Policy(**given)


class RollbackDocument(_Document):
    """What undoes a step."""

    action: Ref
    parameters: Values = {}
    timeout: Seconds | None = None


def _agreed(value: object) -> object:
    """`approval: true` asks whoever may answer approvals; `false` asks nobody."""
    if value is True:
        return {}
    return None if value is False else value


Agreed: TypeAlias = Annotated[PolicyDocument | None, BeforeValidator(_agreed)]


def _list(value: object) -> object:
    """What a step is done for each of: a list, or an expression that gives one."""
    if value is None or (isinstance(value, str) and value.strip()):
        return value
    if not isinstance(value, list):
        told = "give a list, or an expression such as {{ steps.list.output.hosts }}"
        raise PydanticCustomError("for_each", cast("Any", told))
    count = len(cast("list[object]", value))
    if not count:
        raise PydanticCustomError("for_each", "is an empty list, so that nothing would be done")
    if count > MAX_ITEMS:
        told = f"has {count} items; at most {MAX_ITEMS} are accepted"
        raise PydanticCustomError("for_each", cast("Any", told))
    return cast("list[object]", value)


Each: TypeAlias = Annotated[Json, BeforeValidator(_list)]


class StepDocument(_Document):
    """One step."""

    name: str = Field(min_length=1, max_length=120)
    action: Ref
    timeout: Seconds | None = Field(None, description="Seconds; the action's own when null.")
    parameters: Values = {}
    when: str | bool | None = Field(None, description="Expression; skipped when not true.")
    retry: RetryDocument = RetryDocument(count=0, delay=0.0, backoff=1.0)
    on_failure: OnFailure = OnFailure.STOP
    approval: Agreed = None
    rollback: RollbackDocument | None = None
    parallel: bool = Field(
        default=False, description="Whether it is done together with the step before it."
    )
    for_each: Each = Field(
        None, description="A list, or an expression that gives one; done once when null."
    )
    concurrency: int = Field(
        1, ge=1, le=MAX_AT_ONCE, description="For how many of `for_each` at the same time."
    )

    def step(self) -> Step:
        """As the domain has it."""
        undo = self.rollback
        return Step(
            name=" ".join(self.name.split()),
            action=self.action.strip(),
            timeout=self.timeout,
            parameters=self.parameters,
            when=_expression(self.when),
            retry=Retry(self.retry.count, self.retry.delay, self.retry.backoff),
            on_failure=self.on_failure,
            approval=self.approval.policy() if self.approval is not None else None,
            rollback=Rollback(undo.action, undo.parameters, undo.timeout) if undo else None,
            parallel=self.parallel,
            for_each=self.for_each.strip() if isinstance(self.for_each, str) else self.for_each,
            concurrency=self.concurrency,
        )


def _expression(when: str | bool | None) -> str:
    if isinstance(when, bool):
        return "" if when else "false"
    return (when or "").strip()


class ParameterDocument(_Document):
    """A value that whoever executes the runbook gives."""

    name: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,59}$")
    type: Literal["string", "integer", "number", "boolean", "array", "object"] = "string"
    description: str = Field("", max_length=500)
    required: bool = False
    default: Json = None
    enum: list[Json] | None = Field(None, max_length=100)
    pattern: str | None = Field(None, max_length=300)
    secret: bool = False

    def parameter(self) -> Parameter:
        """As actions have it."""
        schema: dict[str, Json] = {"type": self.type}
        for name in ("default", "enum", "pattern"):
            if getattr(self, name) is not None:
                schema[name] = getattr(self, name)
        return Parameter(
            self.name, schema, self.description, required=self.required, secret=self.secret
        )


class RunbookDocument(_Document):
    """A whole runbook."""

    name: str = Field(min_length=1, max_length=120)
    description: str = Field("", max_length=20_000)
    version: str | None = Field(None, max_length=40)
    trigger_type: TriggerType = TriggerType.MANUAL
    trigger_conditions: Values = {}
    parameters: list[ParameterDocument] = Field([], max_length=MAX_PARAMETERS)
    steps: list[StepDocument] = Field([], max_length=MAX_STEPS)
    approval: Agreed = None
    estimated_duration: Annotated[timedelta | None, BeforeValidator(read_span)] = None
    category: str = Field("", max_length=80)
    tags: list[Annotated[str, Field(min_length=1, max_length=60)]] = Field([], max_length=50)

    def content(self) -> Content:
        """As the domain has it."""
        return Content(
            name=" ".join(self.name.split()),
            description=self.description.strip(),
            trigger_type=self.trigger_type,
            trigger_conditions=self.trigger_conditions,
            parameters=tuple(each.parameter() for each in self.parameters),
            steps=tuple(each.step() for each in self.steps),
            approval=self.approval.policy() if self.approval is not None else None,
            estimated_duration=self.estimated_duration,
            category=" ".join(self.category.split()),
            tags=tuple(dict.fromkeys(" ".join(tag.split()) for tag in self.tags)),
        )


def read(document: Mapping[str, Json]) -> tuple[Content, str | None]:
    """The content that a document describes, and the version it names (None: none).

    Raises:
        BadInput: It is not such a document; `details` maps each place, such as
            `steps[1].timeout`, to what is wrong there.
    """
    found, mistakes = _read(document)
    mistakes.refuse("This runbook cannot be read")
    return cast("RunbookDocument", found).content(), cast("RunbookDocument", found).version


def _read(document: Mapping[str, Json]) -> tuple[RunbookDocument | None, Mistakes]:
    mistakes = Mistakes()
    if unfit := unfit_in(dict(document), "", nul=False):
        mistakes.add(unfit[0] or "runbook", unfit[1])
        return None, mistakes
    if own := reserved_in(dict(document)):
        mistakes.add(own, "is a key of Tocsin's own; give the value itself")
    try:
        return RunbookDocument.model_validate(dict(document)), mistakes
    except ValidationError as wrong:
        for error in wrong.errors(include_url=False):
            mistakes.add(place_of(error["loc"]), _problem(dict(error)))
    return None, mistakes


def read_text(text: str) -> tuple[Content, str | None]:
    """The content that a document in YAML or JSON describes, and the version it names.

    Raises:
        BadInput: It is none, or a key stands in it twice; the message says in which line,
            and so does each of `details`.
    """
    lines = _lines(text)
    if not isinstance(lines.value, dict):
        raise BadInput(
            "A runbook is written as name, steps and so on, in YAML or JSON.",
            details={"document": "must be an object"},
        )
    found, mistakes = _read(cast("dict[str, Json]", lines.value))
    placed = Mistakes()
    for key in lines.repeated:
        placed.add(key, f"is there twice; keep one (line {lines.line(key)})")
    for place, problem in mistakes.found.items():
        placed.add(place, f"{problem} (line {lines.line(place)})")
    placed.refuse("This runbook cannot be read")
    return cast("RunbookDocument", found).content(), cast("RunbookDocument", found).version


def _lines(text: str) -> Lines:
    """The document with the line of each key.

    Raises:
        BadInput: It is neither YAML nor JSON.
    """
    try:
        # Numbers such as 1e3 are texts in YAML; and what is no JSON may still be YAML.
        if text.lstrip().startswith("{"):
            with suppress(ValueError):
                return Lines(text, is_json=True)
        return Lines(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark is not None else ""
        problem = getattr(error, "problem", None) or "malformed"
    except (ValueError, RecursionError) as error:
        where, problem = "", "nested too deep" if isinstance(error, RecursionError) else str(error)
    raise BadInput(f"That is no YAML{where}: {problem}.", details={"document": f"{problem}{where}"})


def place_of(loc: tuple[int | str, ...]) -> str:
    """`steps[1].retry.count`."""
    text = ""
    for part in loc:
        if isinstance(part, int):
            text += f"[{part}]"
        elif not part.startswith("function-"):
            text += f".{part}" if text else part
    return text or "runbook"


def _problem(error: dict[str, Any]) -> str:
    given = error.get("input")
    shown = f"is “{str(given)[:60]}”: " if isinstance(given, str | int | float | bool) else ""
    match error["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return f"is unknown here.{_accepted(error['loc'])}"
        case _:
            said = str(error["msg"])
            return f"{shown}{said[:1].lower()}{said[1:]}"


_MODELS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("retry", RetryDocument),
    ("approval", PolicyDocument),
    ("rollback", RollbackDocument),
    ("steps", StepDocument),
    ("parameters", ParameterDocument),
)


def _accepted(loc: tuple[int | str, ...]) -> str:
    """What may stand where something unknown does."""
    words = [str(part) for part in loc[:-1] if not isinstance(part, int)]
    model = next((model for name, model in _MODELS if name in words[-2:]), RunbookDocument)
    known = sorted(model.model_fields)
    return f"{near(str(loc[-1]), known)} Accepted: {', '.join(known)}"
