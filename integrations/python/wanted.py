"""What a pack's environment is built from.

Besides what the pack requires, it gets a few libraries that StackStorm's packs lean on
without saying so, since StackStorm has them itself, and its client where the pack's code
imports that. What the operator's file says stands in for requirements that cannot be met.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from automation.actions.requirements import FILE, requirement_lines, requirements_of
from automation.packs.imports import imported
from automation.packs.overrides import NO_OVERRIDES, Overrides

FALLBACKS = {
    "six": "six",
    "requests": "requests",
    "eventlet": "eventlet",
    "yaml": "pyyaml",
    "jinja2": "jinja2",
    "dateutil": "python-dateutil",
    "pytz": "pytz",
    "simplejson": "simplejson",
}
"""The libraries, by the module that they are imported as."""
CLIENT = "st2client==3.9.0"
_NAMES = ("st2common", "st2reactor", "st2tests", "st2client")
_LOOKED_FOR = frozenset({*FALLBACKS, *_NAMES})
_MARK = re.compile(r"^\s*(python_versions|stackstorm_version)\s*:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an environment is to hold.

    Attributes:
        pack: Of the pack, which paths in its file are relative to.
        lines: Stand in for the pack's file; None where that counts as it is.
        fallbacks: Libraries that are put beside what it requires, where they fit.
        client: Whether StackStorm's client is, too.
        digest: Equal where the same is asked for, so that packs may share an environment.
    """

    pack: Path
    lines: tuple[str, ...] | None
    fallbacks: tuple[str, ...]
    client: bool
    digest: str

    @property
    def file(self) -> Path:
        """The pack's own requirements."""
        return self.pack / FILE


def wanted_of(pack: Path, overrides: Overrides = NO_OVERRIDES) -> Wanted | None:
    """What a pack's environment is to hold; None when it runs in the one that is set for all.

    Raises:
        OSError: A file cannot be read.
    """
    required = requirements_of(pack)
    given = requirement_lines(pack)
    lines = overrides.applied(pack.name, given)
    tops = imported(pack, _LOOKED_FOR)
    client = "st2client" in tops
    leans = bool(tops & FALLBACKS.keys()) or client
    if not lines and not leans:
        return None
    theirs = leans or bool(tops & frozenset(_NAMES)) or _says_so(pack)
    fallbacks = tuple(FALLBACKS.values()) if theirs else ()
    changed = lines if lines != given else None
    digest = hashlib.sha256((required.digest if required is not None else "").encode())
    digest.update(repr((changed, fallbacks, client)).encode())
    if required is not None and changed is None and not theirs:
        return Wanted(pack, None, (), client=False, digest=required.digest)
    return Wanted(pack, changed, fallbacks, client, digest.hexdigest())


def _says_so(pack: Path) -> bool:
    """Whether a pack says of itself which StackStorm it is for."""
    try:
        return bool(_MARK.search((pack / "pack.yaml").read_text("utf-8", errors="replace")))
    except OSError:
        return False
