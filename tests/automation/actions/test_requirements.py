"""What a pack requires is read as pip reads it, and belongs to the code of its actions."""

from __future__ import annotations

from pathlib import Path

import pytest

from automation.actions.freshness import code_now
from automation.actions.registry import Registry
from automation.actions.requirements import requirements_of


def pack(folder: Path, text: str, **files: str) -> Path:
    """A pack that requires this."""
    folder.mkdir()
    for name, content in {"requirements": text, **files}.items():
        (folder / f"{name}.txt").write_text(content)
    return folder


def digest(folder: Path) -> str:
    """The digest of what it requires."""
    found = requirements_of(folder)
    assert found is not None
    return found.digest


def test_no_file_and_no_lines_are_nothing(tmp_path: Path) -> None:
    assert requirements_of(tmp_path) is None
    assert requirements_of(pack(tmp_path / "ops", "\n  # nothing\n")) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("six==1.0", "# pinned\n\n  six==1.0  # why\n", True),
        ("six==1.0", "six==1.1", False),
        ("six\nrich", "rich\nsix", False),
        ("six @ https://x.example/six.zip#sha256=1", "six @ https://x.example/six.zip", False),
        ("git+https://x.example/six", "git+https://x.example/six", True),
        ("./vendored/six-1.whl", "./vendored/six-1.whl", False),
        ("-e .", "-e .", False),
        ("six @ file:six", "six @ file:six", False),
    ],
)
def test_what_is_the_same_for_two_packs(tmp_path: Path, one: str, other: str, same: bool) -> None:
    first, second = pack(tmp_path / "one", one), pack(tmp_path / "two", other)

    assert (digest(first) == digest(second)) is same


@pytest.mark.parametrize("line", ["-r more.txt", "--constraint=more.txt", "-cmore.txt"])
def test_files_that_are_named_count(tmp_path: Path, line: str) -> None:
    first = pack(tmp_path / "one", f"six\n{line}", more="rich==1\n-r requirements.txt")
    second = pack(tmp_path / "two", f"six\n{line}", more="rich==2\n-r requirements.txt")

    assert digest(first) != digest(second)


def test_other_requirements_are_other_code(tmp_path: Path) -> None:
    ops = tmp_path / "ops"
    (ops / "actions").mkdir(parents=True)
    (ops / "pack.yaml").write_text("name: ops\n")
    (ops / "actions" / "do.py").write_text("def run(): ...\n")
    (ops / "actions" / "do.yaml").write_text(
        "name: do\nrunner_type: python-script\nentry_point: do.py\n"
    )
    registry = Registry({"python-script": ()}, (tmp_path,))
    before = registry.find("ops.do")
    code = code_now(before)
    assert not registry.reload_if_changed()

    (ops / "requirements.txt").write_text("six\n")

    assert code_now(before) != code
    assert registry.reload_if_changed()
    assert registry.find("ops.do").digest != before.digest
