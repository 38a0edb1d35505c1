"""The documents speak of what is there, and of all that is there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from bot.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())

    missing = [link for link in links if not (page.parent / link).exists()]

    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_is_named_is_there(page: Path) -> None:
    named = re.findall(r"`((?:[a-z_]+/)+[a-z_]*(?:\.[a-z]+)?)`", page.read_text())
    own = [name for name in named if (ROOT / name.split("/")[0]).is_dir()]

    assert [name for name in own if not (ROOT / name).exists()] == []


def test_every_setting_is_described() -> None:
    text = (ROOT / "docs/configuration.md").read_text()

    assert [name for name in Settings.model_fields if f"`{name}` | `TOCSIN_" not in text] == []


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    text = (ROOT / "docs/dependencies.md").read_text()
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = [re.split(r"[\[<>=]", requirement)[0] for requirement in wanted]

    assert [name for name in names if name not in text] == []


def test_every_folder_of_the_house_is_on_its_map() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    text = (ROOT / "docs/house.md").read_text()
    folders = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]

    assert [folder for folder in folders if f"| `{folder}/` |" not in text] == []


_FOLDERS = (
    *("adapters", "api", "automation", "benchmarks", "bot", "chat", "commands", "incidents"),
    *("integrations", "packs", "playbooks", "security", "storage", "tests", "tools", "web"),
)


def test_no_file_is_too_long_without_saying_why() -> None:
    sources = [
        path
        for folder in _FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".js", ".css", ".html"} and "vendor" not in path.parts
    ]

    long = [path.name for path in sources if path.read_text().count("\n") > 400]

    assert long == []
