"""Who logs in, and how they prove it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from automation.values import Json
from chat.errors import BadInput

_LARGEST = 64 * 1024
"""Bytes that a file with a key may have."""


@dataclass(frozen=True, slots=True)
class Login:
    """What a server asks of whoever comes.

    Attributes:
        password: Also answers questions that are asked instead of it.
    """

    username: str
    password: str | None
    key: asyncssh.SSHKey | None

    @property
    def offered(self) -> str:
        """What is offered as proof, for people."""
        ways = [("key", self.key), ("password", self.password)]
        return " and ".join(f"the {word}" for word, there in ways if there)


async def read_login(given: Mapping[str, Json], options: Mapping[str, str]) -> Login:
    """The login that an action's values and the operator's settings make.

    Args:
        given: `username`, `password`, `private_key` and `passphrase` are read.
        options: `username` and `private_key` stand in for what is not given; `keys` is the
            folder in which files of keys may be named.

    Raises:
        BadInput: Something is missing, or the key cannot be read.
    """
    username = str(given.get("username") or options.get("username") or "")
    if not username:
        raise BadInput("username is missing; say who logs in.", details={"username": "is missing"})
    password = given.get("password")
    named = given.get("private_key")
    if not named and not password:
        named = options.get("private_key")
    key: asyncssh.SSHKey | None = None
    if named:
        passphrase = given.get("passphrase")
        key = await asyncio.to_thread(
            _read_key, str(named), str(passphrase) if passphrase else None, options.get("keys")
        )
    if key is None and not password:
        raise BadInput(
            "There is nothing to log in with; give private_key or password.",
            details={"private_key": "this or password"},
        )
    return Login(username, str(password) if password else None, key)


def _read_key(named: str, passphrase: str | None, folder: str | None) -> asyncssh.SSHKey:
    text = named if "-----BEGIN" in named else _content(named, folder)
    try:
        return asyncssh.import_private_key(text, passphrase)
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        said = str(error)
    if "requires bcrypt" in said:
        problem = "is encrypted in a way that needs the Python package bcrypt, which is missing"
    elif "assphrase" in said and passphrase is None:
        problem = "is encrypted; give its passphrase"
    elif passphrase is not None:
        problem = "cannot be opened; its passphrase may be another one"
    else:
        problem = "is none that can be read; give it in the OpenSSH or the PEM format"
    raise BadInput(f"The private key {problem}.", details={"private_key": problem})


def _content(name: str, folder: str | None) -> str:
    """What stands in a file of the operator's folder.

    What was given may be a mistyped key, so it is not repeated.
    """
    if not folder:
        raise _no_file(
            "is no key. Files can be named once the operator has said in "
            "TOCSIN_RUNNER_SSH_KEYS in which folder they are"
        )
    inside = Path(folder).resolve()
    try:
        path = (inside / name).resolve()
        if inside not in path.parents or not path.is_file():
            raise _no_file(f"is no key and no file in {inside}")
        with path.open("rb") as file:
            return file.read(_LARGEST).decode("utf-8", "replace")
    except (OSError, ValueError) as error:
        raise _no_file("is a file that cannot be read") from error


def _no_file(problem: str) -> BadInput:
    return BadInput(f"private_key {problem}.", details={"private_key": "a key, or a file's name"})
