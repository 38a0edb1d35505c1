"""Commands that run, or read as code, what they are given.

It looks at one finished simple command of a template that has values. In its words, `VALUE`
stands for what came from a value and `EXPANDED` for what a shell puts in by itself.

Source: the manuals of the commands named here, as far as they run others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from automation.templates.places import name_of, unwrapped
from automation.templates.programs import (
    ALIKE,
    ASSIGNED,
    CODE,
    CONSOLE_CODE,
    CONSOLES,
    EXEC_VALUED,
    EXPORTS,
    GENERAL,
    NAMES,
    NEVER,
    OPTIONS_RUN,
    OWN,
    PLAIN,
    READERS,
    RUN_SWITCHES,
    RUNS_VARIABLE,
    SAME,
    SCRIPT_FILES,
    SCRIPT_VALUED,
    SCRIPTED,
    SHELL_CODE,
    SSH_OPTION,
    SSH_VALUED,
    STARTS_SHELL,
    STDIN,
    XARGS_VALUED,
)

VALUE = "\x00"
EXPANDED = "\x01"
INSTEAD = "give it as an argument of a script action, or in env"


def option_of(words: Sequence[str], text: str) -> str:
    """The command that would read a value as an option of its own; empty for none.

    Args:
        words: Those before the value in the simple command.
        text: The value, which begins the word.
    """
    command, _ = unwrapped(words)
    if not command or not text.startswith("-") or re.fullmatch(r"-\d*\.?\d*\w?", text):
        return ""
    name = name_of(command[0])
    safe = "--" in command and name != "find"
    return name if name in OPTIONS_RUN and not safe else ""


def awaits_command(words: Sequence[str]) -> bool:
    """Whether the words before a value are to be followed by a command that is run."""
    command, _ = unwrapped(words)
    if not command:
        return False
    inner = list(_inner(name_of(command[0]), command[1:]))
    return bool(inner) and not inner[-1]


def why_refused(words: Sequence[str], *, fed: bool) -> str:
    """Why a whole simple command may not stand in a line with values; empty when it may.

    Args:
        words: All of them.
        fed: Whether its standard input is a pipe or a redirection.
    """
    return next(_reasons(list(words), fed), "")


def _reasons(words: list[str], fed: bool) -> Iterator[str]:
    command, behind = unwrapped(words)
    yield from _variables(words[: len(words) - len(command)])
    if not command:
        runner = next((name for word in words if (name := name_of(word)) in STARTS_SHELL), "")
        if fed and behind and runner:
            yield f"feeds “{runner}” in a line with values, and it runs a shell; {INSTEAD}"
        return
    yield from _of_command(words, command, fed)


def _of_command(words: list[str], command: list[str], fed: bool) -> Iterator[str]:
    name, rest = name_of(command[0]), command[1:]
    if name.startswith("-"):  # An option behind the operand, as in `flock FILE -c CODE`.
        name, rest = name_of(words[0]), command
    if VALUE in command[0] or EXPANDED in command[0]:
        yield "runs a command whose name is a variable; write the command's name out"
    valued = any(VALUE in word for word in rest)
    if name in NEVER and (name != "socat" or valued):
        yield f"uses “{name}” in a line with values, which may run them as code; {INSTEAD}"
    if name in SCRIPTED and valued:
        yield f"gives a value to “{name}”, which may read it as code; {INSTEAD}"
    if name in {"source", "."} and (not rest or _unsure(rest[0])):
        yield f"lets “{name}” read a file that is not named; write the file's name out"
    yield from _assigns(name, rest)
    yield from _scheduled(name, rest)
    yield from _interpreted(name, rest)
    yield from _consoles(name, rest, fed)
    yield from _options(name, rest)
    yield from _special(name, rest)
    for inner in _inner(name, rest):
        if name == "xargs":
            yield from _from_xargs(rest, inner)
        yield from _reasons(inner, fed)


def _assigns(name: str, rest: list[str]) -> Iterator[str]:
    """Commands that give variables their values."""
    if name in EXPORTS:
        yield from _variables(rest)
    if name in {"for", "select", "read"} or (name, *rest[:1]) == ("printf", "-v"):
        yield from _variables([f"{word}={VALUE}" for word in rest[: None if name == "read" else 2]])


def _variables(words: Sequence[str]) -> Iterator[str]:
    for word in words:
        assigned = ASSIGNED.fullmatch(word)
        if assigned is not None and NAMES.fullmatch(assigned[1]):
            yield f"puts a value into {assigned[1]}, which changes what is run; use another name"


def _varies(word: str) -> bool:
    return VALUE in word or EXPANDED in word


def _unsure(word: str) -> bool:
    return _varies(word) or STDIN.fullmatch(word) is not None


def _operands(words: Sequence[str], valued: frozenset[str]) -> list[str]:
    """What stands behind a command's own options."""
    left = list(words)
    while left and left[0].startswith(("-", "+")) and left[0] != "-":
        word = left.pop(0)
        if word == "--":
            break
        short = re.fullmatch(r"-\w+", word) is not None and f"-{word[-1]}" in valued
        if left and (word in valued or short):
            del left[0]
    return left


