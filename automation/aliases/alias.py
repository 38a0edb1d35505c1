"""An alias: the sentences that an action is asked for by, and what is said back.

Source: StackStorm's action aliases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from automation.values import Json


@dataclass(frozen=True, slots=True)
class Format:
    """One way to ask.

    Attributes:
        display: What help shows; empty hides it.
        representations: The formats that are matched; each is a regular expression in which
            `{{name}}` and `{{name = default}}` stand for parameters.
        match_multiple: Whether every place of a sentence that fits is an execution of its own.
    """

    display: str
    representations: tuple[str, ...]
    match_multiple: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said when an action has begun, or has ended.

    Attributes:
        enabled: Whether anything is.
        format: A template; empty says the usual.
        append_url: Whether the address of the execution follows; of an acknowledgement only.
        extra: For the platforms, each under its name; texts in it are templates.
    """

    enabled: bool = True
    format: str = ""
    append_url: bool = True
    extra: Mapping[str, Json] = field(default_factory=dict[str, Json])


@dataclass(frozen=True, slots=True)
class Alias:
    """One alias of a pack.

    Attributes:
        action_ref: Ref of the action.
        ack: Said when it has begun.
        result: Said when it has ended.
        extra: For whoever reads the alias.
        immutable_parameters: Given to the action always; nobody may give others. Texts in
            them are templates.
    """

    name: str
    pack: str
    action_ref: str
    formats: tuple[Format, ...]
    description: str = ""
    enabled: bool = True
    ack: Answer = Answer()
    result: Answer = Answer()
    extra: Mapping[str, Json] = field(default_factory=dict[str, Json])
    immutable_parameters: Mapping[str, Json] = field(default_factory=dict[str, Json])

    @property
    def ref(self) -> str:
        """`pack.name`, unique."""
        return f"{self.pack}.{self.name}"
