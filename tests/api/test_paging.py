"""Pages, and the links between them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.api.caller import Caller, calling
from tests.bench import Bench, on_the_bench

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


async def walk(caller: Caller, first: Mapping[str, object]) -> list[list[str]]:
    """Names on each page from `first` on, following `next`, with `previous` leading back."""
    pages: list[list[str]] = []
    got = (await caller.get("playbooks/", **first)).ok()
    assert got["previous"] is None
    while True:
        pages.append([playbook["handle"] for playbook in got["results"]])
        if got["next"] is None:
            return pages
        after = (await caller.get(got["next"])).ok()
        back = (await caller.get(after["previous"])).ok()
        assert back["results"] == got["results"]
        got = after


async def test_following_the_links_shows_everything_once(ana: Caller) -> None:
    everything = (await ana.get("playbooks/", limit=200)).ok()
    assert everything["count"] == len(everything["results"]) >= 8
    assert everything["next"] is None
    handles = sorted(playbook["handle"] for playbook in everything["results"])

    for first in ({"limit": 3}, {"page": 1, "page_size": 3}, {"page_size": 3}):
        pages = await walk(ana, {**first, "ordering": "-name"})

        assert all(len(page) == 3 for page in pages[:-1])
        assert sorted(handle for page in pages for handle in page) == handles


async def test_links_keep_the_other_parameters(bench: Bench, ana: Caller) -> None:
    got = (await ana.get("playbooks/", limit=1, search="e", ordering="-name")).ok()

    assert "search=e" in got["next"]
    assert "ordering=-name" in got["next"]
    assert got["next"].startswith(f"{await bench.serve()}/api/playbooks/?")


async def test_links_keep_the_scheme_of_our_public_address(
    database_url: str, tmp_path: Path
) -> None:
    public = "https://tocsin.example.org"
    async with (
        on_the_bench(database_url, tmp_path / "home", public_url=public) as bench,
        calling(bench, "ana") as ana,
    ):
        sent = {"params": {"limit": 1}, "headers": {"Host": "tocsin.example.org"}}
        got = (await ana.call("GET", "playbooks/", **sent)).ok()
        assert got["next"].startswith(f"{public}/api/playbooks/?")
        direct = (await ana.get("playbooks/", limit=1)).ok()
        assert direct["next"].startswith("http://127.0.0.1")


async def test_a_page_behind_the_end_is_empty(ana: Caller) -> None:
    got = (await ana.get("playbooks/", offset=1000)).ok()

    assert got["results"] == []
    assert got["next"] is None
    everything = (await ana.get(got["previous"])).ok()
    assert len(everything["results"]) == everything["count"]
    beyond = (await ana.get("playbooks/", page=99, page_size=3)).ok()
    last = (await ana.get(beyond["previous"])).ok()
    assert (beyond["results"], last["next"]) == ([], None)
    assert 1 <= len(last["results"]) <= 3
    nothing = (await ana.get("playbooks/", page=99, search="no such playbook")).ok()
    assert (nothing["next"], nothing["previous"]) == (None, None)


async def test_links_go_on_in_the_way_that_was_asked(ana: Caller) -> None:
    for asked, then in (
        ({"page_size": 1}, "page=2"),
        ({"page": 1, "page_size": 1}, "page=2"),
        ({"page_size": 1, "offset": 0}, "offset=1"),
        ({"limit": 1}, "offset=1"),
    ):
        found = (await ana.get("playbooks/", **asked)).ok()["next"]
        assert then in found.partition("?")[2].split("&"), found


LISTS = (
    "users/",
    "teams/",
    "roles/",
    "tokens/",
    "audit/",
    "playbooks/templates/",
    "chat/local/channels/",
    "teams/main/members/",
)


async def test_every_list_is_a_page(bench: Bench, admin: Caller) -> None:
    await bench.person("ana")

    for path in LISTS:
        whole = (await admin.get(path)).ok()
        part = (await admin.get(path, limit=1)).ok()

        assert set(whole) == {"count", "next", "previous", "results"}, path
        assert part["count"] == whole["count"], path
        assert part["results"] == whole["results"][:1], path
