"""The port behind which actions are really done.

There are two kinds. An *outside* runner starts processes or speaks to other systems and
takes as long as it takes. What can be done inside a transaction (posting a message,
waiting, calling a runbook) is done there by `automation/executions/inside.py`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from automation.actions.action import Action, Parameter
from automation.values import Json

Stream: TypeAlias = Literal["stdout", "stderr"]
Emit: TypeAlias = Callable[[Stream, str], None]
"""Takes output as it comes, in pieces of any size; secrets are masked by whoever gives it."""


Port: TypeAlias = Callable[[str, Mapping[str, Json]], Awaitable[Json]]
"""Does what a process of a pack asks of the product, and gives the answer.

Of actions: `get_value {name, scope, decrypt}` (text or null), `set_value {name, value, scope,
ttl, encrypt}`, `delete_value {name, scope}` (whether it was there), `list_values {prefix,
limit, offset}` (`[{name, value, …}]`), `get_user_info {}` (`{username, …}`); of sensors
`dispatch {trigger, payload, trace_tag}` besides. Names are whole keys. What it raises as a
`UserError` is told to whoever asked.
"""


@dataclass(frozen=True, slots=True)
class Access:
    """How a process of a pack reaches the product.

    Attributes:
        port: Answers its service; None for none.
        api_url: Of the REST API in StackStorm's form; empty where there is none.
        token: For that API, for as long as the process runs; a secret.
        user: Who it is done for.
    """

    port: Port | None = None
    api_url: str = ""
    token: str = field(default="", repr=False)
    user: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt at an action.

    Attributes:
        key: The same for every attempt at the same task, different for every other task:
            outside systems that know idempotency keys are given it.
        attempt: From 1.
        parameters: Checked against the action's schema and typed; secrets in the clear.
        timeout: Seconds, after which the runner ends it.
        files: Folder of the execution, there and writable; what an action leaves there can
            be posted by a later step.
        environment: What every process of it is given besides its own: ids, never secrets.
        secrets: Texts that must not stand in any file the runner itself writes; it masks them.
        config: The pack's own, its dynamic values filled in; secrets in the clear.
        access: How the action's process reaches the product.
    """

    key: str
    action: Action
    parameters: Mapping[str, Json]
    timeout: float
    files: Path
    attempt: int = 1
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    secrets: frozenset[str] = frozenset()
    config: Mapping[str, Json] = field(default_factory=dict[str, Json], repr=False)
    access: Access = Access()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt.

    Attributes:
        output: What later steps read; JSON.
        error: One sentence about what went wrong; empty when it went well.
        timed_out: Whether it was ended for taking too long.
        truncated: Whether output was cut at its limit.
    """

    ok: bool
    output: Json = None
    error: str = ""
    timed_out: bool = False
    truncated: bool = False


class Runner(Protocol):
    """Does the actions of one kind."""

    @property
    def name(self) -> str:
        """What actions name in `runner_type`."""
        ...

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What it takes itself; an action may set default, enum, immutable or required of them."""
        ...

    async def run(self, call: Call, emit: Emit) -> Outcome:
        """Do it; cancelling this ends whatever was started, whole process groups included.

        Never raises for what the action itself does wrong: that is an `Outcome`.

        Raises:
            Unavailable: The machine cannot do it now; a later attempt may succeed.
        """
        ...

    async def close(self) -> None:
        """End what is kept warm."""
        ...


@dataclass(frozen=True, slots=True)
class RunnerKit:
    """What a runner is made from.

    Attributes:
        output_limit: Characters of standard output, and as many of standard error, that an
            outcome holds; what exceeds it goes to a file in the call's `files`.
        file_limit: Bytes that such a file may grow to; the rest is thrown away.
        memory_limit: Bytes of memory of its own a process may use, what it has only reserved or
            shares with others not counted; None for no limit.
        allowed_networks: Private networks (CIDR) that HTTP requests may go to all the same.
        environments: Where Python environments of packs are kept; None keeps none.
        overrides: The operator's file of requirements that stand in for those of packs; it need
            not be there.
        options: The operator's settings of that runner: `TOCSIN_RUNNER_<NAME>_<OPTION>`, by option
            in lower case.
    """

    output_limit: int = 256 * 1024
    file_limit: int = 64 * 1024 * 1024
    memory_limit: int | None = None
    allowed_networks: tuple[str, ...] = ()
    environments: Path | None = None
    overrides: Path | None = None
    options: Mapping[str, str] = field(default_factory=dict[str, str])


MakeRunners: TypeAlias = Callable[[RunnerKit], tuple[Runner, ...]]
"""What an entry point of the group `tocsin.runners` is."""

GROUP = "tocsin.runners"
