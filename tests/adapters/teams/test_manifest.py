"""The app package that is uploaded to Teams."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path

import pytest

from adapters.teams.manifest import manifest, package
from adapters.teams.options import KNOWN, read
from adapters.teams.permissions import GRAPH, HEAR
from bot.cli import run
from tests.adapters.teams.standin import APP, OWNER, TEAM, TENANT

GIVEN = {"app_id": APP, "app_password": "secret-word", "tenant_id": TENANT, "team": TEAM}


def test_it_asks_for_no_more_than_it_needs() -> None:
    plain, full = read(GIVEN), read({**GIVEN, "graph": "true", "owner": OWNER})
    assert plain is not None
    assert full is not None

    def asked(options: object) -> set[str]:
        made = manifest(options, "https://tocsin.example")  # pyright: ignore[reportArgumentType]
        return {each["name"] for each in made["authorization"]["permissions"]["resourceSpecific"]}

    assert asked(plain) == {HEAR.of_team}
    assert asked(full) == {each.of_team for each in GRAPH if each.of_team}


def test_its_pictures_have_the_sizes_that_teams_wants() -> None:
    options = read(GIVEN)
    assert options is not None
    with zipfile.ZipFile(io.BytesIO(package(options, "https://tocsin.example"))) as made:
        names = made.namelist()
        sizes = {
            name: int.from_bytes(made.read(name)[16:20]) for name in names if name.endswith("png")
        }
        assert "secret-word" not in made.read("manifest.json").decode()

    assert names[0] == "manifest.json"
    assert sizes == {"color.png": 192, "outline.png": 32}


def test_the_command_prints_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOCSIN_HOME", str(tmp_path))
    monkeypatch.setenv("TOCSIN_PUBLIC_URL", "https://tocsin.example")
    assert run(["teams", "manifest"]) != 0
    assert "not set up" in capsys.readouterr().err
    for name, value in GIVEN.items():
        monkeypatch.setenv(f"TOCSIN_TEAMS_{name.upper()}", value)

    assert run(["teams", "manifest"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["bots"][0]["botId"] == APP
    assert printed["validDomains"] == ["tocsin.example"]
    assert run(["teams", "manifest", "--zip", str(tmp_path / "app.zip")]) == 0
    assert zipfile.is_zipfile(tmp_path / "app.zip")


def test_the_documentation_names_each_permission_and_setting() -> None:
    text = (Path(__file__).parents[3] / "docs" / "teams.md").read_text(encoding="utf-8")

    for each in (HEAR, *GRAPH):
        assert each.name in text
        assert each.of_team in text
    named = set(re.findall(r"TOCSIN_TEAMS_([A-Z_]+)", text))
    assert {name.casefold() for name in named} == KNOWN
