"""Files made to hurt are told, with the place, and cost next to nothing."""

from __future__ import annotations

import contextlib
import json
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from automation.actions.lines import Lines
from automation.actions.metadata import Surroundings, read_action
from automation.actions.schema import as_json_schema, check_literal, checked
from chat.errors import BadInput
from tests.automation.actions.pack import Pack
from tests.integrations.process.local import memory

HEAD = "name: do\nrunner_type: noop\n"
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)
MERGES = "m0: &m0 {k: v}\n" + "".join(
    f"m{n}: &m{n}\n  <<: [{', '.join([f'*m{n - 1}'] * 10)}]\n" for n in range(1, 10)
)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (BOMB, "is no YAML: holds too much, or an alias of itself"),
        ("a: &a\n  b: *a\n", "is no YAML: holds too much, or an alias of itself"),
        ("&a [*a]\n", "is no YAML: holds too much, or an alias of itself"),
        ("[" * 100 + "]" * 100, "is no YAML: holds too much, or an alias of itself"),
        ("[" * 50_000, "cannot be read"),
        ("{a: " * 3_000 + "1" + "}" * 3_000, ""),
        ("a: [1, 2\n", "is no YAML: expected ',' or ']'"),
        ("a: 'x\n", "is no YAML: found unexpected end of stream"),
        ("\tname: x\n", "is no YAML: found character '\\t' that cannot start any token"),
        ("a: b: c\n", "is no YAML: mapping values are not allowed here"),
        ("a: *nowhere\n", "is no YAML: found undefined alias 'nowhere'"),
        ("a: !!python/object/apply:os.system ['touch owned']\n", "is unknown"),
        ("a: !!python/name:os.system\n", "is no YAML: could not determine"),
        ("a: !!python/object/new:os.system {args: [x]}\n", "is unknown"),
        ("a: !custom x\n", "is no YAML: could not determine a constructor for the tag '!custom'"),
        ("a: 1\n---\nb: 2\n", "is no YAML: but found another document"),
        ("a: \x01\n", "is no YAML: "),
        ("a: !!int no\n", "is no YAML: 'no' is no int"),
        ("a: !!int ''\n", "is no YAML: '' is no int"),
        ("a: !!float no\n", "is no YAML: 'no' is no float"),
        ("a: !!timestamp no\n", "is no YAML: 'no' is no timestamp"),
        ("a: !!timestamp 2024-13-99\n", "is no YAML: '2024-13-99' is no timestamp"),
        ("a: !!bool no way\n", "is no YAML: 'no way' is no bool"),
        ("a: !!binary é\n", "is no YAML: failed to convert base64 data into ascii"),
        ("{<<: " * 100 + "1" + "}" * 100, "is no YAML: expected a mapping or list of mappings"),
        ("&a {<<: *a}\n", ""),
        ("<<: 5\na: 1\n", "is no YAML: expected a mapping or list of mappings"),
        ("<<: [1]\n", "is no YAML: expected a mapping for merging"),
        ("a: " + "9" * 10_000 + "\n", ""),
    ],
)
def test_a_hostile_yaml_is_told(pack: Pack, text: str, problem: str) -> None:
    began = time.monotonic()

    action, mistakes = pack.read(text)

    assert action is None
    assert mistakes
    assert any(each.problem.startswith(problem) for each in mistakes), mistakes
    assert time.monotonic() - began < 20
    assert not list(pack.folder.rglob("owned"))


def nested_merges(deep: int, wide: int) -> str:
    """Each merges the same one many times, before any of them was read."""
    text = "{k: v}"
    for level in range(deep):
        text = f"{{<<: [&a{level} {text}, {', '.join([f'*a{level}'] * wide)}]}}"
    return text


@pytest.mark.parametrize("merges", [MERGES, nested_merges(9, 9), nested_merges(4, 3000)])
def test_merges_upon_merges_end(pack: Pack, merges: str) -> None:
    began, before = time.monotonic(), memory()

    _, mistakes = pack.read(merges)

    assert mistakes
    assert time.monotonic() - began < 20
    assert memory() - before < 100 * 1024 * 1024


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"name: \xff\xfe\n", "cannot be read: 'utf-8' codec"),
        (b"\x00\x01\x02", "is no YAML"),
        ("name: do\n".encode("utf-16"), "cannot be read: 'utf-8' codec"),
    ],
)
def test_bytes_that_are_no_text_are_told(pack: Pack, raw: bytes, problem: str) -> None:
    action, (mistake,) = pack.read(raw)

    assert action is None
    assert mistake.problem.startswith(problem)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "cannot be read: Expecting value"),
        ("{", "cannot be read: Expecting property name"),
        ('{"a": NaN}', "cannot be read: NaN is no JSON"),
        ('{"a": Infinity}', "cannot be read: Infinity is no JSON"),
        ("{'name': 'do'}", "cannot be read: Expecting property name"),
        ("name: do", "cannot be read: Expecting value"),
        ("[" * 100_000, "cannot be read"),
        ('{"a": ' * 80 + "1" + "}" * 80, "holds too much, or an alias of itself"),
        ('{"a": 1} x', "cannot be read: Extra data"),
    ],
)
def test_a_hostile_json_is_told(pack: Pack, text: str, problem: str) -> None:
    action, (mistake, *_) = pack.read(text, "do.json")

    assert action is None
    assert problem in mistake.problem


def test_the_line_of_broken_yaml_and_json_is_told(pack: Pack) -> None:
    assert pack.wrong("name: do\nrunner_type: [\n\n")[0][0] >= 2
    assert pack.wrong('{\n"name": "do",\n"runner_type": ,\n}', "do.json")[0][0] == 3


