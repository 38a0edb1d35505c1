"""What people may call accounts, teams, roles and tokens."""

from __future__ import annotations

import re
import unicodedata

from chat.errors import BadInput

_HANDLE = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,38}[a-z0-9])?")
_EMAIL = re.compile(r"[^\s@<>\"',;]{1,64}@[^\s@<>\"',;]{1,189}")
_RESERVED = frozenset(
    {
        "all",
        "channel",
        "commander",
        "everyone",
        "here",
        "me",
        "nobody",
        "none",
        "reporter",
        "tocsin",
    }
)


def handle(given: str, kind: str) -> str:
    """A unique name such as `ana` or `on-call`, in lower case, `@` before it left out.

    Args:
        given: As typed.
        kind: What it names, for the error: `account`, `team` or `role`.

    Raises:
        BadInput: It is malformed, or means something else in a chat.
    """
    name = given.strip().removeprefix("@").casefold()
    if not _HANDLE.fullmatch(name):
        raise BadInput(
            f"“{given.strip()[:60]}” cannot be the name of {_article(kind)}. Use 1 to 40 letters "
            "a-z, digits, “.”, “-” and “_”, beginning and ending with a letter or digit.",
            details={"name": "1 to 40 of a-z, 0-9, “.”, “-”, “_”"},
        )
    if kind == "account" and name in _RESERVED:
        raise BadInput(
            f"“{name}” cannot be the name of an account: in a chat it means something else. "
            "Choose another.",
            details={"name": f"not one of {', '.join(sorted(_RESERVED))}"},
        )
    return name


def line(given: str, kind: str, *, longest: int) -> str:
    """One plain line for people to read, with its spaces tidied; may be empty.

    Raises:
        BadInput: It is too long, or holds control or direction-changing characters.
    """
    text = " ".join(given.split(" ")).strip()
    if len(text) > longest:
        raise BadInput(
            f"The {kind} has {len(text)} characters; {longest} are the most.",
            details={kind: f"at most {longest} characters"},
        )
    if any(unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for letter in text):
        raise BadInput(
            f"The {kind} must be one line without control characters.",
            details={kind: "one line without control characters"},
        )
    return text


def email(given: str) -> str | None:
    """An e-mail address, its domain in lower case; None for an empty one.

    Raises:
        BadInput: It is none.
    """
    text = given.strip()
    if not text:
        return None
    if not _EMAIL.fullmatch(text) or not text.isprintable():
        raise BadInput(
            f"“{text[:60]}” is not an e-mail address. Give one like ana@example.org.",
            details={"email": "an address like ana@example.org"},
        )
    local, _, domain = text.rpartition("@")
    return f"{local}@{domain.casefold()}"


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
