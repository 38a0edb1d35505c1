"""What is sent to the other side's shell.

SSH has no list of arguments, only a text that the user's login shell reads. So that text is
always the same and holds nothing of anybody's. It lets a shell read the real program, a line
with everything unusual escaped, from the standard input, which then stays open for as long as
somebody wants the result. Nothing given by anybody stands in a command line on the other side.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chat.errors import BadInput
from integrations.process.group import MARK

_NEXT = 'IFS= read -r t_p && eval "$(printf %b "$t_p")"'
FIRST = f"exec /bin/sh -c '{_NEXT}'"
"""What the login shell is given; single quotes mean the same to all of them."""
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ./:,=+_-")
_LEAD, _WATCH = (
    Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("lead.sh", "watch.sh")
)
_TEMPORARY = "${TMPDIR:-/tmp}"


@dataclass(frozen=True, slots=True)
class Job:
    """Something to be done on another machine.

    Attributes:
        run: The shell's code of it; for a script, `$t_folder` holds it.
        env: Variables it is given; made by `checked_env`.
        cwd: Where it runs; empty for the user's home.
        script: Content of a script to put there first; None without one.
        name: Of the script's file.
        folder: Where the script is put, in a folder of its own; empty for where the machine
            keeps temporary files.
    """

    run: str
    env: Mapping[str, str]
    cwd: str = ""
    sudo: bool = False
    script: bytes | None = None
    name: str = "script"
    folder: str = ""


def script_words(name: str, content: bytes, arguments: Sequence[str]) -> str:
    """The shell's code that runs a script that lies in `$t_folder`.

    By its `#!` line if it has one, so that it also runs where files may not be executed;
    else by sh, except when it is a program.
    """
    path = f'"$t_folder"/{shlex.quote(name)}'
    first = content[:256].split(b"\n", 1)[0]
    interpreter: list[str] = []
    if first.startswith(b"#!"):
        interpreter = first[2:].decode("utf-8", "replace").split()
    elif not content.startswith(b"\x7fELF"):
        interpreter = ["/bin/sh"]
    return " ".join([*map(shlex.quote, interpreter), path, *map(shlex.quote, arguments)])


def program(job: Job, mark: str) -> bytes:
    """All that is written to the standard input of `FIRST`.

    Args:
        job: What is to be done.
        mark: Letters, digits and hyphens that no other job has.

    Raises:
        BadInput: A text in it cannot be given to any process.
    """
    by = "sudo -n --" if job.sudo else ""
    folder = ""
    if job.script is not None:
        folder = f"{shlex.quote(job.folder) if job.folder else _TEMPORARY}/tocsin-{mark}"
    lines = [f"export {name}={shlex.quote(value)}" for name, value in job.env.items()]
    if job.cwd:
        # Not an option, and not the directory before.
        where = job.cwd if job.cwd.startswith("/") else f"./{job.cwd}"
        lines.insert(0, f"cd {shlex.quote(where)} || exit 126")
    lines += [f"export {MARK}={mark}", job.run]
    parts = {
        "t_mark": mark,
        "t_prepare": _prepare(job),
        "t_run": "\n".join(lines),
    }
    given = "".join(f"{name}={shlex.quote(text)}\n" for name, text in parts.items())
    return (
        _line(f"t_next={shlex.quote(_NEXT)} t_by={shlex.quote(by)}\n{_LEAD}")
        + _line(f"{given}t_folder={folder}\n{_WATCH}")
        + (job.script or b"")
    )


def _prepare(job: Job) -> str:
    """The shell's code that puts the script where it is run."""
    if job.script is None:
        return ""
    size, file = len(job.script), f'"$t_folder"/{shlex.quote(job.name)}'
    return f"""
t_umask=$(umask)
umask 077
mkdir -- "$t_folder" || exit 126
head -c {size} >{file}
if [ "$(wc -c <{file})" -ne {size} ]; then
    rm -rf -- "$t_folder"
    echo "the script did not arrive whole" >&2
    exit 126
fi
chmod 700 {file}
umask "$t_umask"
unset t_umask
"""


def _line(text: str) -> bytes:
    """A program as one line that `printf %b` turns back into what it was.

    Raises:
        BadInput: It holds what no process can be given.
    """
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        raise BadInput("A value holds half a character, which no command can take.") from None
    if b"\0" in raw:
        raise BadInput("A value holds a NUL character, which no command can take.")
    return b"".join(bytes((byte,)) if byte in _PLAIN else b"\\0%03o" % byte for byte in raw) + b"\n"
