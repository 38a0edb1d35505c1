"""What came with a trigger: kept with its credentials sealed, shown with them masked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import cast

from automation.execution import Execution
from automation.runbook import Content
from automation.runbooks.credentials import is_credential
from automation.runbooks.sealing import unsealed
from automation.runbooks.unfit import unfit_in
from automation.values import Json, reserved_in
from automation.workshop import Workshop
from chat.errors import BadInput
from security.secrets import MASK, masked_json

_LARGEST = 256 * 1024
_SCHEME = re.compile(r"[A-Za-z]+ +(\S+)")
"""A scheme and what is secret, as the header `Authorization` has it."""


def kept(workshop: Workshop, data: Mapping[str, Json], content: Content) -> dict[str, Json]:
    """The data of a trigger as it is kept.

    What stands under the name of a credential, however deep, is sealed. What was taken as
    one of the secret parameters of `content` is left out: the parameter is kept itself.

    Raises:
        BadInput: It cannot be kept, or is too large; `details` says where.
    """
    if unfit := unfit_in(dict(data), "trigger_data"):
        raise BadInput(f"The value {unfit[0]} {unfit[1]}.", details=dict([unfit]))
    if own := reserved_in(dict(data)):
        raise BadInput(
            f"The trigger data holds “{own}”, a key of our own. Give the value itself.",
            details={"trigger_data": f"must not hold {own}"},
        )
    if len(json.dumps(data)) > _LARGEST:
        raise BadInput(
            f"The trigger data is larger than {_LARGEST // 1024} KiB.",
            details={"trigger_data": f"at most {_LARGEST // 1024} KiB"},
        )
    secret = {each.name for each in content.parameters if each.secret}
    return {
        name: MASK if name in secret else _named(workshop, name, value)
        for name, value in data.items()
    }


def _named(workshop: Workshop, name: str, value: Json) -> Json:
    if is_credential(name) and _tells(value):
        return {"$sealed": workshop.vault.seal(json.dumps(value))}
    match value:
        case dict():
            items = cast("dict[str, Json]", value).items()
            return {inner: _named(workshop, inner, each) for inner, each in items}
        case list():
            return [_named(workshop, "", each) for each in cast("list[Json]", value)]
        case _:
            return value


def _tells(value: Json) -> bool:
    """Whether a value can be a credential, or hold one."""
    return not isinstance(value, bool) and bool(value)


def clear(workshop: Workshop, execution: Execution) -> dict[str, Json]:
    """The data of an execution's trigger as its templates read it."""
    return {name: unsealed(workshop, value) for name, value in execution.trigger_data.items()}


def secrets(workshop: Workshop, execution: Execution) -> frozenset[str]:
    """What has to be masked of it, the word `Bearer` and its like left out."""
    found = workshop.secrets_in(dict(execution.trigger_data))
    schemed = (_SCHEME.fullmatch(each) for each in found)
    return found | {each[1] for each in schemed if each is not None}


def shown(execution: Execution) -> dict[str, Json]:
    """The data of an execution's trigger as everybody who sees the execution may read it."""
    return dict(masked_json(dict(execution.trigger_data)))
