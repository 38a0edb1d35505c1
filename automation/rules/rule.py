"""A rule: when an event of its trigger fits its criteria, its action is done.

Source: StackStorm's rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from automation.values import Json


class RuleType(StrEnum):
    """When a rule is asked."""

    STANDARD = "standard"
    BACKSTOP = "backstop"
    """Only where no standard rule has matched the event."""


@dataclass(frozen=True, slots=True)
class RuleTrigger:
    """What a rule waits for.

    Attributes:
        type: Ref of the trigger's type, such as `core.st2.webhook`.
        parameters: Which of that type, such as a webhook's `url`.
    """

    type: str
    parameters: Mapping[str, Json] = field(default_factory=dict[str, Json])


@dataclass(frozen=True, slots=True)
class RuleAction:
    """What a rule does.

    Attributes:
        ref: Ref of the action.
        parameters: Values and templates over the event.
    """

    ref: str
    parameters: Mapping[str, Json] = field(default_factory=dict[str, Json])


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a pack.

    Attributes:
        criteria: A path into the event to what must hold there, in order; all must hold.
            None of them fits every event.
        enabled: Off unless the file says otherwise.
        context: Passed on to whoever reads the rule.
        tags: Objects with `name` and `value`.
    """

    name: str
    pack: str
    trigger: RuleTrigger
    action: RuleAction
    criteria: Mapping[str, Json] = field(default_factory=dict[str, Json])
    description: str = ""
    enabled: bool = False
    type: RuleType = RuleType.STANDARD
    context: Mapping[str, Json] = field(default_factory=dict[str, Json])
    tags: tuple[Mapping[str, Json], ...] = ()

    @property
    def ref(self) -> str:
        """`pack.name`, unique."""
        return f"{self.pack}.{self.name}"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    Attributes:
        trigger: Ref of the trigger's type.
        payload: What came with it; a JSON value, nearly always an object.
        parameters: Of the trigger, as the rules that wait for it name them.
    """

    trigger: str
    payload: Json
    parameters: Mapping[str, Json] = field(default_factory=dict[str, Json])
