"""What a Python action returns, raises and prints is what its outcome says."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from automation.actions.runner import RunnerKit
from security.secrets import MASK
from tests.integrations.process.local import memory
from tests.integrations.python.pythons import Pythons

MIB = 1024 * 1024
CLASS = """
class Restart:
    def __init__(self, config=None, action_service=None):
        self.config = config

    def run(self, a=None, b=None):
        {body}
"""


def forget(_: object, text: str) -> None:
    """Keep nothing of what is emitted."""
    assert text


def run(body: str) -> str:
    """A module whose function does that."""
    return f"def run(a=None, b=None):\n    {body}\n"


@pytest.mark.parametrize(
    ("body", "ok", "result"),
    [
        ("return {'n': [1, 2.5, None, True, 'ä']}", True, {"n": [1, 2.5, None, True, "ä"]}),
        ("return", True, None),
        ("return (True, [1])", True, [1]),
        ("return (False, 'no luck')", False, "no luck"),
        ("return (False, None)", False, None),
        ("return (None, 1)", True, 1),
        ("return {1, 2}", True, "{1, 2}"),
        ("return (True, {1, 2})", True, "{1, 2}"),
        ("return {(1, 2): 3}", True, "{(1, 2): 3}"),
        ("return [float('nan'), float('inf'), 1.5]", True, [None, None, 1.5]),
        ("x = []; x.append(x); return x", True, "[[...]]"),
        ("import datetime; return [datetime.date(2026, 1, 31)]", True, ["2026-01-31"]),
        ("import enum; return enum.Enum('Colour', {'RED': 'red'}).RED", True, "red"),
        (
            "import uuid; return {'id': uuid.UUID(int=1)}",
            True,
            {"id": f"{'0' * 8}-0000-0000-0000-{'0' * 11}1"},
        ),
        ("return (True, 1, 2)", True, [True, 1, 2]),
        ("return False", True, False),
        ("return [True, 1]", True, [True, 1]),
        ("return {1: 'one'}", True, {"1": "one"}),
        ("return '\\ud800'", True, "\ud800"),
    ],
)
@pytest.mark.parametrize("kind", ["function", "class"])
async def test_what_is_returned(
    pythons: Pythons, kind: str, body: str, ok: bool, result: Any
) -> None:
    code = run(body) if kind == "function" else CLASS.replace("{body}", body)

    outcome = await pythons.run(code)

    assert outcome.ok is ok
    assert outcome.output["result"] == result
    assert outcome.output["exit_code"] == 0
    assert outcome.output["stderr"] == ""


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("return (False, 'no luck')", "no luck"),
        ("return (False, None)", "reported that it failed"),
        ("return (False, {'why': 1})", "{'why': 1}"),
        ("raise ValueError('too\\nbad')", "ValueError: too\nbad"),
        ("raise KeyError", "KeyError"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("return 1 + a", "TypeError: unsupported operand type(s) for +: 'int' and 'NoneType'"),
        ("return (1, 2)", "returned a pair that does not begin with True or False"),
        ("x = []; [x := [x] for _ in range(100_000)]; return x", "RecursionError"),
        ("import sys; sys.exit(3)", "ended itself with status 3"),
        ("import sys; sys.exit('the disk is full')", "the disk is full"),
        ("import sys; sys.exit(-1)", "ended itself with status -1"),
        ("import sys; sys.exit(10**30)", f"ended itself with status {10**30}"),
        ("import os; os._exit(4)", "ended with status 4 before a result"),
        ("import os; os._exit(0)", "ended with status 0 before a result"),
        ("import os; os.kill(os.getpid(), 9)", "was ended by SIGKILL before a result"),
        ("import os; os.abort()", "was ended by SIGABRT before a result"),
        ("raise type('Odd', (Exception,), {'__str__': lambda _: 1 / 0})", "Odd"),
        ("raise ValueError('x' * 50_000_000)", "ValueError: xxx"),
        ("return (False, 'x' * 5_000_000)", "xxx"),
    ],
)
async def test_what_goes_wrong_is_one_sentence(pythons: Pythons, body: str, error: str) -> None:
    outcome = await pythons.run(run(body))

    assert not outcome.ok
    assert outcome.error.startswith(error)
    assert len(outcome.error) <= 500
    assert not outcome.timed_out


async def test_leaving_with_nothing_is_well(pythons: Pythons) -> None:
    for body in ("import sys; sys.exit()", "import sys; sys.exit(0)", "raise SystemExit"):
        outcome = await pythons.run(run(body))

        assert (outcome.ok, outcome.error, outcome.output["exit_code"]) == (True, "", 0)


async def test_what_it_raised_is_shown_with_its_lines(pythons: Pythons) -> None:
    outcome = await pythons.run(run("print('begun'); return 1 / 0"))

    assert outcome.output["stdout"] == "begun"
    assert 'do.py", line 2, in run' in outcome.output["stderr"]
    assert outcome.output["stderr"].endswith("ZeroDivisionError: division by zero")


async def test_what_is_printed_comes_while_it_runs(pythons: Pythons) -> None:
    body = (
        "import sys, subprocess; print('out'); print('err', file=sys.stderr); "
        "subprocess.run(['echo', 'child']); sys.stdout.write('no newline'); return 1"
    )

    outcome = await pythons.run(run(body))

    assert outcome.output["stdout"] == "out\nchild\nno newline"
    assert outcome.output["stderr"] == "err"
    assert pythons.emitted() == "out\nchild\nno newline"
    assert pythons.pieces[0] == ("stdout", "out\n")


async def test_loggers_made_when_it_was_imported_print_too(pythons: Pythons) -> None:
    outcome = await pythons.run(
        "import logging\nfrom sys import stdout\n"
        "logging.basicConfig()\nlog = logging.getLogger('x')\n"
        + run("log.warning('look'); stdout.write('here'); stdout.flush()")
    )

    assert outcome.output["stderr"] == "WARNING:x:look"
    assert outcome.output["stdout"] == "here"


async def test_a_flood_is_cut(pythons: Pythons) -> None:
    pythons.kit = RunnerKit(output_limit=1000, file_limit=MIB)
    before = memory()

    pythons.emit = forget  # pyright: ignore[reportAttributeAccessIssue] - who kept it all would be us
    outcome = await pythons.run(
        run("[print('0123456789abcde' * 4096) for _ in range(1600)]; return 5")
    )

    assert outcome.ok
    assert outcome.truncated
    assert outcome.output["result"] == 5
    assert len(outcome.output["stdout"]) == 1000
    assert pythons.kept("stdout").stat().st_size == MIB
    assert memory() - before < 40 * MIB


async def test_a_result_may_be_large_but_not_huge(pythons: Pythons) -> None:
    large = await pythons.run(run("return 'x' * 10_000_000"))
    huge = await pythons.run(run("return 'x' * 100_000_000"))

    assert large.output["result"] == "x" * 10_000_000
    assert (huge.ok, huge.error) == (False, "returned more than 16384 KiB")
    assert huge.output["result"] is None


async def test_bytes_that_are_no_text_are_shown_as_such(pythons: Pythons) -> None:
    outcome = await pythons.run(
        run("import os; os.write(1, b'a\\xff\\xe2\\x82'); print('\\ud800')")
    )

    assert outcome.output["stdout"] == "a\ufffd\ufffd?"


async def test_output_may_be_closed(pythons: Pythons) -> None:
    body = "import os, sys; print('a'); sys.stdout.close(); os.close(1); os.close(2); return 7"

    outcome = await pythons.run(run(body))

    assert (outcome.ok, outcome.output["result"], outcome.output["stdout"]) == (True, 7, "a")


async def test_secrets_are_masked_in_errors_and_in_files(pythons: Pythons) -> None:
    secret = "hunter2-and-more"
    pythons.secrets = frozenset({secret})
    pythons.kit = RunnerKit(output_limit=20)

    outcome = await pythons.run(
        run(f"print('x' * 10 + '{secret}' * 2); raise ValueError('x' * 478 + '{secret}')")
    )

    assert pythons.kept("stdout").read_text() == "x" * 10 + MASK * 2 + "\n"
    assert secret not in pythons.kept("stderr").read_text()
    assert outcome.output["stdout"] == ("x" * 10 + MASK * 2)[:20]
    assert "hunt" not in outcome.error


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("x = 1 / 0", "cannot be imported: ZeroDivisionError: division by zero"),
        ("import nothing_of_that_name", "cannot be imported: ModuleNotFoundError: No module"),
        ("def run(:", "cannot be imported: SyntaxError: "),
        ("import sys; sys.exit(3)", "cannot be imported: SystemExit: 3"),
        ("x = 1", "AttributeError: the module has no function “run” and no class with one"),
        ("\0", "cannot be imported: "),
        (
            "class A:\n    def __init__(self, x): ...\n    def run(self): ...",
            "TypeError: A cannot be made",
        ),
        (
            "class A:\n    def __init__(self, config): int([])\n    def run(self): ...",
            "TypeError: int() argument must be",
        ),
    ],
)
async def test_a_module_that_is_none_says_why(pythons: Pythons, code: str, error: str) -> None:
    for _ in range(2):
        outcome = await pythons.run(code)

        assert not outcome.ok
        assert outcome.error.startswith(error), outcome.error


async def test_a_module_that_ends_the_python_says_so(pythons: Pythons) -> None:
    outcome = await pythons.run("import os; os._exit(3)")

    assert (outcome.ok, outcome.error) == (False, "its Python ended before a result")
    assert (await pythons.run(run("return 1"))).ok


async def test_a_module_that_has_gone_is_told(pythons: Pythons) -> None:
    action = pythons.module(run("return 1"))
    assert action.entry_point is not None
    action.entry_point.unlink()

    outcome = await pythons.run(action)

    assert (outcome.ok, outcome.error) == (False, "the module of ops.do is not there")


async def test_the_class_is_found_among_others(pythons: Pythons) -> None:
    outcome = await pythons.run(
        "import abc\nfrom collections import OrderedDict\n"
        "class Base(abc.ABC):\n"
        "    @abc.abstractmethod\n    def run(self, **given): ...\n"
        "class Mine(Base):\n    def run(self, **given): return [type(self).__name__, given]\n",
        a=1,
    )

    assert outcome.output["result"] == ["Mine", {"a": 1}]


async def test_a_coroutine_is_no_result(pythons: Pythons) -> None:
    outcome = await pythons.run("async def run(a=None):\n    return 1\n")

    assert not outcome.ok
    assert "coroutine" in outcome.error


async def test_memory_is_limited(pythons: Pythons) -> None:
    pythons.kit = RunnerKit(memory_limit=300 * MIB)

    used = await pythons.run(run("x = bytearray(600 * 1024 * 1024)"))
    imported = await pythons.run("x = bytearray(600 * 1024 * 1024)\n" + run("return 1"))
    afterwards = await pythons.run(run("return 1"))

    assert used.error == "MemoryError"
    assert imported.error == "cannot be imported: MemoryError"
    assert afterwards.ok


async def test_it_knows_its_execution_and_none_of_our_secrets(
    pythons: Pythons, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOCSIN_DATABASE_URL", "leaked")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "leaked")
    pythons.environment = {"TOCSIN_EXECUTION": "EX-1"}
    code = "import os\nwhen_imported = dict(os.environ)\n" + run(
        "return [dict(os.environ), when_imported, open('/proc/self/environ').read(), os.getcwd()]"
    )

    outcome = await pythons.run(code, env={"A": True, "B": "b c"})

    now, imported, shown, folder = outcome.output["result"]
    assert (now["TOCSIN_EXECUTION"], now["A"], now["B"]) == ("EX-1", "true", "b c")
    assert "leaked" not in str([now, imported, shown])
    assert {name for name in now if name.startswith("TOCSIN_")} == {
        "TOCSIN_EXECUTION",
        "TOCSIN_CALL",
    }
    assert f"TOCSIN_CALL={now['TOCSIN_CALL']}" in shown
    assert folder == str(pythons.files)


async def test_it_has_no_way_to_the_server_or_to_others(pythons: Pythons) -> None:
    body = (
        "import os; at = '/proc/self/fd/'; "
        "return [os.readlink(at + n) for n in os.listdir(at) if os.path.lexists(at + n)]"
    )

    outcome = await pythons.run(run(body))

    kinds = [each.partition(":")[0] for each in outcome.output["result"]]
    assert "socket" not in kinds
    # Two for output, one for the result, and two that wake the server.
    assert kinds.count("pipe") == 5


@pytest.mark.parametrize("env", [{"A=B": "x"}, {"A": "\0"}, {"": "x"}])
async def test_a_variable_that_cannot_be_is_told(pythons: Pythons, env: dict[str, str]) -> None:
    outcome = await pythons.run(run("open('ran', 'w')"), env=env)

    assert not outcome.ok
    assert outcome.error.startswith("env")
    assert list(pythons.files.iterdir()) == []


async def test_signals_are_as_in_any_python(pythons: Pythons) -> None:
    body = (
        "import signal, subprocess; "
        "p = subprocess.Popen(['sleep', '0.1']); p.wait(); "
        "return [p.returncode, signal.getsignal(signal.SIGTERM) == signal.SIG_DFL, "
        "list(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, [])))]"
    )

    assert (await pythons.run(run(body))).output["result"] == [0, True, []]
    assert signal.getsignal(signal.SIGCHLD) == signal.SIG_DFL


async def test_nothing_can_be_read_from_our_terminal(pythons: Pythons) -> None:
    outcome = await pythons.run(run("import sys; return sys.stdin.read()"))

    assert outcome.output["result"] == ""
