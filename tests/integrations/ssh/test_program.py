"""What is sent to a shell, tried with the shells of this machine."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.errors import BadInput
from integrations.ssh.program import FIRST, Job, program, script_words

SHELLS = [found for name in ("sh", "bash", "zsh", "tcsh", "fish") if (found := shutil.which(name))]
"""Login shells; what they are given must mean the same to all of them."""
texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=40)


def ran(job: Job, folder: Path, shell: str = "/bin/sh") -> subprocess.CompletedProcess[bytes]:
    """Do a job as a login shell on the other side would, in `folder`."""
    process = subprocess.Popen(
        [shell, "-c", FIRST],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin is not None
    # It stays open, as a channel does: its end would end the job.
    process.stdin.write(program(job, "m-1"))
    process.stdin.flush()
    assert process.stdout is not None
    assert process.stderr is not None
    out, err = process.stdout.read(), process.stderr.read()
    status = process.wait(20)
    for stream in (process.stdin, process.stdout, process.stderr):
        stream.close()
    return subprocess.CompletedProcess([shell], status, out, err)


@pytest.mark.parametrize("shell", SHELLS)
def test_every_login_shell_reads_it_the_same(shell: str, tmp_path: Path) -> None:
    done = ran(Job('printf \'%s|\' "$A" "$0" $#; exit 5', {"A": "a'b\"$(id)\n!x"}), tmp_path, shell)

    assert (done.stdout, done.stderr, done.returncode) == (b"a'b\"$(id)\n!x|sh|0|", b"", 5)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(value=texts, argument=texts)
def test_any_text_arrives_as_it_is(value: str, argument: str, tmp_path: Path) -> None:
    content = b'#!/bin/sh\nprintf "%s|" "$VALUE" "$#" "$@"\n'
    words = script_words("s p.sh", content, [argument, "last"])
    job = Job(words, {"VALUE": value}, script=content, name="s p.sh", folder=str(tmp_path))

    done = ran(job, tmp_path)

    assert done.stdout.decode() == f"{value}|2|{argument}|last|"
    assert (done.stderr, done.returncode) == (b"", 0)
    assert list(tmp_path.iterdir()) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(content=st.binary(max_size=3000))
def test_any_content_of_a_script_arrives_whole(content: bytes, tmp_path: Path) -> None:
    job = Job('cat "$t_folder"/x', {}, script=content, name="x", folder=str(tmp_path))

    assert ran(job, tmp_path).stdout == content


@pytest.mark.parametrize(
    "command",
    [
        "echo a) ; (echo b",
        "echo 'unclosed",
        "if true; then",
        "} ; echo b ; {",
        "cat <<EOF\nb",
    ],
)
def test_a_broken_command_breaks_nothing_around_it(command: str, tmp_path: Path) -> None:
    job = Job(command, {}, script=b"x", name="x", folder=str(tmp_path))

    done = ran(job, tmp_path)

    assert b"t_" not in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_command_finds_its_shell_as_it_should_be(tmp_path: Path) -> None:
    command = (
        "set | grep '^t_' | grep -v '^t_folder='; type watch end t_watch t_end 2>&1 | "
        "grep -i function; cat; echo $#; pwd; trap; umask"
    )
    plain = subprocess.run(["/bin/sh", "-c", "umask"], capture_output=True, check=True)

    done = ran(Job(command, {}), tmp_path)

    assert done.stdout.decode().split("\n")[:2] == ["0", str(tmp_path)]
    assert done.stdout.endswith(plain.stdout)
    assert len(done.stdout.splitlines()) == 3


def test_variables_of_the_other_side_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("mark", "run", "folder", "group", "line", "each", "by", "x", "p")
    for name in names:
        monkeypatch.setenv(name, f"my-{name}")
    command = "env | grep '=my-' | sort"

    done = ran(Job(command, {}), tmp_path)

    assert done.stdout.decode().split() == sorted(f"{name}=my-{name}" for name in names)


@pytest.mark.parametrize(
    ("cwd", "shown"),
    [
        ("sub", "sub"),
        ("-P", "-P"),
        ("-", "-"),
        ("$(touch owned)", "$(touch owned)"),
        ("a b;touch owned", "a b;touch owned"),
        ("new\nline", "new\nline"),
        ("{tmp}/sub", "sub"),
    ],
)
def test_a_directory_is_nothing_but_a_directory(cwd: str, shown: str, tmp_path: Path) -> None:
    (tmp_path / shown).mkdir()

    done = ran(Job("pwd", {}, cwd=cwd.replace("{tmp}", str(tmp_path))), tmp_path)

    assert done.stdout.decode() == f"{tmp_path}/{shown}\n"
    assert not (tmp_path / "owned").exists()


def test_a_directory_that_is_not_there_keeps_the_command_from_running(tmp_path: Path) -> None:
    done = ran(Job("echo ran", {}, cwd="/no/such/place"), tmp_path)

    assert done.returncode == 126
    assert done.stdout == b""
    assert b"/no/such/place" in done.stderr


def test_a_script_that_does_not_arrive_whole_is_not_run(tmp_path: Path) -> None:
    content = b"#!/bin/sh\necho ran\n"
    job = Job(script_words("s", content, []), {}, script=content, name="s", folder=str(tmp_path))

    done = subprocess.run(
        ["/bin/sh", "-c", FIRST],
        input=program(job, "m-2")[:-3],
        capture_output=True,
        timeout=20,
        start_new_session=True,
        check=False,
    )

    assert done.returncode == 126
    assert done.stdout == b""
    assert b"did not arrive whole" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"#!/bin/bash -eu\nx", "/bin/bash -eu "),
        (b"#!/usr/bin/env python3\nx", "/usr/bin/env python3 "),
        (b"#! /bin/sh", "/bin/sh "),
        (b"echo no line", "/bin/sh "),
        (b"#!\n", ""),
        (b"\x7fELF\x02\x01", ""),
        (b"#!/bin/sh;touch owned", "'/bin/sh;touch' owned "),
    ],
)
def test_a_script_is_run_by_what_it_names(content: bytes, words: str) -> None:
    assert script_words("x", content, ["a b"]) == f"{words}\"$t_folder\"/x 'a b'"


@pytest.mark.parametrize(
    "job",
    [
        Job("echo \0", {}),
        Job("echo", {"A": "a\0b"}),
        Job("echo", {}, cwd="/\0"),
        Job("echo \ud800", {}),
        Job("echo", {}, script=b"", folder="/\0"),
    ],
)
def test_what_no_process_can_be_given_is_refused(job: Job) -> None:
    with pytest.raises(BadInput, match="which no command can take"):
        program(job, "m")


def test_nothing_given_stands_in_a_command_line(tmp_path: Path) -> None:
    job = Job(": hush-command; tr '\\0' ' ' </proc/$$/cmdline", {"S": "hush-value"})

    done = ran(job, tmp_path)

    assert done.stdout.startswith(b"/bin/sh -c ")
    assert b"hush" not in done.stdout
