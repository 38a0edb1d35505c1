"""Icons drawn into the page, so that they take its colours and need no request."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from markupsafe import Markup

_FOLDER = Path(__file__).resolve().parent / "static" / "vendor" / "lucide"
_INSIDE = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


@cache
def icon(name: str) -> Markup:
    """A vendored icon; decoration only, so the text beside it must say the same.

    Raises:
        KeyError: There is none of that name; a template names it wrongly.
    """
    path = _FOLDER / f"{name}.svg"
    inside = _INSIDE.search(path.read_text(encoding="utf-8")) if path.is_file() else None
    if inside is None:
        raise KeyError(name)
    drawing = re.sub(r"\s+", " ", inside[1]).strip()
    head = '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">'
    # The drawing is one of our own committed files, pinned by its hash.
    return Markup(f"{head}{drawing}</svg>")  # noqa: S704
