"""What a program prints comes whole, piece by piece, and never fills our memory."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.actions.runner import RunnerKit
from integrations.process.kept import Kept
from integrations.process.run import run
from security.secrets import MASK, Masker
from tests.integrations.process.local import ANY, Local, memory

MIB = 1024 * 1024
FLOOD = (
    "import sys\n"
    "out = getattr(sys, sys.argv[1]).buffer\n"
    "line = b'0123456789abcde\\n' * 4096\n"
    "for _ in range(1600): out.write(line)\n"
)
"""100 MiB."""


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
async def test_a_flood_is_cut_and_the_rest_goes_to_a_file(local: Local, stream: str) -> None:
    local.kit = RunnerKit(output_limit=1000, file_limit=5 * MIB)
    emitted = 0
    most = before = memory()

    def count(_: object, text: str) -> None:
        nonlocal emitted, most
        emitted += len(text)
        most = max(most, memory())

    local.emit = count  # pyright: ignore[reportAttributeAccessIssue] - keeping 100 MiB is what this is about

    ran = await local.python(FLOOD, stream)

    assert ran.status == 0
    assert ran.truncated
    text = ran.stdout if stream == "stdout" else ran.stderr
    assert text == ("0123456789abcde\n" * 63)[:1000]
    assert emitted == 100 * MIB
    file = local.files / f"task-1.1.{stream}.log"
    assert file.read_text() == "0123456789abcde\n" * (5 * MIB // 16)
    assert most - before < 30 * MIB


async def test_what_fits_is_not_written_to_a_file(local: Local) -> None:
    local.kit = RunnerKit(output_limit=6)

    ran = await local.sh("echo hello")

    assert (ran.stdout, ran.truncated) == ("hello\n", False)
    assert list(local.files.iterdir()) == []


async def test_a_full_disk_does_not_hold_the_program_up(local: Local) -> None:
    local.kit = RunnerKit(output_limit=10)
    local.kept("stdout").symlink_to("/dev/full")

    ran = await local.python(FLOOD, "stdout")

    assert (ran.status, ran.timed_out, ran.truncated) == (0, False, True)
    assert ran.stdout == "0123456789"


async def test_a_file_that_cannot_be_made_does_not_either(local: Local) -> None:
    local.kit = RunnerKit(output_limit=10)
    local.kept("stdout").mkdir()

    ran = await local.sh("printf 0123456789abcdef; exit 4")

    assert (ran.status, ran.stdout, ran.truncated) == (4, "0123456789", True)


async def test_output_comes_while_it_is_made(local: Local) -> None:
    gate = local.files / "gate"
    os.mkfifo(gate)
    work = asyncio.create_task(local.sh(f"printf begun; cat {gate}; printf ended"))

    await local.said("begun")
    assert "ended" not in local.emitted()

    with gate.open("w") as opened:
        opened.write("…")
    assert (await work).stdout == "begun…ended"


async def test_who_closes_its_output_goes_on(local: Local) -> None:
    ran = await local.sh("echo one; exec >&- 2>&-; sleep 0.3; touch later; exit 3")

    assert (ran.status, ran.stdout) == (3, "one\n")
    assert (local.files / "later").exists()


async def test_a_full_stderr_does_not_block_an_idle_stdout(local: Local) -> None:
    code = "import sys\nsys.stderr.write('e' * 3_000_000)\nsys.stderr.flush()\nprint('done')"

    ran = await local.python(code)

    assert (ran.status, ran.stdout) == (0, "done\n")
    assert local.emitted("stderr") == "e" * 3_000_000
    assert local.kept("stderr").stat().st_size == 3_000_000
    assert not local.kept("stdout").exists()


async def test_bytes_that_are_no_text_are_shown_as_such(local: Local) -> None:
    ran = await local.sh(r"printf 'a\377b\300\200c\355\240\200\n'; printf 'cut \342\202' >&2")

    assert ran.stdout == "a\ufffdb\ufffd\ufffdc\ufffd\ufffd\ufffd\n"
    assert ran.stderr == "cut \ufffd"
    assert local.emitted() == ran.stdout
    assert local.emitted("stderr") == ran.stderr


async def test_a_character_may_come_in_pieces(local: Local) -> None:
    code = (
        "import sys, time\n"
        "for byte in 'ä€𝄞'.encode():\n"
        "    sys.stdout.buffer.write(bytes([byte])); sys.stdout.buffer.flush(); time.sleep(0.02)"
    )

    ran = await local.python(code)

    assert ran.stdout == local.emitted() == "ä€𝄞"


async def test_what_it_reads_may_be_large_while_it_prints(local: Local) -> None:
    data = os.urandom(3 * MIB).hex().encode()
    local.kit = RunnerKit(output_limit=10 * MIB)

    ran = await local.program("/bin/cat", stdin=data)

    assert ran.stdout.encode() == data


async def test_who_does_not_read_is_not_waited_for(local: Local) -> None:
    ran = await local.sh("exec <&-; echo no, thank you", stdin=b"x" * 10 * MIB)

    assert (ran.status, ran.stdout) == (0, "no, thank you\n")


async def test_who_never_reads_is_ended_when_the_time_is_up(local: Local) -> None:
    began = time.monotonic()

    ran = await local.program("/bin/sleep", "600", stdin=b"x" * 10 * MIB, timeout=0.5)

    assert ran.timed_out
    assert time.monotonic() - began < 30


async def test_nobody_waits_for_an_answer_that_cannot_come(local: Local) -> None:
    ran = await local.sh("read answer; echo got $?")

    assert ran.stdout == "got 1\n"


async def test_a_secret_stands_in_no_file_however_it_is_cut(local: Local) -> None:
    secret = "hunter2-and-more"
    local.secrets = frozenset({secret})
    local.kit = RunnerKit(output_limit=50)
    code = (
        "import sys, time\n"
        f"for part in ({secret[:3]!r}, {secret[3:9]!r}, {secret[9:]!r}):\n"
        "    sys.stdout.write('x' * 41 + part if part == 'hun' else part)\n"
        "    sys.stdout.flush(); time.sleep(0.1)\n"
        f"print(' again {secret}')"
    )

    ran = await local.python(code)

    kept = local.kept("stdout").read_text()
    assert kept == "x" * 41 + f"{MASK} again {MASK}\n"
    assert ran.stdout == kept[:50]


@given(
    before=st.integers(0, 30),
    limit=st.integers(1, 60),
    cuts=st.lists(st.integers(0, 70), max_size=6),
)
def test_no_piece_of_a_secret_is_left_where_text_is_cut(
    before: int, limit: int, cuts: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    secret = "geheim-äöü-0123456789"
    file = tmp_path_factory.mktemp("kept") / "log"
    kept = Kept(
        "stdout", Local(file.parent).emit, file, frozenset({secret}), limit=limit, file_limit=1000
    )
    data = ("-" * before + secret + "-" * 20).encode()
    at = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})

    for start, stop in pairwise(at):
        kept.feed(data[start:stop])
    kept.end()

    assert kept.truncated == (limit < len(data.decode()))
    if kept.truncated:
        assert len(kept.text) <= limit
        assert not set("ghäöü0123456789") & set(kept.text)
        assert file.read_text() == "-" * before + MASK + "-" * 20
    else:
        assert kept.text == data.decode()


async def test_the_error_has_no_piece_of_a_secret_either(local: Local) -> None:
    local.secrets = frozenset({"hunter2-and-more"})

    ran = await local.sh("printf '%0292d%s\\n' 0 hunter2-and-more >&2; exit 1")

    assert ran.why.startswith("exited with status 1: 000")
    assert "hunt" not in ran.why
    assert ran.stderr.endswith("hunter2-and-more\n"), "which the driver masks whole"


async def test_secrets_are_masked_in_what_is_streamed(local: Local) -> None:
    """As the driver does it: what the runner emits goes through one mask for each stream."""
    masker = Masker({"hunter2-and-more"})
    masks = {"stdout": masker.stream(), "stderr": masker.stream()}
    shown = {"stdout": "", "stderr": ""}

    def emit(stream: str, text: str) -> None:
        shown[stream] += masks[stream].feed(text)

    local.emit = emit  # pyright: ignore[reportAttributeAccessIssue] - in the driver's place

    await local.sh(
        "printf hunt; printf 'er2' >&2; sleep 0.1; printf er2-and; sleep 0.1; printf -- -more;"
        "printf 'hunter2-and-more' >&2"
    )

    assert {stream: shown[stream] + masks[stream].end() for stream in shown} == {
        "stdout": MASK,
        "stderr": f"er2{MASK}",
    }


async def test_each_attempt_has_a_file_of_its_own(local: Local) -> None:
    local.kit = RunnerKit(output_limit=2)

    for attempt in (1, 2):
        call = replace(local.call(ANY, {}, 60), attempt=attempt)
        await run(local.kit, call, ["/bin/echo", f"number {attempt}"], local.emit)

    assert local.kept("stdout").read_text() == "number 1\n"
    assert (local.files / "task-1.2.stdout.log").read_text() == "number 2\n"
