"""Whatever a value holds, it reaches a real shell as text and never as code."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from automation.templates.shell import check_command, render_command
from chat.errors import BadInput

SHELLS = [found for name in ("sh", "bash") if (found := shutil.which(name))]
KNOWN = {"v"}
SHAPES = (
    ("printf %s {{ v }}", "{}"),
    ("printf %s '{{ v }}'", "{}"),
    ('printf %s "{{ v }}"', "{}"),
    ("printf %s a{{ v }}b", "a{}b"),
    ("printf %s 'a '\"{{ v }}\"' b'", "a {} b"),
    ('printf %s "$(printf %s "{{ v }}")"', "{}"),
    ("printf %s \"$(printf %s '{{ v }}')\"", "{}"),
    ('x={{ v }}; printf %s "$x"', "{}"),
    ('x="{{ v }}"; printf %s "$x"', "{}"),
    ("(printf %s {{ v }})", "{}"),
    ("if true; then printf %s {{ v }}; fi", "{}"),
    ("true && printf %s {{ v }} || false", "{}"),
    ("{% if v %}printf %s {{ v }}{% else %}printf %s ''{% endif %}", "{}"),
)
ATTACKS = (
    "; touch {}",
    "$(touch {})",
    "`touch {}`",
    "\ntouch {}\n",
    "' ; touch {} ; '",
    '" ; touch {} ; "',
    '"$(touch {})"',
    "'$(touch {})'",
    "\\'; touch {}; \\'",
    '\\"; touch {}; \\"',
    "& touch {} &",
    "| touch {}",
    "${{IFS}}touch {}",
    "!touch {}",
    "$'\\x27; touch {}'",
    "a\\\n; touch {}",
    "-rf; touch {}",
    "~ * ? [a] {{a,b}}",
    "’; touch {}",  # noqa: RUF001 - on purpose
)


def ran(line: str, shell: str, cwd: Path) -> bytes:
    return subprocess.run([shell, "-c", line], cwd=cwd, capture_output=True, check=True).stdout


def without_last_newlines(shape: str, text: str) -> str:
    """What a shell makes of it: `$(…)` drops line feeds at the end."""
    return text.rstrip("\n") if "$(" in shape else text


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(("shape", "wanted"), SHAPES)
def test_an_attack_arrives_as_text(shell: str, shape: str, wanted: str, tmp_path: Path) -> None:
    for attack in ATTACKS:
        value = attack.replace("{}", "owned")

        line = render_command(shape, {"v": value})

        expected = wanted.format(without_last_newlines(shape, value))
        assert ran(line, shell, tmp_path).decode() == expected
        assert not (tmp_path / "owned").exists(), line


texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=30)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(value=texts, shape=st.sampled_from(SHAPES))
def test_any_text_arrives_as_it_is(value: str, shape: tuple[str, str], tmp_path: Path) -> None:
    line = render_command(shape[0], {"v": value})

    expected = shape[1].format(without_last_newlines(shape[0], value))
    assert ran(line, SHELLS[0], tmp_path) == expected.encode()


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (5, ["5"]),
        (2.5, ["2.5"]),
        (True, ["true"]),
        (None, [""]),
        (["a b", "$(c)", "-d"], ["a b", "$(c)", "-d"]),
        ({"a": "$(b)"}, ['{"a": "$(b)"}']),
        ([], []),
    ],
)
def test_every_type_arrives_as_words(value: Any, wanted: list[str], tmp_path: Path) -> None:
    line = render_command("for w in {{ v }}; do printf '%s\\n' \"$w\"; done", {"v": value})

    shown = ran(line, SHELLS[0], tmp_path).decode().split("\n")[:-1]
    assert shown == wanted


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("echo `date {{ v }}`", "backquotes"),
        ("echo $(( {{ v }} + 1 ))", "arithmetic"),
        ("(( x = {{ v }} ))", "arithmetic"),
        ("echo ${x:-{{ v }}}", "variable first"),
        ("cat <<EOF\n{{ v }}\nEOF", "here-document"),
        ("echo a # {{ v }}", "comment"),
        ("eval {{ v }}", "eval"),
        ("eval echo '{{ v }}'", "eval"),
        ("sh -c {{ v }}", "sh -c"),
        ("sh -c 'echo {{ v }}'", "sh -c"),
        ('bash -ec "echo {{ v }}"', "bash -ec"),
        ("sudo sh -c 'echo {{ v }}'", "sh -c"),
        ("/bin/bash -c 'echo {{ v }}'", "bash -c"),
        ("python3 -c 'print({{ v }})'", "python3 -c"),
        ("[[ {{ v }} -eq 1 ]]", "[["),
        ("let x={{ v }}", "let"),
        ("{{ v }}", "command's name"),
        ("{{ v }} --help", "command's name"),
        ("true; {{ v }}", "command's name"),
        ("x=1 {{ v }}", "command's name"),
        ("echo $({{ v }})", "command's name"),
        ("echo \\{{ v }}", "backslash"),
        ("echo ${{ v }}", "behind a $"),
        ("ssh host {{ v }}", "ssh"),
        ("echo $'{{ v }}'", "plain quotes"),
    ],
)
def test_where_no_quoting_is_safe_it_is_refused_at_once_and_when_filled_in(
    line: str, why: str
) -> None:
    found = check_command(line, "steps[0].parameters.cmd", KNOWN)

    assert [mistake.place for mistake in found] == ["steps[0].parameters.cmd"]
    assert why in found[0].problem
    with pytest.raises(BadInput, match=r"steps\[0\]"):
        render_command(line, {"v": "x"}, place="steps[0].parameters.cmd")


@pytest.mark.parametrize(("shape", "_"), SHAPES)
def test_what_is_safe_passes_the_check(shape: str, _: str) -> None:
    assert check_command(shape, "cmd", KNOWN) == ()


def test_a_nul_in_a_value_is_refused() -> None:
    with pytest.raises(BadInput, match="NUL"):
        render_command("echo {{ v }}", {"v": "a\x00b"})


def test_a_value_that_looks_like_a_template_stays_text(tmp_path: Path) -> None:
    line = render_command("printf %s {{ v }}", {"v": "{{ 7 * 7 }}"})

    assert ran(line, SHELLS[0], tmp_path).decode() == "{{ 7 * 7 }}"


def test_a_marker_cannot_be_forged() -> None:
    with pytest.raises(BadInput, match="NUL"):
        render_command("echo \x00IjsgdG91Y2ggeCI=\x00", {})


def test_a_constant_is_quoted_too(tmp_path: Path) -> None:
    assert ran(render_command("printf %s {{ 'a b' }}", {}), SHELLS[0], tmp_path) == b"a b"


def test_a_joined_list_is_one_word(tmp_path: Path) -> None:
    line = render_command("printf '<%s>' {{ v | join(' ') }}", {"v": ["a", "b; c"]})

    assert ran(line, SHELLS[0], tmp_path).decode() == "<a b; c>"


def test_what_is_missing_is_named_with_its_place() -> None:
    with pytest.raises(BadInput) as caught:
        render_command("echo {{ vv }}", {"v": 1}, place="steps[3].parameters.cmd")

    assert "steps[3].parameters.cmd" in caught.value.message
    assert json.dumps(caught.value.details).count("vv") == 2