def _scheduled(name: str, rest: list[str]) -> Iterator[str]:
    """Commands that keep code and run it later."""
    if name in {"at", "batch"} and "-l" not in rest:
        yield f"uses “{name}” in a line with values, and it reads commands; {INSTEAD}"
    if name == "crontab" and "-l" not in rest and (not rest or any(map(_unsure, rest))):
        yield f"lets a value into “crontab”, which runs it; {INSTEAD}"


def _interpreted(name: str, rest: list[str]) -> Iterator[str]:
    """Shells and the like: what code they are given, and from where."""
    plain = re.sub(r"(?<=[a-z])[\d.]+$", "", name)
    if plain not in READERS:
        return
    code = CODE.get(ALIKE.get(plain, plain), SHELL_CODE)
    operands = _operands(rest, SCRIPT_VALUED)
    options = rest[: len(rest) - len(operands)]
    for position, word in enumerate(options):
        if re.fullmatch(code, word.partition(VALUE)[0]):
            if any(map(_varies, rest[position : position + 2])):
                yield f"puts a variable into the code of “{name} {_shown(word)}”; {INSTEAD}"
            if code == SHELL_CODE and RUNS_VARIABLE.search(" ".join(rest[position + 1 :][:1])):
                yield f"runs a variable in the code of “{name} {word}”; {INSTEAD}"
            return
    if rest and set(rest) <= {"-V", "--version", "-v", "--help", "-h"}:
        return
    script = operands[0] if operands else "-"
    is_shell = code == SHELL_CODE
    if STDIN.fullmatch(script) or (is_shell and any(re.match(r"-\w*s", one) for one in options)):
        yield f"lets “{name}” read its code from its input in a line with values; {INSTEAD}"
    elif _varies(script):
        yield f"lets a variable choose the script that “{name}” runs; write its name out"


def _consoles(name: str, rest: list[str], fed: bool) -> Iterator[str]:
    files = [after for option, after in pairwise(rest) if re.fullmatch(r"-\w*f|--file", option)]
    if fed and name in SCRIPT_FILES and any(map(STDIN.fullmatch, files)):
        yield f"lets “{name}” read its code from its input in a line with values; {INSTEAD}"
    told = any(CONSOLE_CODE.fullmatch(word) for word in rest)
    if fed and name in CONSOLES and not told:
        yield f"feeds “{name}” in a line with values, and it reads commands; {INSTEAD}"
    if name == "ssh" and len(_operands(rest, SSH_VALUED)) == 1 and "-N" not in rest and fed:
        yield f"feeds “ssh” without a command in a line with values, which runs them; {INSTEAD}"


def _options(name: str, rest: list[str]) -> Iterator[str]:
    """Values that stand behind, or in, an option that takes code."""
    own = OWN.get(SAME.get(name, name))
    if name == "find":  # What it runs is looked at as a command of its own.
        ends = [at + 2 for at, word in enumerate(rest) if re.fullmatch("-(exec|ok)(dir)?", word)]
        rest = rest[: min(ends, default=len(rest))]
    plain = PLAIN.get(name, "")
    for position, word in enumerate(rest):
        following = rest[position + 1] if position + 1 < len(rest) else ""
        flag, joined, tail = word.partition("=")
        is_code = own is not None and re.fullmatch(own, flag) is not None
        if not is_code and GENERAL.fullmatch(flag):
            is_code = flag.startswith("--") or flag[-1] not in plain
        if is_code and VALUE in (tail if joined else following):
            yield f"gives a value to “{name} {_shown(flag)}”, which runs it as code; {INSTEAD}"
        stuck = word.partition(VALUE)[0]
        is_stuck = own is not None and stuck != word and re.fullmatch(own, stuck) is not None
        if VALUE in word and (is_stuck or (stuck in {"-c", "-e"} and stuck[-1] not in plain)):
            yield f"gives a value to “{name} {stuck}”, which runs it as code; {INSTEAD}"
        if own is not None and is_code and VALUE in word:
            yield f"gives a value to “{name} {_shown(flag)}”, which runs it as code; {INSTEAD}"


