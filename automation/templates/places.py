"""Where in a simple command a value is an argument and nothing more.

Source: the grammar of POSIX.1-2024, Shell Command Language, section 2.9, and the manuals of
the commands named here, as far as they run others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_ASSIGNED = re.compile(r"\w+\+?=.*", re.DOTALL)
_RESERVED = frozenset({"if", "then", "elif", "else", "while", "until", "do", "!", "coproc"})
"""Words behind which a command begins."""
_RISKY = frozenset(
    (
        *("eval", "source", ".", "trap", "exec", "let", "declare", "typeset", "local"),
        *("alias", "unset", "read", "mapfile", "readarray", "getopts"),
        *("enable", "complete", "compgen", "bind"),
    )
)
"""Commands that read their arguments as code, or as arithmetic."""
SHELLS = frozenset(
    (
        *("sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "fish", "csh", "tcsh"),
        *("su", "ssh", "watch", "xargs", "env", "sudo"),
    )
)
"""Commands whose arguments may be given to another shell."""
INTERPRETERS = frozenset(
    (
        *("python", "python3", "pypy", "perl", "ruby", "node", "nodejs", "php", "lua", "tclsh"),
        *("awk", "gawk", "mawk", "nawk", "sed"),
    )
)
_ALWAYS_CODE = frozenset({"su", "watch", "xargs", "awk", "gawk", "mawk", "nawk", "sed", "parallel"})
_CODE_FLAGS = re.compile(r"-[a-zA-Z]*[ce][a-zA-Z]*|--command(=.*)?")
_SPLITS = re.compile(r"-[a-zA-Z0]*S|--split-s")
_RUNS_NEXT = frozenset({"-exec", "-execdir", "-ok", "-okdir"})
_COMPUTES_NEXT = frozenset({"-v", "-R"})


@dataclass(frozen=True, slots=True)
class _Prefix:
    """How a command that runs another one is written.

    Attributes:
        valued: Options of it that take the next word.
        operands: Words of its own before the other command.
    """

    valued: frozenset[str] = frozenset()
    operands: int = 0


def _prefix(valued: str = "", operands: int = 0) -> _Prefix:
    return _Prefix(frozenset(valued.split()), operands)


_PREFIXES: Mapping[str, _Prefix] = {
    "builtin": _prefix(),
    "busybox": _prefix(),
    "chroot": _prefix(operands=1),
    "chrt": _prefix("-T -P -D", operands=1),
    "command": _prefix(),
    "doas": _prefix("-u -C"),
    "env": _prefix("-u -C --unset --chdir"),
    "flock": _prefix("-w -E --timeout --conflict-exit-code", operands=1),
    "ionice": _prefix("-c -n --class --classdata"),
    "nice": _prefix("-n --adjustment"),
    "nohup": _prefix(),
    "runuser": _prefix("-u -g -G --user --group --supp-group"),
    "setpriv": _prefix("--reuid --regid --groups"),
    "setsid": _prefix(),
    "stdbuf": _prefix("-i -o -e --input --output --error"),
    "sudo": _prefix(
        "-u -g -h -p -C -r -t -T -U -D -R --user --group --host --prompt --close-from --role "
        "--type --command-timeout --other-user --chdir --chroot"
    ),
    "systemd-run": _prefix("-p -u --unit --property --uid --gid --slice -E --setenv"),
    "taskset": _prefix(operands=1),
    "time": _prefix("-f -o --format --output"),
    "timeout": _prefix("-k -s --kill-after --signal", operands=1),
    "unshare": _prefix("-S -G -R -w --setuid --setgid --root --wd"),
    "cgexec": _prefix("-g"),
    "dbus-run-session": _prefix(),
    "dumb-init": _prefix(),
    "exec": _prefix("-a"),
    "fakeroot": _prefix(),
    "firejail": _prefix(),
    "gosu": _prefix(operands=1),
    "linux32": _prefix(),
    "linux64": _prefix(),
    "ltrace": _prefix("-e -o -p -s -u -n -x -l -a -A -D -F"),
    "nsenter": _prefix("-t --target -S --setuid -G --setgid"),
    "numactl": _prefix("-N -m -C -i -p --cpunodebind --membind --physcpubind --interleave"),
    "pkexec": _prefix("--user"),
    "prlimit": _prefix("-p --pid"),
    "proxychains": _prefix("-f"),
    "proxychains4": _prefix("-f"),
    "setarch": _prefix(operands=1),
    "setuidgid": _prefix(operands=1),
    "strace": _prefix("-e -o -p -s -u -E -a -b -I -O -P -S -U -X"),
    "su-exec": _prefix(operands=1),
    "systemd-cat": _prefix("-t -p --identifier --priority"),
    "systemd-inhibit": _prefix(),
    "tini": _prefix(),
    "torsocks": _prefix(),
    "toybox": _prefix(),
    "unbuffer": _prefix(),
    "valgrind": _prefix(),
    "xvfb-run": _prefix("-n -s -e -f"),
}


def name_of(word: str) -> str:
    """A command's name without its folder."""
    return word.rpartition("/")[2]


