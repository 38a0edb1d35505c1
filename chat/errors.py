"""One tree of errors for the whole house.

    TocsinError
    ├── UserError          shown to the person as it stands; says what to do next
    │   ├── BadInput       a value is wrong: what was given, what is accepted
    │   ├── NotFound       the thing is not there, or not for these eyes
    │   ├── NotSignedIn    nobody, or nobody we know, is asking
    │   ├── Denied         somebody we know, who may not
    │   ├── Refused        a rule of the domain says no (a closed incident, say)
    │   └── Stale          somebody else changed it first
    └── Unavailable        an outside system did not answer; may be tried again

Adapters and storage translate the errors of their libraries into this tree at
their border, so no caller ever sees a library's own.
"""

from __future__ import annotations

from collections.abc import Mapping


class TocsinError(Exception):
    """The root: everything that Tocsin raises on purpose.

    Attributes:
        message: One or two sentences for a person.
        code: Upper-case word for programs, stable between releases.
        details: Field or subject name to what is wrong with it; empty when the
            message says it all.
    """

    code = "ERROR"

    def __init__(
        self, message: str, *, code: str | None = None, details: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code
        self.details: dict[str, str] = dict(details or {})


class UserError(TocsinError):
    """Something the person can put right; the message says how."""

    code = "INVALID"


class BadInput(UserError):
    """A value was given that is not accepted."""

    code = "VALIDATION_ERROR"


class NotFound(UserError):
    """There is no such thing, or it is not visible to who asks."""

    code = "NOT_FOUND"


class NotSignedIn(UserError):
    """The request carries no valid proof of who is asking."""

    code = "NOT_AUTHENTICATED"


class Denied(UserError):
    """A known person lacks a right. Audited wherever it is raised inside an act."""

    code = "PERMISSION_DENIED"

    def __init__(self, message: str, *, permission: str = "", thing: str = "") -> None:
        super().__init__(message, details={"permission": permission} if permission else None)
        self.permission = permission
        self.thing = thing


class Refused(UserError):
    """A rule of the domain says no, whoever asks."""

    code = "REFUSED"


class Stale(UserError):
    """The caller edited a version that is no longer the current one."""

    code = "STALE_VERSION"


class Unavailable(TocsinError):
    """An outside system failed or did not answer; the same call may succeed later.

    Attributes:
        retry_after: Seconds the other side asked us to wait; None when it did not say.
    """

    code = "UNAVAILABLE"

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