def _shown(flag: str) -> str:
    return flag.replace(VALUE, "…").replace(EXPANDED, "…")


def _special(name: str, rest: list[str]) -> Iterator[str]:
    """What only one command does."""
    name = SAME.get(name, name)
    if name in {"ssh", "scp"}:
        for before, word in zip(["", *rest], rest, strict=False):
            option = word if re.fullmatch(r"-[A-Za-z]*o", before) else word.removeprefix("-o")
            is_option = option is not word or word.startswith("-o") or before.endswith("o")
            if is_option and VALUE in word and SSH_OPTION.fullmatch(option.strip()):
                yield f"gives a value to “{name} -o”, which runs it as code; {INSTEAD}"
    if name == "ssh" and any(VALUE in word for word in _operands(rest, SSH_VALUED)[1:]):
        yield f"gives a value to the command of “ssh”, which a shell reads again; {INSTEAD}"
    if name == "git":
        verbs = [word for word in rest if not word.startswith("-")]
        runs = {"foreach", "filter-branch", "difftool", "mergetool"} & set(verbs[:3])
        runs |= {"bisect run"} if verbs[:2] == ["bisect", "run"] else set()
        is_set = verbs[:1] == ["config"] and not any(word.startswith("user.") for word in verbs)
        if (runs or is_set) and any(VALUE in word for word in rest):
            yield f"gives a value to “git {verbs[0]}”, which may run it; {INSTEAD}"
    if name == "docker":
        for before, word in pairwise(rest):
            if before in {"-e", "--env"}:
                yield from _variables([word])


def _inner(name: str, rest: list[str]) -> Iterator[list[str]]:
    """The commands that a command runs, as their words."""
    same = SAME.get(name, name)
    if same in {"docker", "kubectl", "lxc", "crictl", "machinectl"}:
        yield from _contained(rest)
    if name == "xargs":
        yield _operands(rest, XARGS_VALUED)
    if name == "ssh":
        yield " ".join(_operands(rest, SSH_VALUED)[1:]).split()
    if name == "su":
        yield from (after.split() for option, after in pairwise(rest) if option == "-c")
    if name == "find":
        for position, word in enumerate(rest):
            if word in {"-exec", "-execdir", "-ok", "-okdir"}:
                yield rest[position + 1 :]


def _from_xargs(rest: list[str], inner: list[str]) -> Iterator[str]:
    """What `xargs` adds to a command may come from a value."""
    command, behind = unwrapped(inner)
    stand_in = {rest[at + 1] for at, word in enumerate(rest[:-1]) if word == "-I"} | {"{}"}
    stand_in |= {word[2:] for word in rest if word.startswith("-I") and len(word) > len("-I")}
    name = name_of(command[0]) if command else ""
    runs = name in {"ssh"} | SCRIPTED or any(name_of(word) in READERS for word in command)
    if runs or behind or (command and command[0] in stand_in):
        yield f"gives its input to a command that “xargs” runs as code; {INSTEAD}"


def _contained(rest: list[str]) -> Iterator[list[str]]:
    """The command that is run in a container."""
    verb = next((word for word in rest if word in {"exec", "run", "debug", "shell"}), None)
    if verb is None:
        return
    left = rest[rest.index(verb) + 1 :]
    if "--" in left:
        yield left[left.index("--") + 1 :]
        return
    if verb == "exec":
        yield _operands(left, EXEC_VALUED)[1:]
        return
    while left and left[0].startswith("-"):
        word = left.pop(0)
        if left and not RUN_SWITCHES.fullmatch(word):
            del left[0]
    yield left[1:]
