"""What is wrong in a workflow's file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from chat.errors import BadInput

Kind = Literal["syntax", "semantics", "expressions", "context", "contents"]
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class WorkflowMistake:
    """One mistake.

    Attributes:
        kind: `syntax` for what is written wrongly, `semantics` for tasks that do not fit
            together, `expressions` for what cannot be read, `context` for variables that are
            not there, `contents` for actions and functions that are not there.
        line: From 1; 0 where there was no text.
        key: Such as `tasks.build.next[0].when`; empty for the whole.
        problem: The rest of a sentence that begins with the key.
    """

    kind: Kind
    line: int
    key: str
    problem: str

    def __str__(self) -> str:
        """One line for people."""
        where = f"line {self.line}: " if self.line else ""
        return f"{where}{self.key + ' ' if self.key else ''}{self.problem}"


def refused(mistakes: Iterable[WorkflowMistake], what: str = "The workflow") -> BadInput:
    """The error that tells them all, the first ones in its sentence."""
    found = list(mistakes)
    shown = "; ".join(str(each) for each in found[:3])
    more = f"; and {len(found) - 3} more" if len(found) > 3 else ""  # noqa: PLR2004 - as shown
    details: dict[str, str] = {}
    for each in found[:_SHOWN]:
        at = f"line {each.line}: " if each.line else ""
        said = details.get(each.key or "definition")
        told = f"{at}{each.problem}"
        details[each.key or "definition"] = f"{said}; {told}" if said else told
    return BadInput(f"{what} cannot be used: {shown}{more}.", details=details)
