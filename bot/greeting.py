"""What whoever starts Tocsin reads first."""

from __future__ import annotations

import sys
from pathlib import Path

FIRST_WORDS = "/incident start"
_TOUR = '/incident start --playbook outage --name "Checkout returns 500"'


def greeting(version: str, url: str, sign_in: str | None, admin: str) -> str:
    """The first screen: the address, how to get in, what to type first.

    Args:
        version: Of the product.
        url: Where the pages are, without a slash at the end.
        sign_in: A sign-in link; None when it could not be made.
        admin: Name of the account that the link is for.
    """
    lines = ["", f"Tocsin {version} is ready at {url}", ""]
    if sign_in is not None:
        lines += [f"  Sign in as {admin} (works once, within a day):", f"    {sign_in}", ""]
    lines += [
        f"  Then type this in the channel #general:  {FIRST_WORDS}",
        "",
        "  Or stay in the terminal:",
        f"    {executable()} chat --as {admin} --channel general '{_TOUR}'",
        "",
        "  Stop it with Ctrl-C. What you did is kept.",
        "",
    ]
    return "\n".join(lines)


def executable() -> str:
    """How to call this program again from here."""
    program = Path(sys.argv[0])
    if not program.is_file():
        return "tocsin"
    try:
        return str(program.resolve().relative_to(Path.cwd()))
    except ValueError:
        return program.name