def why_not(words: Sequence[str], begun: str) -> str:
    """Why a value may not stand in a place; empty when it may.

    Args:
        words: Those before it in the simple command; a whole value is a NUL.
        begun: The beginning of the word it stands in.
    """
    if _is_split_again([*words, begun]):
        return "gives a value to “env -S”, which reads it as code"
    command, behind = unwrapped(words)
    if not command:
        if behind == "operand" or _ASSIGNED.fullmatch(begun):
            return ""
        if behind and re.match(r"-\w|--\w[\w-]*=", begun):
            return ""
        return (
            "begins a command with a value, which may not choose what is run; write the "
            "command's name out"
        )
    return next(_dangers(command), "")


def _is_split_again(words: Sequence[str]) -> bool:
    names = [name_of(word) for word in words]
    return "env" in names and any(_SPLITS.match(word) for word in words[names.index("env") :])


def is_one_word(words: Sequence[str], begun: str) -> bool:
    """Whether a list must stay one word in a place, since further ones would not be arguments."""
    return not unwrapped(words)[0] or _ASSIGNED.fullmatch(begun) is not None


def unwrapped(words: Sequence[str]) -> tuple[list[str], str]:
    """A simple command without what stands before it.

    Returns:
        Its words; and, where there are none yet, `prefix` behind a command that runs
        another one, and `operand` where that one still takes a word of its own.
    """
    left, behind = list(words), ""
    while left:
        name = name_of(left[0])
        if left[0] in _RESERVED or _ASSIGNED.fullmatch(left[0]):
            del left[0]
            continue
        prefix = _PREFIXES.get(name)
        if prefix is None:
            return left, ""
        del left[0]
        behind = _past(prefix, left)
    return [], behind


def _past(prefix: _Prefix, left: list[str]) -> str:
    """Take a prefix's own words off; `operand` where one is still to come."""
    while left and (left[0].startswith("-") or _ASSIGNED.fullmatch(left[0])):
        word = left.pop(0)
        if word == "--":
            break
        together = re.fullmatch(r"-\w+", word) is not None and f"-{word[-1]}" in prefix.valued
        if word in prefix.valued and not left:
            return "operand"
        if left and (word in prefix.valued or together):
            del left[0]
    if len(left) < prefix.operands:
        left.clear()
        return "operand"
    del left[: prefix.operands]
    return "prefix"


def _dangers(command: list[str]) -> Iterator[str]:
    """Why an argument of a command is more than one."""
    first, last = name_of(command[0]), command[-1]
    if first in _RISKY:
        yield f"gives a value to “{first}”, which reads it as code"
    if "[[" in command:
        yield "puts a value into [[ … ]], which computes it; use [ … ]"
    if (first in {"[", "test"} and last in _COMPUTES_NEXT) or (first, last) == ("printf", "-v"):
        yield f"gives a value to “{first} {last}”, which computes it"
    if first == "find" and last in _RUNS_NEXT:
        yield f"gives a value to “find {last}”, which runs it; write the command's name out"
    for position, word in reversed(list(enumerate(command))):
        name = name_of(word)
        coded = [flag for flag in command[position + 1 :] if _CODE_FLAGS.fullmatch(flag)]
        if name in SHELLS | INTERPRETERS and coded:
            yield (
                f"puts a value into the code of “{name} {coded[0]}”; give it behind the "
                "code as an argument of a script of its own"
            )
    if first in _ALWAYS_CODE:
        yield (
            f"gives a value to “{first}”, which may read it as code; use an action of "
            "its own for that"
        )
    named = [word for word in command[1:] if not word.startswith(("-", "\0"))]
    if first in (SHELLS | INTERPRETERS) - {"ssh"} and not named:
        yield (
            f"gives a value to “{first}” before its script, and it may not choose what is run; "
            "write the script's name out"
        )
