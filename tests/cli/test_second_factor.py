"""`tocsin user second-factor`, and what is left of its secrets."""

from __future__ import annotations

import io
import re

import pytest

from tests.authenticator import code, wrong_code
from tests.cli.conftest import Terminal


def secret_in(told: str) -> str:
    found = re.search(r"authenticator app: ([A-Z2-7]+)", told)
    assert found is not None, told
    return found[1]


def codes_in(told: str) -> list[str]:
    return re.findall(r"^  ((?:[a-z2-7]{4}-){3}[a-z2-7]{4})$", told, re.MULTILINE)


def set_up(terminal: Terminal, name: str) -> tuple[str, list[str]]:
    """Somebody's secret and recovery codes."""
    secret = secret_in(terminal.ok("user", "second-factor", name))
    return secret, codes_in(terminal.ok("user", "second-factor", name, "--code", code(secret)))


def test_one_is_set_up_in_two_steps_and_removed(both: Terminal) -> None:
    both.ok("user", "create", "ana", "--role", "responder")

    begun = both.ok("user", "second-factor", "ana")
    secret = secret_in(begun)
    assert f"otpauth://totp/Tocsin:ana?secret={secret}" in begun
    assert begun.endswith("Confirm it with a code: tocsin user second-factor ana --code 123456")
    wrong = both.refused("user", "second-factor", "ana", "--code", wrong_code(secret))
    assert "That code is wrong" in wrong
    told = both.ok("user", "second-factor", "ana", "--code", code(secret))
    assert len(codes_in(told)) == 10

    assert "already" in both.refused("user", "second-factor", "ana")
    assert "no second factor any more" in both.ok("user", "second-factor", "ana", "--remove")
    assert "has no second factor" in both.refused("user", "second-factor", "ana", "--remove")
    records = both.type("audit", "list", "--search", "second_factor", "--json").json
    assert [(record["action"], record["via"]) for record in records] == [
        ("second_factor.removed", "cli"),
        ("second_factor.enabled", "cli"),
    ]


class Typist(io.StringIO):
    """Somebody at a terminal, who types a wrong code and then what the app shows."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        super().__init__()
        self._capture = capture
        self._tries = 0
        self.told = ""

    def isatty(self) -> bool:
        return True

    def readline(self, size: int | None = -1, /) -> str:
        self.told += self._capture.readouterr().out
        self._tries += 1
        secret = secret_in(self.told)
        return (wrong_code(secret) if self._tries == 1 else code(secret)) + "\n"


def test_at_a_terminal_the_code_is_asked_for_until_it_is_right(
    terminal: Terminal, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typist = Typist(capsys)
    monkeypatch.setattr("sys.stdin", typist)

    done = terminal.type("user", "second-factor", "admin")

    assert done.code == 0, done.err
    assert "That code is wrong" in typist.told
    assert len(codes_in(done.out)) == 10


def test_a_wrong_call_is_told(terminal: Terminal) -> None:
    assert "give one of them" in terminal.refused(
        "user", "second-factor", "admin", "--remove", "--code", "1", code=2
    )
    assert "nobody called “nobody”" in terminal.refused("user", "second-factor", "nobody")
    assert "Begin anew" in terminal.refused("user", "second-factor", "admin", "--code", "123456")


def test_a_backup_holds_no_secret_in_the_clear(terminal: Terminal) -> None:
    secret, codes = set_up(terminal, "admin")

    copy = terminal.home.parent / "copy.db"
    terminal.ok("backup", str(copy))

    held = copy.read_bytes()
    for path in terminal.home.rglob("*"):
        held += path.read_bytes() if path.is_file() else b""
    assert b"second_factor.enabled" in held
    written = [secret, *codes, *(each.replace("-", "") for each in codes)]
    assert not [each for each in written if each.encode() in held]