def test_a_file_that_cannot_be_read_is_told(pack: Pack) -> None:
    path = pack.folder / "actions" / "do.yaml"
    path.mkdir()
    registry_reads = pack.folder / "actions" / "gone.yaml"
    registry_reads.symlink_to("/no/such")

    around = Surroundings("ops", pack.folder, {"noop": ()})
    for each, problem in ((path, "Is a directory"), (registry_reads, "No such file or directory")):
        action, (mistake,) = read_action(each, around)
        assert action is None
        assert (mistake.line, mistake.problem) == (0, f"cannot be read: {problem}")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("2024-01-31", "2024-01-31"),
        ("2024-01-31T10:00:00Z", "2024-01-31T10:00:00Z"),
        ("2024-13-99", "2024-13-99"),
        ("!!timestamp 2024-01-31", "2024-01-31"),
        ("!!binary aGk=", "aGk="),
        ("!!set {a, b}", {"a": None, "b": None}),
        (".nan", ".nan"),
        (".inf", ".inf"),
        ("yes", True),
        ("'yes'", "yes"),
        ("0x1F", 31),
        ("0o17", "0o17"),
        ("017", 15),
        ("1_000", 1000),
        ("190:20:30", 685230),
        ("~", None),
        ("", None),
        ("1e3", "1e3"),
        ("1.0e+3", 1000.0),
    ],
)
def test_what_json_cannot_hold_stays_the_text_that_stands_there(
    written: str, value: object
) -> None:
    lines = Lines(f"a: {written}\n")

    assert lines.value == {"a": value}
    json.dumps(lines.value, allow_nan=False)


def test_keys_are_texts() -> None:
    lines = Lines("1: a\ntrue: b\n2024-01-31: c\n~: d\n")

    assert lines.value == {"1": "a", "true": "b", "2024-01-31": "c", "~": "d"}
    assert [lines.line(key) for key in ("1", "true", "2024-01-31", "~")] == [1, 2, 3, 4]


@pytest.mark.parametrize("text", ["? [a, b]\n: c\n", "? {a: b}\n: c\n"])
def test_a_key_that_is_no_text_does_no_harm(pack: Pack, text: str) -> None:
    action, mistakes = pack.read(text)

    assert action is None
    assert mistakes


def test_a_key_may_hold_dots_and_brackets() -> None:
    lines = Lines("a.b:\n  c[0]:\n    - x\n    - y: z\nplain: 1\n")

    assert lines.line("a.b.c[0][1].y") == 4
    assert lines.line("a.b.c[0][7].nothing") == 2
    assert lines.line("nothing.at.all") == 1


def test_a_merge_is_no_repetition() -> None:
    lines = Lines("base: &b {x: 1, y: 2}\nmine:\n  <<: *b\n  x: 3\n")

    assert lines.value == {"base": {"x": 1, "y": 2}, "mine": {"x": 3, "y": 2}}
    assert lines.repeated == []
    assert lines.line("mine.x") == 4


def test_what_is_there_twice_is_told_in_json_as_well(pack: Pack) -> None:
    text = '{"name": "a",\n "name": "do",\n "runner_type": "noop"}'

    assert pack.wrong(text, "do.json") == [(2, "name", "is there twice; the later one counts")]
    action, _ = pack.read(text, "do.json")
    assert action is not None
    assert action.name == "do"


def test_a_mark_of_byte_order_is_passed_over(pack: Pack) -> None:
    assert pack.good(b"\xef\xbb\xbf" + HEAD.encode()).name == "do"
    assert pack.good(HEAD.replace("\n", "\r\n")).name == "do"


scraps = st.sampled_from(
    [
        *("name", "runner_type", "parameters", "type", "noop", "do", "default", "enum", "items"),
        *(": ", ":\n  ", "\n", "- ", "[", "]", "{", "}", ", ", "&a ", "*a", "<<: ", "!!int "),
        *("'", '"', "|\n  ", "---\n", "~", "true", "5", ".nan", "{{ x }}", "#", "\t", "\\", "é"),
    ]
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.one_of(scraps, st.text(max_size=5)), max_size=30))
def test_no_file_whatever_breaks_the_reader(parts: list[str], pack: Pack) -> None:
    text = "".join(parts).encode("utf-8", "surrogatepass")
    for name in ("do.yaml", "do.json"):
        for content in (text, HEAD.encode() + text):
            action, mistakes = pack.read(content, name)
            assert action is not None or mistakes
            assert all(each.line >= 0 and str(each) for each in mistakes)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rules=st.dictionaries(
        st.sampled_from(
            [
                *(
                    "type",
                    "enum",
                    "default",
                    "required",
                    "secret",
                    "immutable",
                    "position",
                    "items",
                ),
                *("minimum", "pattern", "properties", "anyOf", "$ref", "description", "format"),
            ]
        ),
        st.recursive(
            st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
            lambda inner: (
                st.lists(inner, max_size=2)
                | st.dictionaries(st.text(max_size=5), inner, max_size=2)
            ),
            max_leaves=4,
        ),
        max_size=4,
    ),
    value=st.one_of(st.none(), st.integers(), st.text(max_size=5), st.lists(st.integers())),
)
def test_no_parameter_whatever_breaks_the_check(
    rules: dict[str, object], value: object, pack: Pack
) -> None:
    body = {"name": "do", "runner_type": "noop", "parameters": {"p": rules}}
    action, _ = pack.read(json.dumps(body), "do.json")
    assert action is not None

    json.dumps(as_json_schema(action))
    check_literal(action, {"p": value}, place="parameters")
    with contextlib.suppress(BadInput):
        checked(action, {"p": value}, place="parameters")
