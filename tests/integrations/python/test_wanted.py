"""What a pack's environment is to hold, as its files say without being run."""

from __future__ import annotations

from pathlib import Path

import pytest

from automation.packs.overrides import Overrides
from integrations.python.wanted import FALLBACKS, Wanted, wanted_of


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    found = tmp_path / "ops"
    (found / "actions" / "lib").mkdir(parents=True)
    (found / "pack.yaml").write_text("name: ops\n")
    return found


def wanted(pack: Path, overrides: Overrides | None = None) -> Wanted:
    found = wanted_of(pack, overrides or Overrides())
    assert found is not None
    return found


def test_a_pack_that_leans_on_nothing_has_none_of_its_own(pack: Path) -> None:
    (pack / "actions" / "do.py").write_text(
        "import json\nfrom st2common.runners.base_action import Action\nfrom lib import x\n"
    )

    assert wanted_of(pack) is None


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ("actions/do.py", "import six\n"),
        ("actions/lib/base.py", "def f():\n    from yaml import safe_load\n"),
        ("sensors/look.py", "import eventlet.green\n"),
        ("lib/shared.py", "import requests as r\n"),
        ("actions/old.py", "import pytz\nprint 'of Python 2'\n"),
    ],
)
def test_one_that_leans_on_what_stackstorm_has_gets_that(pack: Path, where: str, code: str) -> None:
    path = pack / where
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(code)

    found = wanted(pack)

    assert found.fallbacks == tuple(FALLBACKS.values())
    assert not found.client


def test_words_in_texts_are_no_imports(pack: Path) -> None:
    (pack / "actions" / "do.py").write_text('"""\nimport six\nimport st2client\n"""\n')

    assert wanted_of(pack) is None


def test_the_client_is_put_where_it_is_imported(pack: Path) -> None:
    (pack / "actions" / "do.py").write_text("from st2client.client import Client\n")

    assert wanted(pack).client


def test_requirements_alone_want_nothing_besides(pack: Path) -> None:
    (pack / "requirements.txt").write_text("bell_rope\n")
    own = wanted(pack)
    assert (own.lines, own.fallbacks, own.client) == (None, (), False)

    (pack / "pack.yaml").write_text("name: ops\npython_versions: ['3']\n")

    assert wanted(pack).fallbacks == tuple(FALLBACKS.values())
    assert wanted(pack).digest != own.digest


def test_what_stands_in_for_requirements(pack: Path) -> None:
    (pack / "more.txt").write_text("http_parser\nkept==1\n")
    (pack / "requirements.txt").write_text(
        "lxml==4.6.5  # dead\n-r more.txt\n-c limits.txt\n"
        "MySQL.client[ssl]>=1 ; sys_platform=='x'\n"
        "git+https://example.org/x.git#egg=From_Git\n./local\n"
    )
    before = wanted(pack).digest
    overrides = Overrides(
        {"lxml": ("lxml>=5",), "from-git": ("from-git==2",)},
        {
            "ops": {"mysql-client": ("PyMySQL",), "http-parser": (), "six": ("six",)},
            "other": {"kept": ()},
        },
    )

    found = wanted(pack, overrides)

    assert found.lines == (
        "lxml>=5",
        "kept==1",
        f"--constraint {pack / 'limits.txt'}",
        "PyMySQL",
        "from-git==2",
        "./local",
        "six",
    )
    assert found.digest != before


def test_what_stands_in_for_nothing_changes_nothing(pack: Path) -> None:
    (pack / "requirements.txt").write_text("bell_rope\n")

    assert wanted(pack, Overrides({"lxml": ()})) == wanted(pack)


def test_one_whose_requirements_are_all_left_out_has_none(pack: Path) -> None:
    (pack / "requirements.txt").write_text("http_parser\n")

    assert wanted_of(pack, Overrides(of_pack={"ops": {"http-parser": ()}})) is None
