"""What the remote runners take, and the hosts they are given.

Source: the parameters of StackStorm's remote shell runners.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import cast

from automation.actions.action import Parameter
from automation.hidden import clipped
from automation.values import Json
from chat.errors import BadInput
from integrations.process.variables import ENV
from integrations.shell.results import CMD, CWD, KWARG_OP, SUDO

PORT = 22
BASTION = "bastion_host"
MOST = 200
"""Hosts that one action may be done on."""
_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?\.?")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_COMMON: tuple[Parameter, ...] = (
    Parameter(
        "hosts",
        {"type": ["array", "string"], "items": {"type": "string"}},
        "Where to run it: a list, or names with commas between them, with a port perhaps.",
        required=True,
    ),
    Parameter("username", {"type": "string"}, "Who logs in."),
    Parameter("password", {"type": "string"}, secret=True),
    Parameter(
        "private_key",
        {"type": "string"},
        "The key itself, or the name of a file in the operator's folder of keys.",
        secret=True,
    ),
    Parameter("passphrase", {"type": "string"}, "Opens the private key.", secret=True),
    Parameter(
        "port",
        {"type": "integer", "minimum": 1, "maximum": 65535, "default": PORT},
        "Of each host.",
    ),
    Parameter(BASTION, {"type": "string"}, "A host by way of which the others are reached."),
    CWD,
    replace(ENV, description="Variables it is given."),
    SUDO,
    Parameter(
        "parallel",
        {"type": "boolean", "default": True},
        "Whether all hosts run it at once, or one after the other.",
    ),
)
COMMAND: tuple[Parameter, ...] = (CMD, *_COMMON)
SCRIPT: tuple[Parameter, ...] = (
    *_COMMON,
    KWARG_OP,
    Parameter("dir", {"type": "string"}, "Where the script is put for the time it runs."),
)
OWN = frozenset(each.name for each in (*COMMAND, *SCRIPT)) | {"timeout"}
"""Parameters that no script is handed."""


@dataclass(frozen=True, slots=True)
class Host:
    """A machine to log in to.

    Attributes:
        shown: As it was given: what its part of the result is called.
        role: What it is there for, in front of its name in errors; empty for doing the job.
    """

    name: str
    port: int
    shown: str
    role: str = ""

    @property
    def place(self) -> str:
        """For errors."""
        name = f"{self.role} {self.name}".strip()
        return name if self.port == PORT else f"{name} at port {self.port}"


def read_hosts(given: Json, port: int) -> tuple[Host, ...]:
    """The hosts of a list or of a text with commas, each once.

    Raises:
        BadInput: There are none, or too many, or one can be no host.
    """
    words = given.split(",") if isinstance(given, str) else cast("list[Json]", given or [])
    hosts = {shown: read_host(shown, port) for word in words if (shown := str(word).strip())}
    if not hosts:
        raise BadInput("hosts is empty; give at least one host.", details={"hosts": "is empty"})
    if len(hosts) > MOST:
        raise BadInput(
            f"hosts has {len(hosts)} hosts; at most {MOST} are accepted.",
            details={"hosts": f"at most {MOST}"},
        )
    return tuple(hosts.values())


def read_host(shown: str, port: int, place: str = "hosts") -> Host:
    """A host from `name`, `name:port`, an address, or `[address]:port`.

    Raises:
        BadInput: It is none of these.
    """
    name, given = shown, ""
    if shown.startswith("["):
        name, closed, rest = shown[1:].partition("]")
        given = rest.removeprefix(":")
        fits = _is_address(name) and bool(closed) and rest == (f":{given}" if given else "")
    elif _is_address(shown):
        fits = True
    else:
        name, colon, given = shown.partition(":")
        fits = _NAME.fullmatch(name) is not None and bool(given) == bool(colon)
    if fits and given:
        fits = given.isascii() and given.isdigit() and 0 < int(given[:6]) < 1 << 16
    if not fits:
        raise BadInput(
            f"{place} has “{clipped(shown, 60)}”; give a host's name or address, such as web1, "
            "web1.example:2222, 10.0.0.5 or [fd00::5]:2222.",
            details={place: "names or addresses of hosts"},
        )
    role = "The bastion" if place == BASTION else ""
    return Host(name, int(given or port), shown, role)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def checked_env(env: Mapping[str, str]) -> Mapping[str, str]:
    """Variables that a shell can set.

    Raises:
        BadInput: One has a name that no shell knows as a variable's.
    """
    for name in env:
        if not _VARIABLE.fullmatch(name):
            raise BadInput(
                f"env has “{clipped(name, 60)}”, which can be no variable's name; letters, "
                "digits and _ are accepted.",
                details={"env": "names of letters, digits and _"},
            )
    return env
