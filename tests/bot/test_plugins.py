"""A chat platform that cannot be loaded is named, and harms no other one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.installed import points
from bot.platform_health import examine_platforms
from bot.settings import Settings
from chat.clock import SystemClock
from chat.health import State
from chat.plugging import GROUP
from tests.bench import on_the_bench

BROKEN = {
    "missing": "import an_sdk_that_is_not_there\n",
    "misspelt": "def connect(kit:\n",
    "failing": "raise OSError('no such library')\n",
}


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Packages with a platform each that fails while it is loaded."""
    for name, text in BROKEN.items():
        (tmp_path / f"tocsin_{name}.py").write_text(text)
        about = tmp_path / f"tocsin_{name}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: tocsin-{name}\n")
        entry = f"[{GROUP}]\n{name} = tocsin_{name}:connect\n"
        (about / "entry_points.txt").write_text(entry)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    points.cache_clear()
    yield
    points.cache_clear()


@pytest.mark.usefixtures("installed")
async def test_the_others_go_on(
    database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with on_the_bench(database_url, tmp_path / "home") as bench:
        await bench.hire("ana", "commander")
        told = await bench.told("ana", "general", "/incident start outage down")

    assert "INC-00001 is started" in told
    for name in BROKEN:
        assert f"The chat platform “{name}” cannot be loaded from tocsin_{name}:connect" in (
            caplog.text
        )


async def test_the_doctor_says_where_channels_stay_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOCSIN_SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("TOCSIN_SLACK_APP_TOKEN", "xapp-1")
    monkeypatch.setenv("TOCSIN_SLACK_API_URL", "http://127.0.0.1:1/api/")
    settings = Settings.model_validate({"home": tmp_path, "archive_on_close": True})

    found = {each.subject: each async for each in examine_platforms(settings, SystemClock())}

    assert "stay open" in found["slack archive"].told


@pytest.mark.usefixtures("installed")
async def test_the_doctor_names_each(tmp_path: Path) -> None:
    settings = Settings.model_validate({"home": tmp_path})

    found = {each.subject: each async for each in examine_platforms(settings, SystemClock())}

    assert set(found) == set(BROKEN)
    assert all(each.state is State.WRONG for each in found.values())
    assert "No module named 'an_sdk_that_is_not_there'" in str(found["missing"])
    assert "SyntaxError" in str(found["misspelt"])
    assert "no such library" in str(found["failing"])
