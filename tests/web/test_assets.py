"""The browser's files: ours, pinned, cached for good, and within what we promise of them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench import Bench
from tests.web.visitor import Visitor
from web.assets import Assets
from web.icons import icon

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "web" / "static"
OURS = [path for kind in ("js", "css") for path in sorted((STATIC / kind).glob(f"*.{kind}"))]
TEMPLATES = sorted((ROOT / "web" / "templates").rglob("*.html"))

only_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def test_vendored_files_are_what_their_hashes_say() -> None:
    checked = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "vendor.py"), "--check"],
        check=False,
        capture_output=True,
        text=True,
    )

    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_a_file_is_short_enough_to_read(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")

    assert lines < (300 if path.suffix == ".js" else 400)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_holds_nothing_that_our_policy_forbids(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert not re.search(r"\sstyle=", text)
    assert not re.search(r"\son[a-z]+=", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"hx-on|hx-vals='js:|javascript:", text)
    assert "| safe" not in text


def test_every_icon_that_a_template_names_is_there() -> None:
    for path in TEMPLATES:
        for name in re.findall(r'icon\("([a-z0-9-]+)"', path.read_text(encoding="utf-8")):
            assert icon(name).startswith("<svg")


@only_sqlite
async def test_a_file_is_kept_for_good_under_its_digest_and_fresh_under_an_old_one(
    bench: Bench, ana: Visitor
) -> None:
    url = Assets().url("css/tokens.css")

    now = await ana.get(url)
    old = await ana.get("/static/0000/css/tokens.css")

    assert "immutable" in now.headers["Cache-Control"]
    assert now.headers["Content-Encoding"] == "gzip"
    assert old.headers["Cache-Control"] == "no-cache"
    assert old.body == now.body
    assert bench


@only_sqlite
async def test_nothing_beyond_the_folder_is_served(ana: Visitor) -> None:
    for path in ("../app.py", "%2e%2e/app.py", "vendor/lucide/x.svg", "nothing.css"):
        assert (await ana.get(f"/static/0/{path}")).status == 404
